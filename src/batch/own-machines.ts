// The machines of ours that are there outside of a run: listed, entered, destroyed. What is ours the journal says.
import {exitCodes, UsageError, type ExitCode, type ExpectedError} from '../core/errors.ts';
import type {Terminal} from '../core/terminal.ts';
import {findEntry} from '../machine/machine-entry.ts';
import {findListedState, reap, type ListedState, type Reaped} from '../machine/reaper.ts';
import {makeStateFolders, openSession} from './session.ts';
import {sweepLeftovers} from './sweep-leftovers.ts';

export interface ListedMachine {
  readonly id: string;
  readonly buildId: string;
  readonly provider: string;
  readonly state: ListedState;
  readonly host: string;
  readonly createdAt: string;
  readonly keepUntil?: string | undefined;
}

/** Changes nothing. @returns What could not be read as `damaged`: a machine may be behind it. */
export async function listMachines(terminal: Terminal): Promise<{
  readonly machines: readonly ListedMachine[];
  readonly damaged: readonly ExpectedError[];
}> {
  const {journal, exec, clock} = await openSession(terminal);
  const {entries, damaged} = await journal.readAll();
  const machines = await Promise.all(
    entries.map(async (entry) => {
      const {id, buildId, provider, owner, createdAt, keepUntil} = entry;
      const state = await findListedState(entry, {exec, clock});
      return {id, buildId, provider, state, host: owner.host, createdAt, keepUntil};
    }),
  );
  return {machines, damaged};
}

/**
 * Destroys orphaned and overdue machines, and clears away what killed processes left.
 * @param all Kept ones too.
 * @param host This other host is gone for good: what it held is free.
 * @returns What stays, as `left`.
 */
export async function reapMachines(
  terminal: Terminal,
  {all = false, host}: {readonly all?: boolean | undefined; readonly host?: string | undefined},
): Promise<{readonly reaped: readonly Reaped[]; readonly left: readonly ExpectedError[]}> {
  const session = await openSession(terminal, undefined, host);
  await makeStateFolders(session.paths);
  const {reaped, problems} = await reap(session.reaper, {all, signal: terminal.signal});
  return {reaped, left: [...problems, ...(await sweepLeftovers(session))]};
}

/** A shell in a machine, until the operator leaves it. @param id Of a build or of a machine. */
export async function openShell(terminal: Terminal, id: string): Promise<ExitCode> {
  const {journal, reaper, exec, signal} = await openSession(terminal);
  const entry = findEntry((await journal.readAll()).entries, id);
  const machine = reaper.openMachine(entry);
  const state = await machine.state(signal);
  if (state !== 'running')
    throw new UsageError(`The machine ${entry.id} is ${state}.`, 'Type: build-spark reap');
  // Checks the host key, and writes it where ssh looks for it.
  const guest = await machine.connect(signal);
  guest.close();
  const {argv, cwd} = guest.shell;
  const {exitCode} = await exec(argv, {cwd, interactive: true, allow: 'any'});
  return exitCode === 0 ? exitCodes.done : exitCodes.failed;
}
