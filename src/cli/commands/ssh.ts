// `ssh`: a shell in a build's machine, for a look at a kept or running one.
import {exitCodes, UsageError, type ExitCode} from '../../core/errors.ts';
import {findEntry} from '../../machine/machine-entry.ts';
import {openSession} from '../../batch/session.ts';
import type {Terminal} from '../../core/terminal.ts';

/** @param id Of a build or of a machine. */
export async function run(terminal: Terminal, _options: unknown, id: string): Promise<ExitCode> {
  const {journal, reaper, exec} = await openSession(terminal);
  const entry = findEntry((await journal.readAll()).entries, id);
  const machine = reaper.openMachine(entry);
  const state = await machine.state(terminal.signal);
  if (state !== 'running') {
    throw new UsageError(`The machine ${entry.id} is ${state}.`, 'Type: build-spark reap');
  }
  // Checks the host key, and writes it where ssh looks for it.
  const guest = await machine.connect(terminal.signal);
  guest.close();
  const {argv, cwd} = guest.shell;
  const {exitCode} = await exec(argv, {cwd, interactive: true, allow: 'any'});
  return exitCode === 0 ? exitCodes.done : exitCodes.failed;
}
