// `setup`: installs what the host lacks, each command printed before it runs; --undo takes it back.
import {renderJson} from '../../core/printable.ts';
import {createInterface} from 'node:readline/promises';
import {setUpHost, type AskedSetup} from '../../batch/set-up-host.ts';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {truncateToWidth} from '../../report/width.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import type {Terminal} from '../../core/terminal.ts';

export async function run(terminal: Terminal, options: OutputOptions & AskedSetup): Promise<ExitCode> {
  const {stdin, stdout, stderr, signal} = terminal;
  // With --json stdout belongs to the result; people read stderr.
  const people = options.json === true ? stderr : stdout;
  // On a terminal what a long command does at this moment is one line that comes and goes.
  const clear = people.isTTY ? '\r\u001b[2K' : '';
  const ask = async (question: string): Promise<boolean> => {
    const reader = createInterface({input: stdin, output: people});
    try {
      return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `, {signal})).trim());
    } finally {
      reader.close();
    }
  };
  const status = await setUpHost(terminal, options, {
    say: (line) => people.write(`${clear}${line}\n`),
    onProgress: (line) => {
      if (options.verbose === true) people.write(`  ${line}\n`);
      else if (people.isTTY) people.write(`${clear}  ${truncateToWidth(line, people.columns - 4)}`);
    },
    ask: stdin.isTTY ? ask : undefined,
  });
  if (options.json === true) stdout.write(`${renderJson({status})}\n`);
  return exitCodes.done;
}
