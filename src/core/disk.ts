// Owns free space on file systems of this host.
import {statfs} from 'node:fs/promises';
import {dirname} from 'node:path';
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
