// The only door to ssh. Knows one connection and the ways to log in; no config files, no known_hosts, no questions.
import type {Duplex} from 'node:stream';
import ssh2, {type Client, type ConnectConfig, type ServerHostKeyAlgorithm} from 'ssh2';
import {asError} from './errors.ts';
import type {CommandResult} from './exec.ts';
import {quoteCommand} from './quote.ts';
import {followChannel, type ErrorMaker, type RemoteOptions} from './ssh-channel.ts';
import {ConnectionLostError, RemoteCommandError} from './ssh-errors.ts';
import {createLogin, isAsking, type Login} from './ssh-login.ts';

export type {RemoteOptions} from './ssh-channel.ts';
export type {Login} from './ssh-login.ts';
export {ConnectionLostError, RemoteCommandError, SilenceError} from './ssh-errors.ts';

export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  /** PEM or OpenSSH text. */
  readonly privateKey: string;
  /** The host's public keys as in a .pub file ("ssh-ed25519 AAAA…"); any other key is refused. */
  readonly hostKeys: readonly string[];
  /** It may take ten times as long as others until it answers. */
  readonly isSlow?: boolean | undefined;
}

/** A host that is not ours: whose key is known elsewhere, and where several logins may be tried. */
export interface SshConnection {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  /** As messages name it: `admin@node1`. */
  readonly name: string;
  readonly isKnownKey: (key: Buffer) => boolean;
  /** Types of the keys that are known, as `ssh-rsa`: the host is asked for these first. */
  readonly knownKeyTypes: readonly string[];
  /** In the order in which they are tried. */
  readonly logins: readonly Login[];
  /** A connection to the host before it; stays open, and is the caller's to close. */
  readonly through?: Ssh | undefined;
}

/** No login was accepted. `notes`: what was skipped and why. */
export class LoginRefusedError extends ConnectionLostError {
  constructor(
    name: string,
    readonly notes: readonly string[],
    readonly offered: readonly string[],
  ) {
    super('no login was accepted', name);
  }
}

/** One connection. Every method rejects with ConnectionLostError once it is gone. */
export interface Ssh {
  /** Runs argv over there, each word quoted. Its output is never held whole: `stdout` is its last 2,000 lines. */
  run(argv: readonly string[], options?: RemoteOptions): Promise<CommandResult>;
  /** A stream to a port as that host sees it: what ProxyJump does. */
  forward(host: string, port: number): Promise<Duplex>;
  /** A stream to a unix socket over there, as the user who logged in; needs no program there. Not every sshd allows it. */
  forwardToSocket(path: string): Promise<Duplex>;
  close(): void;
}

/** A dead peer is noticed after about a minute; ssh2's own keepalive is off by default. */
const keepalive = {keepaliveInterval: 15_000, keepaliveCountMax: 4};
const readyTimeoutMs = 20_000;

/** Connects to a machine of ours, whose key and host key we made. */
export async function connectSsh(target: SshTarget, signal?: AbortSignal): Promise<Ssh> {
  const errors: ErrorMaker = {
    lost: (reason) => new ConnectionLostError(reason),
    failed: (argv, result, signalName) => new RemoteCommandError(argv, result, signalName),
  };
  const config = {
    host: target.host,
    port: target.port,
    username: target.username,
    privateKey: target.privateKey,
    readyTimeout: (target.isSlow === true ? 10 : 1) * readyTimeoutMs,
    ...(target.isSlow === true ? {keepaliveCountMax: 3 * keepalive.keepaliveCountMax} : {}),
    hostVerifier: (key: Buffer) => isListedKey(target.hostKeys, key),
  };
  return connect(config, errors, signal);
}

/**
 * Connects to a host that is not ours.
 * @throws LoginRefusedError, or ConnectionLostError for all else; `isKnownKey` knows whether it said no.
 */
