// `ssh`: a shell in a build's machine, for a look at a kept or running one.
import {join} from 'node:path';
import {exitCodes, UsageError, type ExitCode} from '../../core/errors.ts';
import type {Argv} from '../../core/exec.ts';
import {renderSshCommand} from '../../machine/guest.ts';
import type {JournalEntry} from '../../machine/journal.ts';
import {openSession} from '../session.ts';
import type {Terminal} from '../terminal.ts';

/** @param id Of a build or of a machine. */
export async function run(terminal: Terminal, _options: unknown, id: string): Promise<ExitCode> {
  const {journal, createMachine, exec} = await openSession(terminal);
  const entry = findEntry(await journal.list(), id);
  const {provider, directory} = entry;
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
  (await machine.connect(terminal.signal)).close(); // Checks the host key, and writes it where ssh looks for it.
  const {stdout} = await exec(['vagrant', '--no-tty', 'ssh-config'], {cwd: directory});
  const value = (key: string): string => new RegExp(`^\\s*${key} (\\S+)`, 'm').exec(stdout)?.[1] ?? '';
  const command = renderSshCommand({
    port: Number(value('Port')),
    identityFile: value('IdentityFile'),
    knownHosts: join(directory, 'known_hosts'),
  });
  const argv = [...command, `${value('User')}@${value('HostName')}`] as unknown as Argv;
  const {exitCode} = await exec(argv, {interactive: true, allow: 'any'});
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
