// `ssh`: a shell in a build's machine, for a look at a kept or running one.
import {exitCodes, UsageError, type ExitCode} from '../../core/errors.ts';
import type {JournalEntry} from '../../machine/journal.ts';
import {openSession} from '../session.ts';
import type {Terminal} from '../terminal.ts';

/** @param id Of a build or of a machine. */
export async function run(terminal: Terminal, _options: unknown, id: string): Promise<ExitCode> {
  const {journal, createMachine, exec} = await openSession(terminal);
  const entry = findEntry((await journal.readAll()).entries, id);
  const {provider} = entry;
  const machine = createMachine({
    id: entry.id,
    buildId: entry.buildId,
    provider,
    box: {name: ''},
    memoryMib: 0,
    cpus: 0,
    bootTimeoutMs: 0,
  });
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

function findEntry(entries: readonly JournalEntry[], id: string): JournalEntry {
  const found = entries.filter((entry) => entry.id === id || entry.buildId === id);
  const [entry] = found;
  if (entry !== undefined && found.length === 1) return entry;
  if (found.length > 1) {
    throw new UsageError(
      `${id} has ${found.length} machines: ${found.map((each) => each.id).join(', ')}.`,
      'Name one of these machines.',
    );
  }
  const others = [...new Set(entries.map(({buildId}) => buildId))];
  throw new UsageError(
    `There is no machine of a build ${id}.`,
    others.length === 0
      ? 'A machine that outlives a failure is made with --on-failure keep'
      : `Builds that have one: ${others.join(', ')}`,
  );
}
