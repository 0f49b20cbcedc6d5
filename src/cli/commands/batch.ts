// `batch`: the builds of a file, as one run.
import type {ExitCode} from '../../core/errors.ts';
import {readMatrixRun} from '../matrix-rows.ts';
import type {BuildOptions, OutputOptions} from '../options.ts';
import {runRows} from '../run.ts';
import type {Terminal} from '../terminal.ts';

export async function run(
  terminal: Terminal,
  options: BuildOptions & OutputOptions,
  file: string,
  {typed}: {readonly typed: ReadonlySet<string>},
): Promise<ExitCode> {
  return runRows(terminal, options, () => readMatrixRun(file, {options, typed, cwd: terminal.cwd}));
}
