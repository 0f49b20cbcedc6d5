// Lists and hashes the files of a folder. Knows nothing of what they are.
import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {lstat, open, readdir, readlink, realpath} from 'node:fs/promises';
import {dirname, join, posix} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {hasErrorCode} from '../core/errors.ts';

/** @property path Relative to the folder, with `/`. @property mode Permission bits in octal, such as `755`. */
export interface ListedFile {
  readonly path: string;
  readonly bytes: number;
  readonly mode: string;
  /** When its content was last written; whole milliseconds since 1970. */
  readonly mtimeMs: number;
}

export interface ListedLink {
  readonly path: string;
  readonly target: string;
}

/** Each list is sorted by path; empty folders are in none. */
export interface Listing {
  readonly files: readonly ListedFile[];
  readonly links: readonly ListedLink[];
  /** What no dist may hold, in words: devices, pipes, names that are no text, links that point outside. */
  readonly strange: readonly string[];
}

export type Hashed<F> = F & {readonly sha256: string; readonly bytes: number};

/** Reading more files at once than this only makes the disk seek. */
const filesAtOnce = 4;

/** Whether a path stays below the folder it is relative to, and is written in the one usual way. */
export function isPlainPath(path: string): boolean {
  return (
    !path.includes('\0') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

/** Whether a link at this path points to something below the folder, as far as the two texts tell. */
export function isInnerLink(link: ListedLink): boolean {
  if (link.target === '' || link.target.startsWith('/')) return false;
  const end = posix.join(posix.dirname(link.path), link.target);
  return end !== '..' && !end.startsWith('../');
}

/** @throws What the file system throws, when the folder or something in it cannot be read. */
export async function listFolder(root: string): Promise<Listing> {
  const files: ListedFile[] = [];
  const links: ListedLink[] = [];
  const strange: string[] = [];
  const realRoot = await realpath(root);
  const visit = async (folder: string): Promise<void> => {
    for (const raw of await readdir(join(root, folder), {encoding: 'buffer'})) {
      const name = raw.toString('utf8');
      const path = posix.join(folder, name);
      if (!Buffer.from(name, 'utf8').equals(raw)) {
        strange.push(`${path} has a name that is not UTF-8`);
        continue;
      }
      const full = join(root, path);
      const entry = await lstat(full);
      if (entry.isDirectory()) await visit(path);
      else if (entry.isFile()) {
        const mode = (entry.mode & 0o7777).toString(8);
        files.push({path, bytes: entry.size, mode, mtimeMs: Math.floor(entry.mtimeMs)});
      } else if (entry.isSymbolicLink()) {
        const link = {path, target: await readlink(full)};
        links.push(link);
        if (!isInnerLink(link) || !(await endsInside(full, realRoot)))
          strange.push(`${path} is a link to ${link.target}, which is outside`);
      } else strange.push(`${path} is neither a file nor a folder nor a link`);
    }
  };
  await visit('');
  return {files: files.sort(byPath), links: links.sort(byPath), strange: strange.sort()};
}

/** Follows the links on the way too; one that leads nowhere is judged by its text alone. */
async function endsInside(link: string, realRoot: string): Promise<boolean> {
  try {
    return `${await realpath(link)}/`.startsWith(`${realRoot}/`);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return true;
    if (hasErrorCode(error, 'ELOOP')) return false;
    throw error;
  }
}

function byPath(a: {readonly path: string}, b: {readonly path: string}): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

/** Reads every byte; `bytes` is what was read. Same order as given. */
export async function hashFiles<F extends {readonly path: string}>(
  root: string,
  files: readonly F[],
  signal?: AbortSignal,
): Promise<readonly Hashed<F>[]> {
  return mapLimited(files, filesAtOnce, async (file) => {
    const hash = createHash('sha256');
    const stream = createReadStream(join(root, file.path), {highWaterMark: 1024 * 1024});
    await pipeline(stream, hash, {...(signal === undefined ? {} : {signal})});
    return {...file, bytes: stream.bytesRead, sha256: hash.digest('hex')};
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

/** Results in the order of the items; after the first failure no further item is begun. */
export async function mapLimited<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = items.entries();
  let hasFailed = false;
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (hasFailed) return;
      try {
        results[index] = await work(item);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({length: limit}, worker));
  return results;
}
