// `reap`: destroys orphaned, overdue and, with --all, kept machines, and clears away what killed processes left.
import {renderJson} from '../../core/printable.ts';
import {reapMachines} from '../../batch/own-machines.ts';
import {exitCodes, ProblemsError, type ExitCode} from '../../core/errors.ts';
import type {Reaped} from '../../machine/reaper.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import type {Terminal} from '../../core/terminal.ts';

interface ReapOptions extends OutputOptions {
  readonly all?: boolean;
  /** This host is gone for good. */
  readonly host?: string;
}

export async function run(terminal: Terminal, options: ReapOptions): Promise<ExitCode> {
  const {stdout} = terminal;
  const {reaped, left} = await reapMachines(terminal, options);
  if (options.json === true) stdout.write(`${renderJson(reaped.map(renderRow))}\n`);
  else {
    for (const one of reaped) stdout.write(`${describe(one)}\n`);
    if (options.host !== undefined) stdout.write(`Nothing here waits for host ${options.host}.\n`);
    else if (reaped.length === 0 && left.length === 0) stdout.write('Nothing to reap.\n');
  }
  const isLeaked = reaped.some(({error}) => error !== undefined);
  if (left.length === 0) return isLeaked ? exitCodes.leaked : exitCodes.done;
  const {printError} = await import('../print-error.ts');
  const [first] = left;
  const code = printError(left.length === 1 ? first : new ProblemsError(left), terminal);
  return isLeaked ? exitCodes.leaked : code;
}

/** The shape that scripts rely on. */
function renderRow({entry, state, error, note}: Reaped): Readonly<Record<string, unknown>> {
  const {id, buildId, provider, owner} = entry;
  const message = error ?? note;
  return {id, buildId, provider, host: owner.host, state, destroyed: message === undefined, message};
}

function describe({entry, state, error, note}: Reaped): string {
  const {id, provider} = entry;
  if (error !== undefined) return `${id} (${state}) may still exist: ${error}`;
  if (note !== undefined) return `${id} (${state}) is no longer in the journal: ${note}.`;
  return `${id} (${state}) is gone: ${provider} no longer lists it.`;
}
