// `reap`: destroys orphaned, overdue and, with --all, kept machines, and clears away what killed processes left.
import {sweepLeftovers} from '../../batch/sweep-leftovers.ts';
import {exitCodes, ProblemsError, type ExitCode} from '../../core/errors.ts';
import {reap, type Reaped} from '../../machine/reaper.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import {makeStateFolders, openSession} from '../../batch/session.ts';
import type {Terminal} from '../../core/terminal.ts';

interface ReapOptions extends OutputOptions {
  readonly all?: boolean;
  /** This host is gone for good. */
  readonly host?: string;
}

export async function run(terminal: Terminal, options: ReapOptions): Promise<ExitCode> {
  const session = await openSession(terminal, undefined, options.host);
  await makeStateFolders(session.paths);
  const {reaped, problems} = await reap(session.reaper, {
    all: options.all === true,
    signal: terminal.signal,
  });
  const left = [...problems, ...(await sweepLeftovers(session))];
  if (options.json === true) {
    const rows = reaped.map(({entry, state, error, note}) => ({
      id: entry.id,
      buildId: entry.buildId,
      provider: entry.provider,
      host: entry.owner.host,
      state,
      destroyed: error === undefined && note === undefined,
      ...(error === undefined && note === undefined ? {} : {message: error ?? note}),
    }));
    terminal.stdout.write(`${JSON.stringify(rows)}\n`);
  } else {
    for (const one of reaped) terminal.stdout.write(`${describe(one)}\n`);
    if (options.host !== undefined) terminal.stdout.write(`Nothing here waits for host ${options.host}.\n`);
    else if (reaped.length === 0 && left.length === 0) terminal.stdout.write('Nothing to reap.\n');
  }
  const isLeaked = reaped.some(({error}) => error !== undefined);
  if (left.length === 0) return isLeaked ? exitCodes.leaked : exitCodes.done;
  const {printError} = await import('../print-error.ts');
  const [first] = left;
  const code = printError(left.length === 1 ? first : new ProblemsError(left), terminal);
  return isLeaked ? exitCodes.leaked : code;
}

function describe({entry, state, error, note}: Reaped): string {
  const {id, provider} = entry;
  if (error !== undefined) return `${id} (${state}) may still exist: ${error}`;
  if (note !== undefined) return `${id} (${state}) is no longer in the journal: ${note}.`;
  return `${id} (${state}) is gone: ${provider} no longer lists it.`;
}
