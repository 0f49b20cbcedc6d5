// `complete`, unlisted: the shells ask it at each press of the tab key. Says nothing rather than anything wrong.
import {findCompletionWords} from '../../batch/completion-words.ts';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import type {Terminal} from '../../core/terminal.ts';
import {findCandidates} from '../completion.ts';

export async function run(terminal: Terminal, _: unknown, words: readonly string[]): Promise<ExitCode> {
  const found = await findCandidates(words, findCompletionWords(terminal));
  terminal.stdout.write(found.map((one) => `${one}\n`).join(''));
  return exitCodes.done;
}
