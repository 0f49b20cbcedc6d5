// `fetch`: gets the dist of a machine that was kept because its build could not fetch it.
import type {ExitCode} from '../../core/errors.ts';
import {fetchDist} from '../../batch/fetch-dist.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import {openReport} from '../../report/open-report.ts';
import type {Terminal} from '../../core/terminal.ts';
import type {Invocation} from '../invocation.ts';

/** @param id Of a build or of a machine. */
export async function run(
  terminal: Terminal,
  options: OutputOptions & {readonly output?: string},
  id: string,
  {typed}: Invocation,
): Promise<ExitCode> {
  const output = typed.has('output') ? options.output : undefined;
  return fetchDist(terminal, {id, output, show: options, openReport});
}
