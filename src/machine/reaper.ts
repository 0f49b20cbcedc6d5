// Finishes what a dead process left: machines, their folders, half-fetched dists, locks and journal entries. Never touches what is not in our journal.
import {readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {Clock} from '../core/clock.ts';
import {describeError} from '../core/errors.ts';
import type {Exec} from '../core/exec.ts';
import {removeDeadLocks, tryLock} from '../core/lock.ts';
import {isAlive} from '../core/process-identity.ts';
import {removeStalePartials} from '../dist/partial.ts';
import type {Journal, JournalEntry} from './journal.ts';
import type {Machine} from './machine.ts';

export type ListedState = 'building' | 'kept' | 'orphaned';

export interface ReaperTools {
  readonly journal: Journal;
  readonly exec: Exec;
  readonly clock: Clock;
  readonly locks: string;
  readonly machines: string;
  /** A handle on a machine that an earlier process made. */
  readonly openMachine: (entry: JournalEntry) => Machine;
}

export interface Reaped {
  readonly entry: JournalEntry;
  readonly state: ListedState;
  /** Absent when the machine is gone. */
  readonly error?: string;
}

/** Whose machine it is: that of a running build, one kept on purpose whose time is not over, or nobody's. */
export async function findListedState(
  entry: JournalEntry,
  tools: Pick<ReaperTools, 'exec' | 'clock'>,
): Promise<ListedState> {
  if (entry.keepUntil !== undefined) {
    return Date.parse(entry.keepUntil) > tools.clock.now().getTime() ? 'kept' : 'orphaned';
  }
  return (await isAlive(entry.owner, tools.exec)) ? 'building' : 'orphaned';
}

/**
 * Destroys orphaned and overdue machines, and kept ones with `all`. Safe beside other copies of the tool:
 * each machine is reaped under a lock of its own, and its entry is read again under it.
 */
export async function reap(
  tools: ReaperTools,
  options: {readonly all?: boolean; readonly signal: AbortSignal},
): Promise<readonly Reaped[]> {
  const results: Reaped[] = [];
  for (const {id} of await tools.journal.list()) {
    const result = await tryLock(join(tools.locks, `reap-${id}.lock`), tools, async () => {
      const entry = await tools.journal.read(id);
      if (entry === undefined) return undefined;
      const state = await findListedState(entry, tools);
      if (state === 'building' || (state === 'kept' && options.all !== true)) return undefined;
      return reapOne(entry, state, tools, options.signal);
    });
    if (result !== undefined) results.push(result);
  }
  await removeForgottenFolders(tools);
  await removeDeadLocks(tools.locks, tools);
  return results;
}

async function reapOne(
  entry: JournalEntry,
  state: ListedState,
  tools: ReaperTools,
  signal: AbortSignal,
): Promise<Reaped> {
  try {
    await tools.openMachine(entry).destroy({signal});
    // Best effort: the next run into that folder does it as well, and says so when it cannot.
    if (entry.output !== undefined) await removeStalePartials(entry.output, tools).catch(() => undefined);
    await tools.journal.close(entry.id);
    return {entry, state};
  } catch (error) {
    return {entry, state, error: describeError(error)};
  }
}

/** A machine's folder is made after its journal entry and removed before it, so one without an entry is nobody's. */
async function removeForgottenFolders(tools: ReaperTools): Promise<void> {
  const folders = await readdir(tools.machines).catch(() => []);
  for (const name of folders) {
    if ((await tools.journal.read(name).catch(() => 'damaged')) === undefined) {
      await rm(join(tools.machines, name), {recursive: true, force: true});
    }
  }
}
