// What killed processes left in the cache: drafts, locks, marks of use. Each goes by its owner or by its age.
import {sweepDrafts} from '../core/files.ts';
import {removeDeadLocks, type LockTools} from '../core/lock.ts';
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
