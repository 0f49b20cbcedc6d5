// `build`, the main job: what the options ask for, as one run.
import type {ExitCode} from '../../core/errors.ts';
import type {BuildOptions, OutputOptions} from '../../batch/build-options.ts';
import type {Invocation} from '../invocation.ts';
import {runAsked} from '../run-surroundings.ts';
import type {Terminal} from '../../core/terminal.ts';

export async function run(
  terminal: Terminal,
  options: BuildOptions & OutputOptions,
  _: unknown,
  {typed}: Invocation,
): Promise<ExitCode> {
  return runAsked(terminal, options, typed, () => Promise.resolve({rows: [{options}], options}));
}
