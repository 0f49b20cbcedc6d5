// Owns what is said of a folder in which dists cannot be put, and makes it. Knows nothing of what is in it.
import {mkdir, stat} from 'node:fs/promises';
import {dirname} from 'node:path';
import {readFreeFiles} from '../core/disk.ts';
import {describeError, hasErrorCode, HostError} from '../core/errors.ts';

/** Creates the folder when its parent is there. @throws HostError */
export async function createOutputFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) throw noParent(dir);
    if (!hasErrorCode(error, 'EEXIST')) throw toHostError(dir, error);
    if (!(await isFolder(dir))) throw notFolder(dir);
  }
}

/** What went wrong on the disk under the output folder, as the operator's to fix. */
export function toHostError(dir: string, error: unknown): HostError {
  const hint = hasErrorCode(error, 'ENOSPC', 'EDQUOT')
    ? `Make room there, or name another folder: --output <folder>`
    : `Name a folder that you may write to: --output <folder>`;
  const why = hasErrorCode(error, 'EDQUOT') ? 'your disk quota there is used up' : describeError(error);
  return new HostError(`The output folder ${dir} cannot be written: ${why}.`, hint, {cause: error});
}

/** As `toHostError`; a disk with room that takes no more files says "no space left" too. */
export async function explainRefusal(dir: string, error: unknown): Promise<HostError> {
  const free = hasErrorCode(error, 'ENOSPC') ? await readFreeFiles(dir).catch(() => undefined) : undefined;
  if (free !== 0) return toHostError(dir, error);
  return new HostError(
    `The output folder ${dir} takes no more files: the inodes of its file system are used up.`,
    `Delete what has so many (df -i ${dir}), or name another folder: --output <folder>`,
    {cause: error},
  );
}

/** @throws HostError when it is there and not a folder, or could not be created. @returns whether it is there. */
export async function lookAtOutputFolder(dir: string): Promise<boolean> {
  const entry = await stat(dir).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw toHostError(dir, error);
  });
  if (entry?.isDirectory() === false) throw notFolder(dir);
  if (entry === undefined && !(await isFolder(dirname(dir)))) throw noParent(dir);
  return entry !== undefined;
}

function notFolder(dir: string): HostError {
  return new HostError(`The output folder ${dir} is not a folder.`, 'Name a folder: --output <folder>');
}

function noParent(dir: string): HostError {
  return new HostError(
    `The output folder ${dir} cannot be created: ${dirname(dir)} is not a folder.`,
    `Create it: mkdir -p ${dir}`,
  );
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}
