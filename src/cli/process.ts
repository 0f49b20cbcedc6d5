// What both tools do with the process they run in: argv, environment, signals, exit codes. Knows no command.
import {setMaxListeners} from 'node:events';
import {homedir} from 'node:os';
import {stderr, stdin, stdout} from 'node:process';
import {exitCodes, InterruptedError, isAbortError, type ExitCode} from '../core/errors.ts';
import type {Terminal} from './terminal.ts';

export interface SignalTexts {
  /** What the first signal does, and what a second one would leave. */
  readonly first: string;
  /** What finishes the job after the second. */
  readonly second: string;
}

/** Runs the program that argv asks for, and sets the exit code of this process. */
export async function runProcess(
  createProgram: (terminal: Terminal) => Promise<ExitCode>,
  texts: SignalTexts,
): Promise<void> {
  const terminal: Terminal = {
    argv: process.argv.slice(2),
    env: process.env,
    home: homedir(),
    cwd: process.cwd(),
    isRoot: process.getuid?.() === 0,
    stdin,
    stdout,
    stderr,
    signal: listenForSignals(texts),
  };
  // A reader that went away, as in `releases | head`, is no error of ours.
  for (const stream of [stdout, stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => error.code === 'EPIPE' || undefined);
  process.exitCode = await run(createProgram, terminal);
}

async function run(
  createProgram: (terminal: Terminal) => Promise<ExitCode>,
  terminal: Terminal,
): Promise<ExitCode> {
  try {
    return await createProgram(terminal);
  } catch (error) {
    const reason: unknown = isAbortError(error) && terminal.signal.aborted ? terminal.signal.reason : error;
    const {printError} = await import('./print-error.ts');
    return printError(reason, terminal);
  }
}

/** The first signal ends the work in order; the second leaves at once and says what finishes the job. */
function listenForSignals({first, second}: SignalTexts): AbortSignal {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal); // Everything that runs listens to it; Node takes eleven for a leak.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (!controller.signal.aborted) {
        stderr.write(`\n${name}: ${first}\n`);
        controller.abort(new InterruptedError(name));
        return;
      }
      stderr.write(`\n${name} again: left at once. ${second}\n`);
      process.exit(exitCodes.leaked);
    });
  }
  return controller.signal;
}
