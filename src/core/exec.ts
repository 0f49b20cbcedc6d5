// The only door to processes of this host. Knows argv, never a shell.
import {execa} from 'execa';
import {existsSync} from 'node:fs';
import {kill, platform} from 'node:process';
import type {Readable} from 'node:stream';
import {planChildEnvironment, planLocale, type Environment} from './child-environment.ts';
import {ExpectedError, exitCodes, HostError} from './errors.ts';
import {splitLines, tailOf, wholeText} from './lines.ts';
import {cutLine} from './printable.ts';

export type Argv = readonly [command: string, ...args: string[]];
export type LineHandler = (line: string, stream: 'stdout' | 'stderr') => void;

export interface CommandOptions {
  readonly cwd?: string | undefined;
  /** Added to what a command inherits; `undefined` takes a variable away. */
  readonly env?: Environment;
  /** Without it stdin is closed, so that nothing can ask a question. */
  readonly input?: string | Readable | undefined;
  readonly timeoutMs?: number;
  /** Aborting sends `stopSignal` to the whole process group, and SIGKILL after `stopGraceMs`. */
  readonly signal?: AbortSignal | undefined;
  readonly stopSignal?: 'SIGINT' | 'SIGTERM';
  readonly stopGraceMs?: number;
  readonly onLine?: LineHandler | undefined;
  /** Exit codes that do not throw; `'any'` for all. Default: only 0. */
  readonly allow?: readonly number[] | 'any' | undefined;
  /** Hands stdin, stdout and stderr of the terminal to the command: for `ssh` and `sudo -v`. */
  readonly interactive?: boolean;
}

export interface CommandResult {
  readonly exitCode: number;
  /** As it was printed, but for a newline at the end; a stream of lines with `onLine` keeps only the last 2,000 lines. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command and waits for it. Throws CommandError, CommandMissingError, or an AbortError. */
export type Exec = (argv: Argv, options?: CommandOptions) => Promise<CommandResult>;

export class CommandError extends ExpectedError {
  readonly exitCode = exitCodes.failed;

