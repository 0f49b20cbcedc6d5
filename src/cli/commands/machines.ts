// `machines`: what the journal says, and whose each machine is. Changes nothing.
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {findListedState} from '../../machine/reaper.ts';
import type {OutputOptions} from '../options.ts';
import {openSession} from '../session.ts';
import type {Terminal} from '../terminal.ts';

export async function run(terminal: Terminal, options: OutputOptions): Promise<ExitCode> {
  const {journal, exec, clock} = await openSession(terminal);
  const entries = await journal.list();
  const rows = await Promise.all(
    entries.map(async (entry) => ({
      id: entry.id,
      buildId: entry.buildId,
      provider: entry.provider,
      state: await findListedState(entry, {exec, clock}),
      createdAt: entry.createdAt,
      ...(entry.keepUntil === undefined ? {} : {keepUntil: entry.keepUntil}),
    })),
  );
  if (options.json === true) {
    terminal.stdout.write(`${JSON.stringify(rows)}\n`);
    return exitCodes.done;
  }
  if (rows.length === 0) terminal.stdout.write('No machines of ours.\n');
  for (const {id, provider, state, createdAt, keepUntil} of rows) {
    const until = keepUntil === undefined ? '' : `, kept until ${keepUntil}`;
    terminal.stdout.write(`${state.padEnd(8)}  ${id}  (${provider}, since ${createdAt}${until})\n`);
  }
  if (rows.some(({state}) => state === 'orphaned'))
    terminal.stdout.write('To destroy the orphaned ones, type: build-spark reap\n');
  return exitCodes.done;
}
