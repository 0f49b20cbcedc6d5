// `machines`: what the journal says, and whose each machine is. Changes nothing.
import {exitCodes, throwProblems, type ExitCode} from '../../core/errors.ts';
import {findListedState} from '../../machine/reaper.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import {openSession} from '../../batch/session.ts';
import type {Terminal} from '../../core/terminal.ts';

export async function run(terminal: Terminal, options: OutputOptions): Promise<ExitCode> {
  const {journal, exec, clock} = await openSession(terminal);
  const {entries, damaged} = await journal.readAll();
  const rows = await Promise.all(
    entries.map(async (entry) => ({
      id: entry.id,
      buildId: entry.buildId,
      provider: entry.provider,
      state: await findListedState(entry, {exec, clock}),
      host: entry.owner.host,
      createdAt: entry.createdAt,
      ...(entry.keepUntil === undefined ? {} : {keepUntil: entry.keepUntil}),
    })),
  );
  if (options.json === true) {
    terminal.stdout.write(`${JSON.stringify(rows)}\n`);
    throwProblems(damaged);
    return exitCodes.done;
  }
  if (rows.length === 0 && damaged.length === 0) terminal.stdout.write('No machines of ours.\n');
  for (const {id, provider, state, host, createdAt, keepUntil} of rows) {
    const until = keepUntil === undefined ? '' : `, kept until ${keepUntil}`;
    terminal.stdout.write(
      `${state.padEnd(8)}  ${id}  (${provider}, on host ${host}, since ${createdAt}${until})\n`,
    );
  }
  if (rows.some(({state}) => state === 'orphaned'))
    terminal.stdout.write('To destroy the orphaned ones, type: build-spark reap\n');
  throwProblems(damaged); // After all others: what we cannot read we must not forget.
  return exitCodes.done;
}
