// Finishes what a dead process left: machines, their folders, half-fetched dists, locks and journal entries. Never touches what is not in our journal.
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {describeError, ExpectedError} from '../core/errors.ts';
import {removeDeadLocks, tryLock, type LockTools} from '../core/lock.ts';
import {removeTree} from '../core/mounts.ts';
import {isAlive, isOfAnotherHost, type LivenessTools} from '../core/process-identity.ts';
import {removeStalePartials} from '../distribution/partial.ts';
import type {Journal, JournalEntry} from './journal.ts';
import type {Machine} from './machine.ts';

export type ListedState = 'building' | 'kept' | 'orphaned';

export interface ReaperTools extends LockTools {
  readonly journal: Journal;
  readonly locks: string;
  readonly machines: string;
  /** A handle on a machine that an earlier process made. */
  readonly openMachine: (entry: JournalEntry) => Machine;
}

export interface Reaped {
  readonly entry: JournalEntry;
  readonly state: ListedState;
  /** Absent when the machine is gone. */
  readonly error?: string | undefined;
  /** Of a machine of a host that is gone: its entry was closed, and nobody could look whether it is there. */
  readonly note?: string;
}

export interface ReapResult {
  readonly reaped: readonly Reaped[];
  /** What could not be read or removed; all else was done. */
  readonly problems: readonly ExpectedError[];
}

/**
 * Whose machine it is: a running build's, one kept on purpose whose time is not over, or nobody's. That of
 * another host is never nobody's, unless the operator says that the host is gone: it cannot be destroyed from here.
 */
export async function findListedState(
  entry: JournalEntry,
  tools: LivenessTools & Pick<ReaperTools, 'clock'>,
): Promise<ListedState> {
  const isForeign = await isOfAnotherHost(entry.owner, tools.exec);
  if (entry.keepUntil !== undefined && !(isForeign && entry.owner.host === tools.goneHost)) {
    return isForeign || Date.parse(entry.keepUntil) > tools.clock.now().getTime() ? 'kept' : 'orphaned';
  }
  return (await isAlive(entry.owner, tools)) ? 'building' : 'orphaned';
}

/** Machines of running builds. @throws UsageError when the journal cannot be read: then nobody knows. */
export async function listBuilding(
  tools: Pick<ReaperTools, 'journal'> & Parameters<typeof findListedState>[1],
): Promise<readonly JournalEntry[]> {
  const building: JournalEntry[] = [];
  for (const entry of await tools.journal.list())
    if ((await findListedState(entry, tools)) === 'building') building.push(entry);
  return building;
}

/**
 * Destroys orphaned and overdue machines, and kept ones with `all`. Safe beside other copies of the tool:
 * each machine is reaped under a lock of its own, and its entry is read again under it.
 */
export async function reap(
  tools: ReaperTools,
  options: {readonly all?: boolean; readonly signal: AbortSignal},
): Promise<ReapResult> {
  const {entries, damaged} = await tools.journal.readAll();
  const reaped: Reaped[] = [];
  const problems: ExpectedError[] = [...damaged];
  for (const {id} of entries) {
    const result = await tryLock(join(tools.locks, `reap-${id}.lock`), tools, async () => {
      const entry = await tools.journal.read(id);
      if (entry === undefined) return undefined;
      const state = await findListedState(entry, tools);
      const isForeign = await isOfAnotherHost(entry.owner, tools.exec);
      if (state === 'building' || (state === 'kept' && (options.all !== true || isForeign))) return undefined;
      return reapOne(entry, {state, isForeign}, tools, options.signal);
    });
    if (result !== undefined) reaped.push(result);
  }
  problems.push(...(await removeForgottenFolders(tools)));
  await removeDeadLocks(tools.locks, tools);
  return {reaped, problems};
}

async function reapOne(
  entry: JournalEntry,
  {state, isForeign}: {readonly state: ListedState; readonly isForeign: boolean},
  tools: ReaperTools,
  signal: AbortSignal,
): Promise<Reaped> {
  try {
    const machine = tools.openMachine(entry);
    // One of a host that is gone is destroyed if this host has it after all: it may have got another name.
    const isHere = !isForeign || (await machine.state(signal).catch(() => 'absent')) !== 'absent';
    if (isHere) await machine.destroy({signal});
    else await removeTree(join(tools.machines, entry.id));
    // Best effort: the next run into that folder does it as well, and says so when it cannot.
    if (entry.output !== undefined) await removeStalePartials(entry.output, tools).catch(() => undefined);
    await tools.journal.close(entry.id);
    if (isHere) return {entry, state};
    const {host} = entry.owner;
    return {entry, state, note: `it was on host ${host}; should that host come back, look for it there`};
  } catch (error) {
    const hint = error instanceof ExpectedError ? ` ${error.hint}` : '';
    return {entry, state, error: `${describeError(error)}${hint}`};
  }
}

/** A machine's folder is made after its journal entry and removed before it, so one without an entry is nobody's. */
async function removeForgottenFolders(tools: ReaperTools): Promise<readonly ExpectedError[]> {
  const problems: ExpectedError[] = [];
  const folders = await readdir(tools.machines).catch(() => []);
  for (const name of folders) {
    if ((await tools.journal.read(name).catch(() => 'damaged')) !== undefined) continue;
    await removeTree(join(tools.machines, name)).catch((error: unknown) => {
      if (!(error instanceof ExpectedError)) throw error;
      problems.push(error);
    });
  }
  return problems;
}
