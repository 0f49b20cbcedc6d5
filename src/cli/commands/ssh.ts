// `ssh`: a shell in a build's machine, for a look at a kept or running one.
import {openShell} from '../../batch/own-machines.ts';
import type {ExitCode} from '../../core/errors.ts';
import type {Terminal} from '../../core/terminal.ts';

/** @param id Of a build or of a machine. */
export async function run(terminal: Terminal, _options: unknown, id: string): Promise<ExitCode> {
  return openShell(terminal, id);
}
