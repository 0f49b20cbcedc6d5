// What outlives the machines, all kinds together: looked at and pruned when the operator says so.
import type {Terminal} from '../core/terminal.ts';
import {readInventory, type ListedEntry} from '../store/inventory.ts';
import {planLimits, type LimitOptions} from '../store/prune-limits.ts';
import {pruneToLimit, readDiskUse, type DiskUse, type PruneResult} from '../store/prune.ts';
import {createKinds} from './cache-kinds.ts';
import {openSession} from './session.ts';

export interface OwnCache {
  readonly folder: string;
  readonly entries: readonly ListedEntry[];
  readonly disk: DiskUse;
}

/** @param limits Its limit of size counts in place of what the disk would give. */
export async function readCache(terminal: Terminal, {maxSize}: LimitOptions): Promise<OwnCache> {
  const session = await openSession(terminal);
  const {cache: folder} = session.paths;
  const entries = await readInventory(session, createKinds(session));
  const disk = await readDiskUse(folder, entries);
  return {folder, entries, disk: {...disk, limitBytes: maxSize ?? disk.limitBytes}};
}

/** @returns undefined when another prune does the work. */
export async function pruneCache(
  terminal: Terminal,
  {isDryRun, ...limits}: LimitOptions & {readonly isDryRun: boolean},
): Promise<PruneResult | undefined> {
  const session = await openSession(terminal);
  return pruneToLimit(session, createKinds(session), {
    ...{limits: planLimits(limits), isDryRun},
    signal: session.signal,
    waits: true,
  });
}
