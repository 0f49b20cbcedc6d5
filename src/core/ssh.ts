// The only door to ssh. Knows one connection to one host whose key we know beforehand; no agent, no config files.
import type {Readable} from 'node:stream';
import {Client, type ClientChannel} from 'ssh2';
import {asError, BuildError} from './errors.ts';
import type {CommandResult, LineHandler} from './exec.ts';
import {splitLines, tailOf} from './lines.ts';
import {quoteCommand} from './quote.ts';

export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  /** PEM or OpenSSH text. */
  readonly privateKey: string;
  /** The host's public keys as in a .pub file ("ssh-ed25519 AAAA…"); any other key is refused. */
  readonly hostKeys: readonly string[];
}

export interface RemoteOptions {
  readonly signal?: AbortSignal;
  readonly onLine?: LineHandler;
  readonly input?: Readable | string;
  /** Fails with SilenceError when the command prints nothing for so long. */
  readonly silenceMs?: number;
  /** Exit codes that do not throw; `'any'` for all. Default: only 0. */
  readonly allow?: readonly number[] | 'any';
}

export class RemoteCommandError extends BuildError {
  constructor(
    readonly argv: readonly string[],
    readonly result: CommandResult,
    readonly signalName?: string,
  ) {
    const how =
      signalName === undefined ? `ended with exit code ${result.exitCode}` : `was ended by SIG${signalName}`;
    const tail = [...result.stdout.split('\n').slice(-8), ...result.stderr.split('\n').slice(-8)].filter(
      (line) => line !== '',
    );
    super(
      `In the guest, \`${argv.join(' ').slice(0, 200)}\` ${how}.\n${tail.slice(-8).join('\n')}`.trimEnd(),
      'Read the whole log.',
    );
  }
}

export class ConnectionLostError extends BuildError {
  constructor(reason: string) {
    super(
      `The ssh connection to the machine was lost: ${reason}.`,
      'Was the machine stopped? Type the same command to build again.',
    );
  }
}

export class SilenceError extends BuildError {
  constructor(silenceMs: number) {
    super(
      `Nothing was printed for ${Math.round(silenceMs / 60_000)} minutes.`,
      'Read the log; a longer wait is `--silence 1h`.',
    );
  }
}

/** One connection. Every method rejects with ConnectionLostError once it is gone. */
export interface Ssh {
  /** Runs argv in the guest, each word quoted. Its output is never held whole: `stdout` is its last 2,000 lines. */
  run(argv: readonly string[], options?: RemoteOptions): Promise<CommandResult>;
  close(): void;
}

/** A dead peer is noticed after about a minute; ssh2's own keepalive is off by default. */
const keepalive = {keepaliveInterval: 15_000, keepaliveCountMax: 4};

export async function connectSsh(target: SshTarget, signal?: AbortSignal): Promise<Ssh> {
  signal?.throwIfAborted();
  const client = new Client();
  const lost = new AbortController();
  const lose = (reason: string): void => lost.abort(new ConnectionLostError(reason));
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      client.destroy();
      reject(asError(signal?.reason));
    };
    signal?.addEventListener('abort', abort, {once: true});
    client.on('ready', () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    client.on('error', (error) => {
      lose(error.message);
      reject(new ConnectionLostError(error.message));
    });
    client.on('close', () => {
      lose('closed by the other side');
      reject(new ConnectionLostError('closed by the other side'));
    });
    client.connect({
      host: target.host,
      port: target.port,
      username: target.username,
      privateKey: target.privateKey,
      readyTimeout: 20_000,
      ...keepalive,
      hostVerifier: (key: Buffer) => isKnownKey(target.hostKeys, key),
    });
  });
  return {
    run: (argv, options = {}) => runRemote(client, argv, options, lost.signal),
    close: () => {
      client.removeAllListeners('close');
      client.end();
    },
  };
}

/** @param key The blob of the wire protocol, which is what a .pub file holds in base64 (RFC 4253, section 6.6). */
function isKnownKey(hostKeys: readonly string[], key: Buffer): boolean {
  const offered = key.toString('base64');
  return hostKeys.some((line) => line.trim().split(/\s+/)[1] === offered);
}

async function runRemote(
  client: Client,
  argv: readonly string[],
  options: RemoteOptions,
  lost: AbortSignal,
): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  lost.throwIfAborted();
  const {input} = options;
  const broken = new AbortController();
  // At once: a file that cannot be opened says so before the channel is there.
  if (typeof input === 'object') input.on('error', (error) => broken.abort(error));
  return new Promise((resolve, reject) => {
    client.exec(quoteCommand(argv), (error, channel) => {
      // Nothing may be awaited in here: the exit code of a quick command can come in the same packet as the channel.
      if (error === undefined)
        followChannel(channel, argv, options, [lost, broken.signal], {resolve, reject});
      else reject(new ConnectionLostError(error.message));
    });
  });
}

interface Settle {
  readonly resolve: (result: CommandResult) => void;
  readonly reject: (error: Error) => void;
}

/** @param ends Signals that end the command with their reason, besides the operator's. */
function followChannel(
  channel: ClientChannel,
  argv: readonly string[],
  options: RemoteOptions,
  ends: readonly AbortSignal[],
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
  const finish = (): void => {
    clearTimeout(silence);
    end.removeEventListener('abort', onEnd);
  };
  end.addEventListener('abort', onEnd, {once: true});
  const out = splitLines((line) => {
    stdout.add(line);
    options.onLine?.(line, 'stdout');
  });
  const err = splitLines((line) => {
    stderr.add(line);
    options.onLine?.(line, 'stderr');
  });
  channel.on('data', (chunk: Buffer) => {
    heard();
    out.write(chunk);
  });
  channel.stderr.on('data', (chunk: Buffer) => {
    heard();
    err.write(chunk);
  });
  channel.on('error', (error: Error) => fail(new ConnectionLostError(error.message)));
  let ended: {code: number | null; signalName?: string} | undefined;
  const settle = (): void => {
    finish();
    out.end();
    err.end();
    if (ended === undefined) {
      fail(new ConnectionLostError('the command ended without an exit code'));
      return;
    }
    const result = {
      exitCode: ended.code ?? -1,
      stdout: stdout.lines.join('\n'),
      stderr: stderr.lines.join('\n'),
    };
    const isAllowed = options.allow === 'any' || (options.allow ?? [0]).includes(result.exitCode);
    if (isAllowed && ended.signalName === undefined) resolve(result);
    else reject(new RemoteCommandError(argv, result, ended.signalName));
  };
  channel.on('exit', (code: number | null, signalName?: string | null) => {
    ended = {code, ...(signalName == null ? {} : {signalName: signalName.replace(/^SIG/, '')})}; // ssh2 adds the SIG.
    // A background process that holds the channel open must not keep us waiting for ever.
    setTimeout(() => {
      channel.close();
      settle();
    }, 2_000).unref();
  });
  channel.once('close', settle);
  heard();
  if (options.input === undefined) channel.end();
  else if (typeof options.input === 'string') channel.end(options.input);
  else options.input.pipe(channel);
  if (end.aborted) onEnd();
}