export async function openSsh(target: SshConnection, signal?: AbortSignal): Promise<Ssh> {
  const {host, port, username, name} = target;
  const hint = 'Look at that host and the network, then type the same command again.';
  const errors: ErrorMaker = {
    lost: (reason) => new ConnectionLostError(reason, name, hint),
    failed: (argv, result, signalName) =>
      new RemoteCommandError(argv, result, signalName, `On ${name}`, 'Look at what it says, on that host.'),
  };
  const sock = await target.through?.forward(host, port);
  const login = createLogin(username, target.logins);
  const config: ConnectConfig = {
    host,
    port,
    username,
    ...(sock === undefined ? {} : {sock}),
    // A question may take its time; the server has a limit of its own.
    readyTimeout: target.logins.some(isAsking) ? 6 * readyTimeoutMs : readyTimeoutMs,
    hostVerifier: target.isKnownKey,
    authHandler: login.handler,
    algorithms: {serverHostKey: orderHostKeys(target.knownKeyTypes)},
  };
  return connect(config, errors, signal, (error) =>
    error.level === 'client-authentication'
      ? new LoginRefusedError(name, login.notes, login.offered)
      : undefined,
  );
}

/** @param translate Makes another error of one that ended the attempt. */
async function connect(
  config: ConnectConfig,
  errors: ErrorMaker,
  signal?: AbortSignal,
  translate: (error: Error & {level?: string}) => Error | undefined = () => undefined,
): Promise<Ssh> {
  signal?.throwIfAborted();
  const client = new ssh2.Client();
  const lost = new AbortController();
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      client.destroy();
      reject(asError(signal?.reason));
    };
    const fail = (error: Error): void => {
      signal?.removeEventListener('abort', abort);
      lost.abort(error);
      reject(error);
    };
    signal?.addEventListener('abort', abort, {once: true});
    client.on('ready', () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    client.on('error', (error: Error & {level?: string}) => {
      if (error.level === 'agent') return; // ssh2 goes on with the next login.
      fail(translate(error) ?? errors.lost(error.message));
      client.end();
    });
    client.on('close', () => fail(errors.lost('closed by the other side')));
    client.connect({...keepalive, ...config});
    client.setNoDelay(); // ssh2 leaves Nagle's algorithm on, as ssh does not: each command would wait for late ACKs.
  });
  return {
    run: (argv, options = {}) => runRemote(client, argv, options, lost.signal, errors),
    forward: (host, port) =>
      new Promise((resolve, reject) => {
        client.forwardOut('127.0.0.1', 0, host, port, (error, stream) => {
          if (error === undefined) resolve(stream);
          else reject(errors.lost(`it cannot reach ${host}:${port}: ${error.message}`));
        });
      }),
    forwardToSocket: (path) =>
      new Promise((resolve, reject) => {
        lost.signal.throwIfAborted();
        client.openssh_forwardOutStreamLocal(path, (error, stream) => {
          if (error === undefined) resolve(stream);
          else reject(error);
        });
      }),
    close: () => {
      client.removeAllListeners('close');
      client.end();
    },
  };
}

/** @param key The blob of the wire protocol, which is what a .pub file holds in base64 (RFC 4253, section 6.6). */
function isListedKey(hostKeys: readonly string[], key: Buffer): boolean {
  const offered = key.toString('base64');
  return hostKeys.some((line) => line.trim().split(/\s+/)[1] === offered);
}

const hostKeyAlgorithms: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
];

/** The types of the known keys first, or a host with several keys would show one that we do not know. */
function orderHostKeys(knownTypes: readonly string[]): ServerHostKeyAlgorithm[] {
  const isKnown = (algorithm: string): boolean =>
    knownTypes.includes(algorithm.startsWith('rsa-sha2') ? 'ssh-rsa' : algorithm);
  return [
    ...hostKeyAlgorithms.filter(isKnown),
    ...hostKeyAlgorithms.filter((algorithm) => !isKnown(algorithm)),
  ];
}

async function runRemote(
  client: Client,
  argv: readonly string[],
  options: RemoteOptions,
  lost: AbortSignal,
  errors: ErrorMaker,
): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  lost.throwIfAborted();
  const {input} = options;
  const broken = new AbortController();
  // At once: a file that cannot be opened says so before the channel is there.
  if (typeof input === 'object') input.on('error', (error) => broken.abort(error));
  const running = {argv, options, ends: [lost, broken.signal], errors};
  return new Promise((resolve, reject) => {
    client.exec(quoteCommand(argv), (error, channel) => {
      // Nothing may be awaited in here: the exit code of a quick command can come in the same packet as the channel.
      if (error === undefined) followChannel(channel, running, {resolve, reject});
      else reject(errors.lost(error.message));
    });
  });
}
