// Reads files of one commit in a bare repository: with two calls of git those that every plan needs, others one by one.
// Says as well what a commit does not hold: submodules, and the content of files that lie in Git LFS.
import {randomUUID} from 'node:crypto';
import type {ReadFile} from '../catalogue/inspect-ref.ts';
import type {Git} from './git.ts';

export interface CommitFiles {
  readonly read: ReadFile;
  /** Text of every pom.xml, by its path. */
  readonly poms: ReadonlyMap<string, string>;
  /** Folders that are submodules; nothing of theirs is in the commit. */
  readonly submodules: readonly string[];
  /** Files of which the commit has only pointers into Git LFS. */
  readonly pointers: readonly string[];
}

const isAttributes = (path: string): boolean => path === '.gitattributes' || path.endsWith('/.gitattributes');
const isPom = (path: string): boolean => path === 'pom.xml' || path.endsWith('/pom.xml');
const wantedSurely = new Set([
  'make-distribution.sh',
  'dev/make-distribution.sh',
  'R/install-dev.sh',
  'bin/sparkR',
]);

/** @param commit Its id, or a ref that names it. @throws CommandError when it is not there. */
export async function openCommit(git: Git, commit: string, signal?: AbortSignal): Promise<CommitFiles> {
  const options = signal && {signal};
  const {stdout} = await git(['ls-tree', '-r', '-z', commit], options);
  const entries = stdout.split('\0').flatMap((line) => {
    const [, type, id = '', path = ''] = /^\d+ (blob|commit) ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
    return type === undefined ? [] : [{type, id, path}];
  });
  const ids = new Map(entries.flatMap(({type, id, path}) => (type === 'blob' ? [[path, id] as const] : [])));
  const first = [...ids.keys()].filter((path) => isPom(path) || isAttributes(path) || wantedSurely.has(path));
  const texts = await readBlobs(
    git,
    first.map((path) => ids.get(path) ?? ''),
    signal,
  );
  const known = new Map(first.map((path, index) => [path, texts[index] ?? '']));
  const hasPointers = [...known].some(([path, text]) => isAttributes(path) && /\bfilter=lfs\b/.test(text));
  return {
    submodules: entries.flatMap(({type, path}) => (type === 'commit' ? [path] : [])),
    pointers: hasPointers ? await listPointers(git, commit, signal) : [],
    poms: new Map([...known].filter(([path]) => isPom(path))),
    read: async (path) => {
      const id = ids.get(path);
      if (id === undefined) return undefined;
      return known.get(path) ?? (await readBlobs(git, [id], signal))[0];
    },
  };
}

/** Source: git-lfs's docs/spec.md: this is the first line of every pointer. */
async function listPointers(git: Git, commit: string, signal?: AbortSignal): Promise<readonly string[]> {
  const line = '^version https://git-lfs\\.github\\.com/spec/v1$';
  const {stdout} = await git(['grep', '--name-only', '-z', '-e', line, commit], {
    allow: [0, 1], // 1: there are none
    ...(signal && {signal}),
  });
  return stdout.split('\0').flatMap((name) => (name === '' ? [] : [name.slice(commit.length + 1)]));
}

/** @returns Their texts in the same order. */
async function readBlobs(git: Git, ids: readonly string[], signal?: AbortSignal): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  // A line that no file can hold stands before each text; git ends each with a line feed of its own.
  const header = randomUUID();
  const {stdout} = await git(['cat-file', `--batch=${header}`], {
    input: ids.map((id) => `${id}\n`).join(''),
    ...(signal && {signal}),
  });
  const texts = `${stdout}\n`.split(`${header}\n`).slice(1);
  if (texts.length !== ids.length)
    throw new Error(`git cat-file gave ${texts.length} of ${ids.length} files.`);
  return texts.map((text) => text.replace(/\n$/, ''));
}
