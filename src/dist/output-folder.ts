// Finds out whether dists can be put into a folder, by trying. Leaves nothing behind.
import {randomUUID} from 'node:crypto';
import {mkdir, rename, stat, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {describeError, hasErrorCode, HostError} from '../core/errors.ts';
import {removeTree} from '../core/mounts.ts';

/**
 * Makes, fills, renames and removes a folder there, as a build will: permission bits say nothing about root, a
 * read-only file system or a full disk. A folder that is not there yet is tried in its parent and not created.
 * @throws HostError naming the folder and the remedy.
 */
export async function checkOutputFolder(dir: string): Promise<void> {
  const entry = await stat(dir).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw toHostError(dir, error);
  });
  if (entry?.isDirectory() === false) throw notFolder(dir);
  if (entry === undefined && !(await isFolder(dirname(dir)))) throw noParent(dir);
  const probe = join(entry === undefined ? dirname(dir) : dir, `.build-spark-probe-${randomUUID()}`);
  const moved = `${probe}.moved`;
  try {
    await mkdir(probe);
    await writeFile(join(probe, 'probe'), 'probe', {flush: true});
    await rename(probe, moved);
  } catch (error) {
    throw toHostError(dir, error);
  } finally {
    // What cannot be removed was named above; a second error would hide the first.
    for (const path of [probe, moved]) await removeTree(path).catch(() => undefined);
  }
}

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

/** What went wrong on the disk under the output folder, as the operator's to mend. */
export function toHostError(dir: string, error: unknown): HostError {
  const hint = hasErrorCode(error, 'ENOSPC', 'EDQUOT')
    ? `Make room there, or name another folder: --output <folder>`
    : `Name a folder that you may write to: --output <folder>`;
  return new HostError(`The output folder ${dir} cannot be written: ${describeError(error)}.`, hint, {
    cause: error,
  });
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
