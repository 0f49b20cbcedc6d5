// Whether something is on disk, and what a folder holds. Opens nothing.
import {access, lstat, readdir} from 'node:fs/promises';
import {hasErrorCode} from './errors.ts';

/** Follows links: one that leads nowhere is not there. Nor is what this user may not look at. */
export async function isThere(path: string): Promise<boolean> {
  return holds(access(path));
}

/** Whether the name is taken, also by a link that leads nowhere. */
export async function isTaken(path: string): Promise<boolean> {
  return holds(lstat(path));
}

async function holds(asking: Promise<unknown>): Promise<boolean> {
  return asking.then(
    () => true,
    () => false,
  );
}

/**
 * @param alike Codes of errors that mean the same as that there is no such folder.
 * @returns No names of a folder that is not there; one that cannot be read is never taken for an empty one.
 */
export async function readNames(folder: string, ...alike: readonly string[]): Promise<readonly string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT', ...alike)) return [];
    throw error;
  });
}
