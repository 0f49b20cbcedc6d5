// `inspect`: what a ref of any source is, read from its files.
import {renderJson} from '../../core/printable.ts';
import {inspectSource, type AskedRef} from '../../batch/inspect-source.ts';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {renderRefFacts} from '../../report/release-table.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import type {Terminal} from '../../core/terminal.ts';

export async function run(terminal: Terminal, options: OutputOptions & AskedRef): Promise<ExitCode> {
  const {stdout, stderr} = terminal;
  const {facts, warnings} = await inspectSource(terminal, options);
  if (options.json === true) {
    stdout.write(`${renderJson({...facts, warnings})}\n`);
    return exitCodes.done;
  }
  for (const line of warnings) stderr.write(`warning  ${line}\n`);
  for (const line of renderRefFacts(facts)) stdout.write(`${line}\n`);
  return exitCodes.done;
}
