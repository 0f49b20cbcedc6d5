// `reproduce`: builds a dist again in another machine, from its manifest alone, and names what differs.
import {renderJson} from '../../core/printable.ts';
import {renderReproduction, reproduceDist, type ReproduceOptions} from '../../batch/reproduce-dist.ts';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {renderPrintable} from '../../core/text.ts';
import {runSurroundings} from '../run-surroundings.ts';
import type {Terminal} from '../../core/terminal.ts';

export async function run(terminal: Terminal, options: ReproduceOptions, named: string): Promise<ExitCode> {
  const reproduced = await reproduceDist(terminal, options, named, runSurroundings);
  if (reproduced.status === 'not-built') return reproduced.exitCode;
  const {reproduction} = reproduced;
  const lines =
    options.json === true
      ? [renderJson(reproduction)]
      : renderReproduction(reproduction, options).map(renderPrintable);
  for (const line of lines) terminal.stdout.write(`${line}\n`);
  return reproduction.same ? exitCodes.done : exitCodes.failed;
}
