// Owns the folders in which source trees are prepared, one a build, and removes those of processes that are gone.
import {randomUUID} from 'node:crypto';
import {mkdir, readdir, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {hasErrorCode} from '../core/errors.ts';
import type {Exec} from '../core/exec.ts';
import {readJsonFile, writeJsonFile} from '../core/files.ts';
import {
  isAlive,
  processIdentitySchema,
  readOwnIdentity,
  type ProcessIdentity,
} from '../core/process-identity.ts';

/** Between the folder and its owner's name there is a moment in which a process can die. */
const unownedForMs = 3_600_000;
const ownerFile = 'owner.json';

/** @returns A new folder below `parent`, with our name in it. */
export async function createWorkFolder(parent: string, exec: Exec): Promise<string> {
  const folder = join(parent, randomUUID());
  await mkdir(folder, {recursive: true, mode: 0o700});
  await writeJsonFile(join(folder, ownerFile), await readOwnIdentity(exec));
  return folder;
}

/** Removes the folders that killed processes left. Safe beside other running copies of the tool. */
export async function sweepWorkFolders(parent: string, exec: Exec, now: Date): Promise<void> {
  const names = await readdir(parent).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return [];
    throw error;
  });
  for (const name of names) {
    const folder = join(parent, name);
    if (await isAbandoned(folder, exec, now)) await rm(folder, {recursive: true, force: true});
  }
}

/** Whose folder it is; undefined when nobody's name is in it. */
export async function readFolderOwner(folder: string): Promise<ProcessIdentity | undefined> {
  return readJsonFile(join(folder, ownerFile), processIdentitySchema, 'The owner file').catch(
    () => undefined,
  );
}

/** Whether whoever prepared a source there is gone. */
export async function isAbandoned(folder: string, exec: Exec, now: Date): Promise<boolean> {
  const owner = await readFolderOwner(folder);
  if (owner !== undefined) return !(await isAlive(owner, exec));
  const stats = await stat(folder).catch(() => undefined); // Another copy of the tool may sweep as well.
  return stats !== undefined && now.getTime() - stats.mtimeMs > unownedForMs;
}
