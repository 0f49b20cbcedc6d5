// `build`, the main job: what the options ask for, as one run.
import type {ExitCode} from '../../core/errors.ts';
import type {BuildOptions, OutputOptions} from '../../batch/build-options.ts';
import {runRows} from '../../batch/run.ts';
import {runSurroundings} from '../run-surroundings.ts';
import type {Terminal} from '../../core/terminal.ts';

export async function run(terminal: Terminal, options: BuildOptions & OutputOptions): Promise<ExitCode> {
  return runRows(terminal, options, () => Promise.resolve({rows: [{options}], options}), runSurroundings);
}
