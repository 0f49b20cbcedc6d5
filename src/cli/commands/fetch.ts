// `fetch`: gets the dist of a machine that was kept because its build could not fetch it.
import type {ExitCode} from '../../core/errors.ts';
import {fetchDist} from '../../batch/fetch-dist.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import {openReport} from '../../report/open-report.ts';
import type {Terminal} from '../../core/terminal.ts';

/** @param id Of a build or of a machine. */
export async function run(
  terminal: Terminal,
  options: OutputOptions & {readonly output?: string},
  id: string,
): Promise<ExitCode> {
  return fetchDist(terminal, {id, output: options.output, show: options, openReport});
}
