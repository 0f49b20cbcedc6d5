// What both tools do with the process they run in: argv, environment, signals, exit codes. Knows no command.
import {setMaxListeners} from 'node:events';
import {writeSync} from 'node:fs';
import {userInfo} from 'node:os';
import {stderr, stdin, stdout} from 'node:process';
import {exitCodes, InterruptedError, isAbortError, type ExitCode} from '../core/errors.ts';
import {killLater} from '../core/kill-later.ts';
import type {NextSignal, Terminal} from '../core/terminal.ts';

export interface SignalTexts {
  /** What the first signal does, and what a second one would leave. */
  readonly first: string;
  /** What finishes the job after the second. */
  readonly second: string;
}

/** HOME may be missing, empty or relative, and this user may have no entry among the users of this host. */
function findHome(): string {
  const {HOME: home} = process.env;
  if (home?.startsWith('/') === true) return home;
  try {
    return userInfo().homedir;
  } catch {
    return '/nonexistent'; // What Debian gives users without one; nothing can be made there, which is then said.
  }
}

/** Runs the program that argv asks for, and sets the exit code of this process. */
export async function runProcess(
  createProgram: (terminal: Terminal) => Promise<ExitCode>,
  texts: SignalTexts,
): Promise<void> {
  const terminal: Terminal = {
    argv: process.argv.slice(2),
    env: process.env,
    home: findHome(),
    cwd: process.cwd(),
    isRoot: process.getuid?.() === 0,
    stdin,
    stdout,
    stderr,
    secrets: new Set(),
    ...listenForSignals(texts),
  };
  listenForLostOutput();
  process.exitCode = await run(createProgram, terminal);
  leaveSoon();
}

const patienceMs = 3_000;

/** Ends the process although a call to the system hangs, such as on a dead file server: all was said and done. */
function leaveSoon(): void {
  setTimeout(() => {
    const isReading = [stdout, stderr].some(
      ({writableLength, destroyed}) => writableLength > 0 && !destroyed,
    );
    if (isReading) leaveSoon();
    else exitForSure(process.exitCode ?? 0);
  }, patienceMs).unref(); // It never fires where nothing hangs.
}

/** Since Node 22.15. */
type Execve = (file: string, args: readonly string[], env: Readonly<Record<string, string>>) => void;

/**
 * Node's exit waits for its threads, and for ever where one of them hangs. To become another program does not, and keeps
 * the exit code; where Node cannot do that yet, a process that is still there after two seconds is killed (137).
 */
function exitForSure(exitCode: string | number, lastWords?: string): never {
  killLater(process.pid, 2); // First: a terminal that was stopped with Ctrl-S holds up the last words too.
  if (lastWords !== undefined) {
    try {
      writeSync(stderr.fd, lastWords);
    } catch {
      stderr.write(lastWords); // The reader is behind (EAGAIN): perhaps it catches up.
    }
  }
  const {execve} = process as {readonly execve?: Execve};
  execve?.('/bin/sh', ['sh', '-c', 'exit "$1"', 'sh', String(exitCode)], {});
  process.exit(exitCode);
}

/**
 * A reader that went away, as in `releases | head`, took what it wanted; on a full disk the answer is lost, and whoever
 * reads the exit code must not take it for given. What stderr lost is nobody's answer.
 */
function listenForLostOutput(): void {
  let isLost = false;
  const correct = (): void => {
    if (isLost && (process.exitCode ?? exitCodes.done) === exitCodes.done) process.exitCode = exitCodes.host;
  };
  stderr.on('error', () => undefined);
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || isLost) return;
    isLost = true;
    correct(); // For those who leave without the event below.
    stderr.write(
      `error: The output is not complete: it could not be written (${error.code ?? error.message}).\n` +
        '  → Make room where it goes, or send it elsewhere, then type the same again.\n',
    );
  });
  process.on('exit', correct);
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
function listenForSignals({first, second}: SignalTexts): Required<Pick<Terminal, 'signal' | 'onNextSignal'>> {
  const controller = new AbortController();
  const next: NextSignal[] = [];
  let hadOwn = false;
  setMaxListeners(0, controller.signal); // Everything that runs listens to it; Node takes eleven for a leak.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      const own = next.shift();
      if (own !== undefined) {
        hadOwn = true;
        stderr.write(`\n${name}: ${own.text}\n`);
        own.act();
        return;
      }
      if (!controller.signal.aborted && !hadOwn) {
        stderr.write(`\n${name}: ${first}\n`);
        controller.abort(new InterruptedError(name));
        return;
      }
      exitForSure(exitCodes.leaked, `\n${name} again: left at once. ${second}\n`);
    });
  }
  return {signal: controller.signal, onNextSignal: (one) => void next.push(one)};
}
