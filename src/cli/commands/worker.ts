// `worker`: builds what a queue gives, until it is told to end.
import type {ExitCode} from '../../core/errors.ts';
import type {Terminal} from '../../core/terminal.ts';
import {runWorker, type WorkerOptions} from '../../fleet/worker.ts';
import type {Invocation} from '../invocation.ts';
import {runSurroundings} from '../run-surroundings.ts';

export async function run(
  terminal: Terminal,
  options: WorkerOptions,
  _: unknown,
  {typed}: Invocation,
): Promise<ExitCode> {
  return runWorker(terminal, options, typed, runSurroundings);
}
