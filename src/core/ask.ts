// Asks for a secret on the terminal, without showing what is typed.
import {createInterface} from 'node:readline';
import {Writable} from 'node:stream';
import {InterruptedError} from './errors.ts';
import type {Terminal} from './terminal.ts';

/** @returns undefined where there is no terminal to ask on. */
export function createAsk({
  stdin,
  stderr,
  signal,
}: Pick<Terminal, 'stdin' | 'stderr' | 'signal'>): ((question: string) => Promise<string>) | undefined {
  if (!stdin.isTTY || !stderr.isTTY) return undefined;
  return (question) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      stderr.write(`${question}: `);
      const silent = new Writable({write: (_chunk, _encoding, done) => done()});
      const lines = createInterface({input: stdin, output: silent, terminal: true, historySize: 0});
      const end = (settle: () => void): void => {
        lines.removeAllListeners();
        lines.close();
        stderr.write('\n');
        settle();
      };
      lines.once('line', (line) => end(() => resolve(line)));
      lines.once('SIGINT', () => end(() => reject(new InterruptedError('SIGINT'))));
      lines.once('close', () => reject(new InterruptedError('the end of the input')));
    });
}
