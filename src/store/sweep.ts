// What killed processes left in the cache: drafts, locks, marks of use, work folders. Each goes by its owner or by its age.
import {lstat, readdir} from 'node:fs/promises';
import {userInfo} from 'node:os';
import {join} from 'node:path';
import {sweepDrafts} from '../core/files.ts';
import {removeDeadLocks, type LockTools} from '../core/lock.ts';
import {removeTree} from '../core/mounts.ts';
import type {Paths} from '../core/paths.ts';
import {sweepUses} from './uses.ts';

export interface SweepTools extends LockTools {
  readonly paths: Paths;
}

/** Of the cache: what killed processes left of locks, marks and files that they were writing. */
export async function sweepLocks(tools: SweepTools): Promise<void> {
  const {paths, clock} = tools;
  for (const folder of [paths.probes, `${paths.maven}/sets`]) await sweepDrafts(folder, clock.now());
  for (const folder of [paths.git, paths.boxes, paths.maven]) await removeDeadLocks(folder, tools);
  await sweepUses(tools).catch(() => undefined); // Where it cannot be written nobody of this user prunes anything.
}

/** Nobody needs so long for what is made in such a folder; each file that is put there makes it young again. */
const workForMs = 86_400_000;

/**
 * Work folders of killed processes, by name and age. Others may make ones of these names in the same place: only our own
 * user's are taken. Never throws for what is there: if something is mounted in one, `cache prune` says so.
 */
export async function sweepWork(folder: string, isWork: (name: string) => boolean, now: Date): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const {uid} = userInfo();
  for (const name of names.filter(isWork)) {
    const path = join(folder, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats?.isDirectory() !== true || stats.uid !== uid) continue;
    if (now.getTime() - stats.mtimeMs < workForMs) continue;
    await removeTree(path).catch(() => undefined);
  }
}

/** In which `bundle use` unpacks, in the cache. */
export const isBundleWork = (name: string): boolean =>
  /^bundle-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name);
