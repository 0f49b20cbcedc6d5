// `batch`: the builds of a file, as one run.
import type {ExitCode} from '../../core/errors.ts';
import {readBatch} from '../../batch/batch-options.ts';
import type {BuildOptions, OutputOptions} from '../../batch/build-options.ts';
import type {Invocation} from '../invocation.ts';
import {runAsked} from '../run-surroundings.ts';
import type {Terminal} from '../../core/terminal.ts';

export async function run(
  terminal: Terminal,
  options: BuildOptions & OutputOptions,
  file: string,
  {typed}: Invocation,
): Promise<ExitCode> {
  return runAsked(terminal, options, typed, () => readBatch(file, {options, typed, cwd: terminal.cwd}));
}
