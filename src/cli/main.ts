// The only file that touches the process: argv, environment, signals, exit codes.
import {homedir} from 'node:os';
import {stderr, stdin, stdout} from 'node:process';
import {exitCodes, InterruptedError, isAbortError, type ExitCode} from '../core/errors.ts';
import {createProgram} from './program.ts';
import type {Terminal} from './terminal.ts';

const terminal: Terminal = {
  argv: process.argv.slice(2),
  env: process.env,
  home: homedir(),
  cwd: process.cwd(),
  isRoot: process.getuid?.() === 0,
  stdin,
  stdout,
  stderr,
  signal: listenForSignals(),
};

// A reader that went away, as in `releases | head`, is no error of ours.
for (const stream of [stdout, stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => error.code === 'EPIPE' || undefined);

process.exitCode = await run();

async function run(): Promise<ExitCode> {
  try {
    return await createProgram(terminal);
  } catch (error) {
    const reason: unknown = isAbortError(error) && terminal.signal.aborted ? terminal.signal.reason : error;
    const {printError} = await import('./print-error.ts');
    return printError(reason, terminal);
  }
}

/** The first signal ends the work in order; the second leaves at once and says what finishes the job. */
function listenForSignals(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (!controller.signal.aborted) {
        stderr.write(`\n${name}: stopping, and destroying the machine. Once more leaves it behind.\n`);
        controller.abort(new InterruptedError(name));
        return;
      }
      stderr.write(`\n${name} again: left at once. To destroy what is left, type: build-spark reap\n`);
      process.exit(exitCodes.leaked);
    });
  }
  return controller.signal;
}
