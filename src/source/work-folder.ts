// Owns the folders in which source trees are prepared, one a build, and removes those of processes that are gone.
import {randomUUID} from 'node:crypto';
import {mkdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import type {Exec} from '../core/exec.ts';
import {HostError} from '../core/errors.ts';
import {readJsonFile, writeJsonFile} from '../core/files.ts';
import {removeTree} from '../core/mounts.ts';
import {
  isAlive,
  processIdentitySchema,
  readOwnIdentity,
  type LivenessTools,
  type ProcessIdentity,
} from '../core/process-identity.ts';
import {readNames} from '../core/presence.ts';

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

/**
 * Removes the folders that killed processes left. Safe beside other running copies of the tool.
 * @returns Those that stay since something is mounted in them, with what to type.
 */
export async function sweepWorkFolders(
  parent: string,
  tools: LivenessTools,
  now: Date,
): Promise<readonly HostError[]> {
  const names = await readNames(parent);
  const stay: HostError[] = [];
  for (const name of names) {
    const folder = join(parent, name);
    if (!(await isAbandoned(folder, tools, now))) continue;
    await removeTree(folder).catch((error: unknown) => {
      if (!(error instanceof HostError)) throw error;
      stay.push(error);
    });
  }
  return stay;
}

/** Whose folder it is; undefined when nobody's name is in it. */
export async function readFolderOwner(folder: string): Promise<ProcessIdentity | undefined> {
  return readJsonFile(join(folder, ownerFile), processIdentitySchema, 'The owner file').catch(
    () => undefined,
  );
}

/** Whether whoever prepared a source there is gone. */
export async function isAbandoned(folder: string, tools: LivenessTools, now: Date): Promise<boolean> {
  const owner = await readFolderOwner(folder);
  if (owner !== undefined) return !(await isAlive(owner, tools));
  const stats = await stat(folder).catch(() => undefined); // Another copy of the tool may sweep as well.
  return stats !== undefined && now.getTime() - stats.mtimeMs > unownedForMs;
}
