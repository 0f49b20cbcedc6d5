// `machines`: what the journal says, and whose each machine is. Changes nothing.
import {renderJson} from '../../core/printable.ts';
import {listMachines} from '../../batch/own-machines.ts';
import {exitCodes, throwProblems, type ExitCode} from '../../core/errors.ts';
import {renderTable} from '../../core/table.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import type {Terminal} from '../../core/terminal.ts';

export async function run(terminal: Terminal, options: OutputOptions): Promise<ExitCode> {
  const {stdout} = terminal;
  const {machines, damaged} = await listMachines(terminal);
  if (options.json === true) stdout.write(`${renderJson(machines)}\n`);
  else {
    if (machines.length === 0 && damaged.length === 0) stdout.write('No machines of ours.\n');
    const rows = machines.map(({id, provider, state, host, createdAt, keepUntil}) => {
      const until = keepUntil === undefined ? '' : `, kept until ${keepUntil}`;
      return [state, `${id}  (${provider}, on host ${host}, since ${createdAt}${until})`];
    });
    for (const line of renderTable(rows, {least: [8]})) stdout.write(`${line}\n`);
    if (machines.some(({state}) => state === 'orphaned'))
      stdout.write('To destroy the orphaned ones, type: build-spark reap\n');
  }
  throwProblems(damaged); // After all others: what we cannot read we must not forget.
  return exitCodes.done;
}
