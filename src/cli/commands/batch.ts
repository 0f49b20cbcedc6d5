// `batch`: the builds of a file, as one run.
import type {ExitCode} from '../../core/errors.ts';
import {readBatch} from '../../batch/batch-options.ts';
import type {BuildOptions, OutputOptions} from '../../batch/build-options.ts';
import {runRows} from '../../batch/run.ts';
import {runSurroundings} from '../run-surroundings.ts';
import type {Terminal} from '../../core/terminal.ts';

export async function run(
  terminal: Terminal,
  options: BuildOptions & OutputOptions,
  file: string,
  {typed}: {readonly typed: ReadonlySet<string>},
): Promise<ExitCode> {
  return runRows(
    terminal,
    options,
    () => readBatch(file, {options, typed, cwd: terminal.cwd}),
    runSurroundings,
  );
}
