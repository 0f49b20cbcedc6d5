// Says what an entry of a guest's tar stream is: something that we take, or what is wrong with it. Pure; knows no disk.
import {isUtf8} from 'node:buffer';
import type {Header} from 'tar-stream';
import {isPlainPath, renderPath} from '../core/inner-paths.ts';

/** @property path Relative to the folder, with `/`; empty for the folder itself. */
export type IntakeEntry =
  | {readonly kind: 'folder'; readonly path: string}
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly bytes: number;
      /** What we give it: 755 or 644, whatever the guest gave it. */
      readonly mode: number;
      /** Seconds since 1970. */
      readonly modifiedAt: number;
      /** Whether the guest gave it more: setuid, setgid. */
      readonly isSpecial: boolean;
    }
  | {readonly kind: 'link'; readonly path: string; readonly target: string}
  | {readonly kind: 'odd'; readonly problem: string};

/** No path of a dist is half as long; a file system takes 4,096. */
const longestPath = 2_048;
const longestTarget = 1_024;
/** The year 9999: beyond it file systems differ. */
const latestSecond = 253_402_300_799;

const odd: Readonly<Record<string, string>> = {
  link: 'is a hard link', // We ask for none.
  'block-device': 'is a device',
  'character-device': 'is a device',
  fifo: 'is a pipe',
};

/** @param header With texts read as latin1, so that a name's bytes are known. */
export function parseEntry(header: Header): IntakeEntry {
  const name = readText(header.name);
  const fail = (problem: string): IntakeEntry => ({
    kind: 'odd',
    problem: `${renderPath(name.text.replace(/^\.\//, ''))} ${problem}`,
  });
  const problem = findTextProblem(name, longestPath);
  if (problem !== undefined) return fail(`has a name that ${problem}`);
  const path = name.text.replace(/^(?:\.\/)+/, '').replace(/\/$/, '');
  // We ask for GNU's format, which has none of these; what they may change is not looked at below.
  if (header.pax !== undefined && header.pax !== null)
    return fail('comes in a format that was not asked for');
  // The types of tar-stream do not say so: null for what it does not know.
  const type = header.type as Header['type'] | null;
  if (type === 'directory' && (path === '' || path === '.')) return {kind: 'folder', path: ''};
  if (!isPlainPath(path)) return fail('has a path that may lead outside');
  if (type === 'file')
    return {
      kind: 'file',
      path,
      bytes: header.size,
      mode: (header.mode & 0o100) === 0 ? 0o644 : 0o755,
      modifiedAt: clampSecond(header.mtime.getTime() / 1000),
      isSpecial: (header.mode & 0o7000) !== 0,
    };
  if ((type === 'directory' || type === 'symlink') && header.size !== 0)
    return fail('has content of its own');
  if (type === 'directory') return {kind: 'folder', path};
  if (type !== 'symlink') return fail(odd[type ?? ''] ?? 'is neither a file nor a folder nor a link');
  const target = readText(header.linkname);
  const wrong = findTextProblem(target, longestTarget);
  return wrong === undefined
    ? {kind: 'link', path, target: target.text}
    : fail(`is a link to a name that ${wrong}`);
}

interface Text {
  readonly text: string;
  readonly bytes: number;
  readonly isText: boolean;
}

function readText(latin1: string | null | undefined): Text {
  const bytes = Buffer.from(latin1 ?? '', 'latin1');
  return {text: bytes.toString('utf8'), bytes: bytes.length, isText: isUtf8(bytes)};
}

function findTextProblem({text, bytes, isText}: Text, limitBytes: number): string | undefined {
  if (!isText) return 'is not UTF-8';
  if (bytes > limitBytes) return `has ${bytes} bytes`;
  return /\p{Cc}/u.test(text) ? 'holds a control character' : undefined;
}

function clampSecond(second: number): number {
  return Number.isFinite(second) ? Math.min(Math.max(second, 0), latestSecond) : 0;
}