  constructor(
    readonly argv: Argv,
    readonly result: CommandResult & {readonly timedOut: boolean; readonly signalName?: string | undefined},
  ) {
    const how = result.timedOut
      ? 'took too long'
      : result.signalName === undefined
        ? `ended with exit code ${result.exitCode}`
        : `was ended by ${result.signalName}`;
    const last = lastLines(result.stderr.trim() === '' ? result.stdout : result.stderr, 5);
    super(
      `\`${argv.join(' ').slice(0, 300)}\` ${how}${last === '' ? '.' : `:\n${last}`}`,
      'Fix what it says and try again.',
    );
  }
}

export class CommandMissingError extends HostError {
  constructor(readonly command: string) {
    super(
      `The command \`${command}\` is not on this host.`,
      'Type `build-spark setup` to install what is missing.',
    );
  }
}

/** For an answer that is read whole; none of our git calls comes near it. */
const stdoutLimitBytes = 32 * 1024 * 1024;

/** The last lines of a text, without trailing blank ones. */
export function lastLines(text: string, count: number): string {
  return text
    .trimEnd()
    .split('\n')
    .slice(-count)
    .map((line) => cutLine(line, 1_000))
    .join('\n');
}

/**
 * @param env The tool's own, of which commands inherit what child-environment.ts lists; only `cli/` reads the real one.
 * @returns An Exec whose children have a process group of their own, so that Ctrl-C reaches only us.
 */
export function createExec(env: Environment): Exec {
  const locale = planLocale(platform);
  return async (argv, options = {}) => {
    const [command, ...args] = argv;
    const isInteractive = options.interactive === true;
    options.signal?.throwIfAborted();
    const whole = options.onLine === undefined ? wholeText(stdoutLimitBytes) : undefined;
    const stdout = tailOf(2_000);
    const stderr = tailOf(2_000);
    const child = execa(command, args, {
      ...(options.cwd === undefined ? {} : {cwd: options.cwd}),
      env: {...planChildEnvironment(env, command, {isInteractive, locale}), ...options.env},
      extendEnv: false,
      ...(typeof options.input === 'string' ? {input: options.input} : {}),
      stdin: isInteractive ? 'inherit' : options.input === undefined ? 'ignore' : 'pipe',
      stdout: isInteractive ? 'inherit' : 'pipe',
      stderr: isInteractive ? 'inherit' : 'pipe',
      buffer: false,
      detached: !isInteractive,
      cleanup: false,
      reject: false,
    });
    if (options.input !== undefined && typeof options.input !== 'string' && child.stdin !== null) {
      child.stdin.on('error', () => undefined); // EPIPE: the command's own exit code says more.
      options.input.on('error', () => child.kill('SIGTERM'));
      options.input.pipe(child.stdin);
    }
    let chunks = 0;
    const attach = (name: 'stdout' | 'stderr', keep: (line: string) => void): Promise<void> => {
      const stream = child[name];
      if (stream === null) return Promise.resolve();
      const sink =
        name === 'stdout' && whole !== undefined
          ? whole
          : splitLines((line) => {
              keep(line);
              options.onLine?.(line, name);
            });
      stream.on('data', (chunk: Buffer) => {
        chunks++;
        sink.write(chunk);
      });
      return new Promise((resolve) => {
        const finish = (): void => {
          sink.end();
          resolve();
        };
        stream.once('end', finish);
        stream.once('error', finish);
        stream.once('close', finish);
      });
    };
    const drained = Promise.all([attach('stdout', stdout.add), attach('stderr', stderr.add)]);
    const stopper = stopOnAbort(child, options);
    await Promise.race([child, new Promise((resolve) => child.once('exit', resolve))]);
    // A background process that inherited the pipes must not keep us waiting for ever; execa itself waits for it.
    let patience: NodeJS.Timeout | undefined;
    await Promise.race([drained, new Promise((resolve) => (patience = setTimeout(resolve, 500)))]);
    clearTimeout(patience); // Else it would hold up the end of the process.
    // On a busy host the timer comes before what has long been written was read: each turn reads what is there.
    for (let turn = 0, seen = -1; turn < 1000 && seen !== chunks; turn++) {
      seen = chunks;
      await new Promise((resolve) => setImmediate(resolve));
    }
    child.stdout?.destroy();
    child.stderr?.destroy();
    const outcome = await child;
    stopper.release();
    options.signal?.throwIfAborted();
    if (outcome.code === 'ENOENT' && outcome.exitCode === undefined) {
      if (options.cwd !== undefined && !existsSync(options.cwd))
        throw new Error(`\`${command}\` cannot run in ${options.cwd}, which is not there.`);
      throw new CommandMissingError(command);
    }
    const result = {
      exitCode: outcome.exitCode ?? -1,
      stdout: whole?.text() ?? stdout.lines.join('\n'),
      stderr: stderr.lines.join('\n'),
    };
    const isAllowed = options.allow === 'any' || (options.allow ?? [0]).includes(result.exitCode);
    if (isAllowed && !stopper.timedOut() && outcome.signal === undefined) {
      if (whole?.isCut() === true)
        throw new Error(`\`${argv.join(' ').slice(0, 300)}\` printed more than 32 MiB.`);
      return result;
    }
    throw new CommandError(argv, {
      ...result,
      timedOut: stopper.timedOut(),
      ...(outcome.signal === undefined ? {} : {signalName: outcome.signal}),
    });
  };
}

interface Killable {
  readonly pid?: number | undefined;
  kill(signal: NodeJS.Signals): boolean;
}

function stopOnAbort(
  child: Killable,
  options: CommandOptions,
): {readonly release: () => void; readonly timedOut: () => boolean} {
  let hasTimedOut = false;
  let killTimer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    killGroup(child, options.stopSignal ?? 'SIGTERM');
    killTimer = setTimeout(() => killGroup(child, 'SIGKILL'), options.stopGraceMs ?? 5_000);
  };
  const limit =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          hasTimedOut = true;
          stop();
        }, options.timeoutMs);
  options.signal?.addEventListener('abort', stop, {once: true});
  return {
    release: () => {
      clearTimeout(limit);
      if (killTimer !== undefined) killGroup(child, 'SIGKILL'); // What ignored the first signal, or outlived its parent.
      clearTimeout(killTimer);
      options.signal?.removeEventListener('abort', stop);
    },
    timedOut: () => hasTimedOut,
  };
}

/** To the group where there is one: vagrant's own children must go with it. */
function killGroup(child: Killable, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    kill(-child.pid, signal);
  } catch {
    child.kill(signal);
  }
}
