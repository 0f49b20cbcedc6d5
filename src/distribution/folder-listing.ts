// Lists and hashes the files of a folder. Follows no link, opens nothing but regular files; knows nothing of what they are.
import {createHash} from 'node:crypto';
import {lstat, open, readdir, readlink, stat} from 'node:fs/promises';
import {dirname, join, posix} from 'node:path';
import {findOuterLinks, renderPath, type InnerLink} from '../core/inner-paths.ts';
import {mapLimited} from '../core/map-limited.ts';
import {openRegular} from '../core/regular-file.ts';

/** @property path Relative to the folder, with `/`. @property mode Permission bits in octal, such as `755`. */
export interface ListedFile {
  readonly path: string;
  readonly bytes: number;
  readonly mode: string;
  /** When its content was last written; whole milliseconds since 1970. */
  readonly mtimeMs: number;
  /** Changes whenever its content, its mode or its times do, whoever changes them: times can be set, ctime cannot. */
  readonly identity: string;
}

type ListedFolder = Pick<ListedFile, 'path' | 'mode'>;
type ListedLink = InnerLink;

/** Each list is sorted by path; the folder itself is the one with an empty path. */
export interface Listing {
  readonly files: readonly ListedFile[];
  readonly links: readonly ListedLink[];
  readonly folders: readonly ListedFolder[];
  /** What a dist must not hold, in words: devices, pipes, names that are not text, links that point outside. */
  readonly strange: readonly string[];
}

export type Hashed<F> = F & {readonly sha256: string; readonly bytes: number};

/** Reading more files at once than this only makes the disk seek. */
const filesAtOnce = 4;
const lookingAtOnce = 32;

/** @throws What the file system throws, when the folder or something in it cannot be read. */
export async function listFolder(root: string): Promise<Listing> {
  const files: ListedFile[] = [];
  const links: ListedLink[] = [];
  const folders: ListedFolder[] = [];
  const strange: string[] = [];
  const look = async (path: string): Promise<ListedFolder | undefined> => {
    const full = join(root, path);
    const entry = await lstat(full);
    const mode = (entry.mode & 0o7777).toString(8);
    if (entry.isDirectory()) return {path, mode};
    if (entry.isSymbolicLink()) links.push({path, target: await readlink(full)});
    else if (entry.isFile()) {
      const {size: bytes, mtimeMs, ctimeMs, ino} = entry;
      const identity = `${ino} ${ctimeMs} ${bytes} ${mtimeMs}`;
      files.push({path, bytes, mode, mtimeMs: Math.floor(mtimeMs), identity});
    } else strange.push(`${renderPath(path)} is neither a file nor a folder nor a link`);
    return undefined;
  };
  // One folder after the other, its entries side by side: however deep it is, little is open at once.
  const waiting: ListedFolder[] = [{path: '', mode: ((await stat(root)).mode & 0o7777).toString(8)}];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const {path} = folder;
    folders.push(folder);
    const names: string[] = [];
    for (const raw of await readdir(join(root, path), {encoding: 'buffer'})) {
      const name = raw.toString('utf8');
      if (Buffer.from(name, 'utf8').equals(raw)) names.push(name);
      else strange.push(`${renderPath(posix.join(path, name))} has a name that is not UTF-8`);
    }
    const inner = await mapLimited(names, lookingAtOnce, (name) => look(posix.join(path, name)));
    waiting.push(...inner.filter((each) => each !== undefined));
  }
  for (const {path, target} of findOuterLinks(links))
    strange.push(`${renderPath(path)} is a link to ${renderPath(target)}, which is outside`);
  return {
    files: files.sort(byPath),
    links: links.sort(byPath),
    folders: folders.sort(byPath),
    strange: strange.sort(),
  };
}

/** With which others could write it, or run it as its owner, in octal: no build of ours leaves such a mode. */
export function isUnsafeMode(mode: string, isFolder: boolean): boolean {
  return (Number.parseInt(mode, 8) & (isFolder ? 0o4022 : 0o7022)) !== 0;
}

/** Files and folders of an unsafe mode, in words. */
export function findUnsafe({files, folders}: Listing): readonly string[] {
  const render = ({path, mode}: ListedFolder): string =>
    `${path === '' ? 'the folder itself' : renderPath(path)} has mode ${mode}`;
  return [
    ...folders.filter(({mode}) => isUnsafeMode(mode, true)),
    ...files.filter(({mode}) => isUnsafeMode(mode, false)),
  ].map(render);
}

function byPath(a: {readonly path: string}, b: {readonly path: string}): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

/** Reads every byte; `bytes` is what was read. Same order as given. @throws NotRegularError for what is not a file any more. */
export async function hashFiles<F extends {readonly path: string}>(
  root: string,
  files: readonly F[],
  signal?: AbortSignal,
): Promise<readonly Hashed<F>[]> {
  // One for each that reads, and not one for each file: of 200,000 small files that took most of the time.
  const buffers: Buffer[] = [];
  return mapLimited(files, filesAtOnce, async (file) => {
    const buffer = buffers.pop() ?? Buffer.allocUnsafeSlow(1024 * 1024);
    const hash = createHash('sha256');
    const handle = await openRegular(join(root, file.path));
    let bytes = 0;
    try {
      for (;;) {
        signal?.throwIfAborted();
        const {bytesRead} = await handle.read(buffer, 0, buffer.length);
        if (bytesRead === 0) break;
        hash.update(buffer.subarray(0, bytesRead));
        bytes += bytesRead;
      }
    } finally {
      await handle.close();
      buffers.push(buffer);
    }
    return {...file, bytes, sha256: hash.digest('hex')};
  });
}

/** Makes a folder and all in it survive a power loss. */
export async function syncFolder(root: string): Promise<void> {
  const {files} = await listFolder(root);
  const folders = new Set(['.']);
  for (const {path} of files)
    for (let folder = dirname(path); !folders.has(folder); folder = dirname(folder)) folders.add(folder);
  await mapLimited([...files.map((file) => file.path), ...folders], filesAtOnce * 4, (path) =>
    syncPath(join(root, path)),
  );
}

/** fsync of one file or folder. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
