// Owns free space on file systems of this host, and how much of it a folder takes.
import {lstat, readdir, statfs} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {hasErrorCode} from './errors.ts';

/** Bytes that we may still write at this path, or at its nearest parent that exists. */
export async function readFreeBytes(path: string): Promise<number> {
  try {
    const {bavail, bsize} = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT', 'ENOTDIR') || dirname(path) === path) throw error;
    return readFreeBytes(dirname(path));
  }
}

/** Size of the file system at this path, or at its nearest parent that exists, in bytes. */
export async function readDiskBytes(path: string): Promise<number> {
  try {
    const {blocks, bsize} = await statfs(path);
    return blocks * bsize;
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT', 'ENOTDIR') || dirname(path) === path) throw error;
    return readDiskBytes(dirname(path));
  }
}

/**
 * Files that may still be made at this path, or at its nearest parent that exists.
 * @returns undefined where the file system makes room for them as it goes (btrfs), or does not tell.
 */
export async function readFreeFiles(path: string): Promise<number | undefined> {
  try {
    const {files, ffree} = await statfs(path);
    return files === 0 ? undefined : ffree;
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT', 'ENOTDIR') || dirname(path) === path) throw error;
    return readFreeFiles(dirname(path));
  }
}

export interface Measure {
  /** Allocated, as `du` counts: blocks, and a file with several names once. */
  readonly bytes: number;
  /** Newest change of anything in it, milliseconds since 1970; undefined when nothing is there. */
  readonly newestMs: number | undefined;
}

/** Of files and folders with all that is in them. What is not there, or may not be read, counts as nothing. */
export async function measure(paths: readonly string[]): Promise<Measure> {
  const seen = new Set<string>();
  let bytes = 0;
  let newestMs: number | undefined;
  const visit = async (path: string): Promise<void> => {
    const stats = await lstat(path).catch(() => undefined); // Others may delete while we walk.
    if (stats === undefined) return;
    newestMs = Math.max(newestMs ?? 0, stats.mtimeMs);
    if (!stats.isDirectory() && stats.nlink > 1) {
      const id = `${stats.dev}:${stats.ino}`;
      if (seen.has(id)) return;
      seen.add(id);
    }
    bytes += stats.blocks * 512; // POSIX: st_blocks counts 512 bytes, whatever the file system's block is.
    if (!stats.isDirectory()) return;
    const names = await readdir(path).catch(() => []);
    await Promise.all(names.map((name) => visit(join(path, name))));
  };
  for (const path of paths) await visit(path);
  return {bytes, newestMs};
}
