// Follows one command over ssh to its end: lines, silence, aborts, exit code. Knows no connection and no library.
import type {Duplex, Readable} from 'node:stream';
import {asError} from './errors.ts';
import type {CommandResult, LineHandler} from './exec.ts';
import {splitLines, tailOf} from './lines.ts';
import {SilenceError} from './ssh-errors.ts';

export interface RemoteOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onLine?: LineHandler | undefined;
  /** Takes stdout as it comes, which is then no lines. `whenDrained` holds it back. */
  readonly onData?: (chunk: Buffer) => void;
  readonly input?: Readable | string | undefined;
  /** Fails with SilenceError when the command prints nothing for so long. */
  readonly silenceMs?: number;
  /** Asked after each chunk. Nothing more is read until the promise that it returns has settled; waiting for it does not count as silence. */
  readonly whenDrained?: () => Promise<void> | undefined;
  /** Exit codes that do not throw; `'any'` for all. Default: only 0. */
  readonly allow?: readonly number[] | 'any' | undefined;
}

/** As much of ssh2's channel as is needed. */
export interface Channel extends Duplex {
  readonly stderr: Readable;
  close(): void;
}

/** Errors that name the right host. */
export interface ErrorMaker {
  readonly lost: (reason: string) => Error;
  readonly failed: (argv: readonly string[], result: CommandResult, signalName?: string) => Error;
}

export interface Settle {
  readonly resolve: (result: CommandResult) => void;
  readonly reject: (error: Error) => void;
}

export interface Running {
  readonly argv: readonly string[];
  readonly options: RemoteOptions;
  /** Signals that end the command with their reason, besides the operator's. */
  readonly ends: readonly AbortSignal[];
  readonly errors: ErrorMaker;
}

/** Settles once, when the command has ended or will not be waited for any longer. */
export function followChannel(
  channel: Channel,
  {argv, options, ends, errors}: Running,
  {resolve, reject}: Settle,
): void {
  const stdout = tailOf(2_000);
  const stderr = tailOf(2_000);
  const end = AbortSignal.any([...ends, ...(options.signal === undefined ? [] : [options.signal])]);
  let silence: NodeJS.Timeout | undefined;
  const fail = (reason: unknown): void => {
    finish();
    channel.destroy();
    reject(asError(reason));
  };
  const heard = (): void => {
    clearTimeout(silence);
    const {silenceMs} = options;
    if (silenceMs !== undefined) silence = setTimeout(() => fail(new SilenceError(silenceMs)), silenceMs);
  };
  // The command itself may go on: ssh2 sends no signal once stdin is closed. Who aborts destroys the machine.
  const onEnd = (): void => fail(end.reason);
  let isSettled = false;
  const finish = (): void => {
    isSettled = true;
    clearTimeout(silence);
    end.removeEventListener('abort', onEnd);
  };
  end.addEventListener('abort', onEnd, {once: true});
  let pause: Promise<void> | undefined;
  const holdBack = (): void => {
    pause ??= options.whenDrained?.()?.then(() => {
      pause = undefined;
      if (isSettled) return;
      heard();
      channel.resume();
      channel.stderr.resume();
    });
    if (pause === undefined) return;
    clearTimeout(silence);
    channel.pause();
    channel.stderr.pause();
  };
  const out = splitLines((line) => {
    stdout.add(line);
    options.onLine?.(line, 'stdout');
  });
  const err = splitLines((line) => {
    stderr.add(line);
    options.onLine?.(line, 'stderr');
  });
  let isQuiet = true;
  channel.on('data', (chunk: Buffer) => {
    heard();
    isQuiet = false;
    if (options.onData === undefined) out.write(chunk);
    else options.onData(chunk);
    holdBack();
  });
  channel.stderr.on('data', (chunk: Buffer) => {
    heard();
    err.write(chunk);
    holdBack();
  });
  channel.on('error', (error: Error) => fail(errors.lost(error.message)));
  let ended: {code: number | null; signalName?: string | undefined} | undefined;
  const settle = (): void => {
    finish();
    out.end();
    err.end();
    if (ended === undefined) {
      fail(errors.lost('the command ended without an exit code'));
      return;
    }
    const result = {
      exitCode: ended.code ?? -1,
      stdout: stdout.lines.join('\n'),
      stderr: stderr.lines.join('\n'),
    };
    const isAllowed = options.allow === 'any' || (options.allow ?? [0]).includes(result.exitCode);
    if (isAllowed && ended.signalName === undefined) resolve(result);
    else reject(errors.failed(argv, result, ended.signalName));
  };
  channel.on('exit', (code: number | null, signalName?: string | null) => {
    ended = {code, ...(signalName == null ? {} : {signalName: signalName.replace(/^SIG/, '')})}; // ssh2 adds the SIG.
    // A background process that holds the channel open must not keep us waiting for ever.
    const leave = (): void => {
      if (pause !== undefined) return void pause.then(leaveSoon); // What was printed is still to be read.
      if (options.onData !== undefined && !isQuiet) {
        leaveSoon(); // Bytes must be whole, however slow the way is.
        return;
      }
      channel.close();
      settle();
    };
    const leaveSoon = (): void => {
      isQuiet = true;
      setTimeout(leave, 2_000).unref();
    };
    leaveSoon();
  });
  channel.once('close', settle);
  heard();
  if (options.input === undefined) channel.end();
  else if (typeof options.input === 'string') channel.end(options.input);
  else options.input.pipe(channel);
  if (end.aborted) onEnd();
}
