// `setup`: installs what the host lacks, each command printed before it runs; --undo takes it back.
import {createInterface} from 'node:readline/promises';
import {exitCodes, UsageError, type ExitCode} from '../../core/errors.ts';
import {readProxies} from '../../core/proxies.ts';
import {createHost} from '../../host/host.ts';
import type {RealProvider} from '../../host/providers.ts';
import {runSetup, type SetupTools} from '../../host/run-setup.ts';
import {undoSetup} from '../../host/setup-undo.ts';
import {providers} from '../../machine/machine.ts';
import {truncateToWidth} from '../../report/width.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import {openSession} from '../../batch/session.ts';
import type {Terminal} from '../../core/terminal.ts';

interface SetupOptions extends OutputOptions {
  readonly provider?: string;
  readonly yes?: boolean;
  readonly mirror?: string;
  readonly undo?: boolean;
}

export async function run(terminal: Terminal, options: SetupOptions): Promise<ExitCode> {
  const provider = options.provider === undefined ? undefined : parseProvider(options.provider);
  const {exec, env, paths, clock} = await openSession(terminal, {});
  if (options.undo !== true) readProxies(env); // A value that is of no use is named now, not by apt.
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
  const tools: SetupTools = {
    host: createHost(exec, env, paths, process.version),
    clock,
    signal,
    say: (line) => people.write(`${clear}${line}\n`),
    onProgress: (line) => {
      if (options.verbose === true) people.write(`  ${line}\n`);
      else if (people.isTTY) people.write(`${clear}  ${truncateToWidth(line, people.columns - 4)}`);
    },
    ...(stdin.isTTY ? {ask} : {}),
  };
  const isYes = options.yes === true;
  const status =
    options.undo === true
      ? await undoSetup(tools, {isYes})
      : (
          await runSetup(tools, {
            isYes,
            ...(provider === undefined ? {} : {provider}),
            ...(options.mirror === undefined ? {} : {mirror: options.mirror}),
          })
        ).status;
  if (options.json === true) stdout.write(`${JSON.stringify({status})}\n`);
  return exitCodes.done;
}

function parseProvider(text: string): RealProvider {
  const provider = providers.find((name) => name === text);
  if (provider === undefined)
    throw new UsageError(
      `There is no provider ${JSON.stringify(text)}.`,
      `Name one of: ${providers.join(', ')}`,
    );
  return provider;
}
