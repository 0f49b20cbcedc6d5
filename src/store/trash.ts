// Takes things out of the cache so that a kill at any moment leaves it valid: renamed first, deleted afterwards.
import {randomUUID} from 'node:crypto';
import {lstat, rename, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {hasErrorCode} from '../core/errors.ts';
import type {Exec} from '../core/exec.ts';
import {refuseMounts} from '../core/mounts.ts';
import type {AsRoot} from '../core/as-root.ts';

export interface TrashTools {
  readonly exec: Exec;
  /** For what belongs to root: boxes' root file systems. */
  readonly asRoot: AsRoot;
}

/** With a UUID behind it, so that nobody else's file is taken for ours. */
const prefix = '.trash-';
const trashName = /^\.trash-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function isTrash(path: string): boolean {
  return trashName.test(basename(path));
}

/**
 * Gives a file or folder a name beside its own that nobody looks at; `emptyTrash`, or the next prune, deletes it.
 * @returns The new path; undefined when nothing was there.
 * @throws HostError when something is mounted in it, and what the file system says.
 */
export async function moveToTrash(path: string, {exec, asRoot}: TrashTools): Promise<string | undefined> {
  if ((await lstat(path).catch(() => undefined)) === undefined) return undefined;
  await refuseMounts(path);
  const trash = join(dirname(path), `${prefix}${randomUUID()}`);
  try {
    await rename(path, trash);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    if (!hasErrorCode(error, 'EACCES', 'EPERM')) throw error;
    await exec(asRoot(['mv', path, trash]), {timeoutMs: 60_000});
  }
  return trash;
}

/** Deletes what `moveToTrash` renamed. Idempotent; two may do it at once. */
export async function emptyTrash(path: string, {exec, asRoot}: TrashTools): Promise<void> {
  if (!isTrash(path)) throw new Error(`${path} is not trash.`);
  await refuseMounts(path);
  try {
    await rm(path, {recursive: true, force: true, maxRetries: 3});
  } catch (error) {
    if (!hasErrorCode(error, 'EACCES', 'EPERM')) throw error;
    await exec(asRoot(['rm', '-rf', '--one-file-system', path]), {timeoutMs: 600_000});
  }
}
