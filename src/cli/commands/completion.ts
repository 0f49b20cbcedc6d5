// `completion`: a script for a shell, which asks the tool itself only for what it cannot hold.
import {exitCodes, UsageError, type ExitCode} from '../../core/errors.ts';
import type {Terminal} from '../../core/terminal.ts';
import {renderScript} from '../completion-scripts.ts';
import {planWords, shells} from '../completion.ts';

export function run(terminal: Terminal, _: unknown, name: string): Promise<ExitCode> {
  const shell = shells.find((one) => one === name);
  if (shell === undefined)
    throw new UsageError(
      `There is no completion for ${JSON.stringify(name)}.`,
      `Give one of: ${shells.join(', ')}.`,
    );
  terminal.stdout.write(renderScript(shell, planWords()));
  return Promise.resolve(exitCodes.done);
}
