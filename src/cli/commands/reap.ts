// `reap`: destroys orphaned, overdue and, with --all, kept machines.
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {reap} from '../../machine/reaper.ts';
import type {OutputOptions} from '../options.ts';
import {openSession} from '../session.ts';
import type {Terminal} from '../terminal.ts';

export async function run(
  terminal: Terminal,
  options: OutputOptions & {readonly all?: boolean},
): Promise<ExitCode> {
  const {reaper} = await openSession(terminal);
  const reaped = await reap(reaper, {all: options.all === true, signal: terminal.signal});
  const failed = reaped.filter(({error}) => error !== undefined);
  if (options.json === true) {
    const rows = reaped.map(({entry, state, error}) => ({
      id: entry.id,
      buildId: entry.buildId,
      provider: entry.provider,
      state,
      destroyed: error === undefined,
      ...(error === undefined ? {} : {message: error}),
    }));
    terminal.stdout.write(`${JSON.stringify(rows)}\n`);
  } else {
    if (reaped.length === 0) terminal.stdout.write('Nothing to reap.\n');
    for (const {entry, state, error} of reaped) {
      terminal.stdout.write(
        error === undefined
          ? `${entry.id} (${state}) is gone: ${entry.provider} no longer lists it.\n`
          : `${entry.id} (${state}) may still exist: ${error}\n`,
      );
    }
  }
  return failed.length === 0 ? exitCodes.done : exitCodes.leaked;
}
