// Joins a run with those who show it and with `setup`. Each is loaded when it is needed.
import type {AskedRun, BuildOptions, OutputOptions} from '../batch/build-options.ts';
import {runRows, type RunSurroundings} from '../batch/run.ts';
import type {ExitCode} from '../core/errors.ts';
import type {Terminal} from '../core/terminal.ts';

export const runSurroundings: RunSurroundings = {
  openReport: async (...given) => (await import('../report/open-report.ts')).openReport(...given),
  reportRefusal: async (...given) => (await import('../report/junit-file.ts')).writeJunitOfRefusal(...given),
  setUp: async (terminal, {provider, json, offline}) => {
    const {run} = await import('./commands/setup.ts');
    return run(terminal, {provider, json, offline, yes: true});
  },
};

/** On this host, or by the workers of a queue: what that needs is loaded only then. */
export async function runAsked(
  terminal: Terminal,
  options: BuildOptions & OutputOptions,
  typed: ReadonlySet<string>,
  readRun: () => Promise<AskedRun>,
): Promise<ExitCode> {
  if (options.queue === undefined) return runRows(terminal, options, readRun, runSurroundings);
  const {runOnQueue} = await import('../fleet/coordinate.ts');
  return runOnQueue(terminal, options, typed, readRun, runSurroundings);
}
