// A logged-in session: our ssh for commands, tar for folders. Knows only the host key that it was given.
import {createReadStream} from 'node:fs';
import {readFile, writeFile} from 'node:fs/promises';
import {join, relative} from 'node:path';
import {PassThrough} from 'node:stream';
import {asError} from '../core/errors.ts';
import type {Argv} from '../core/exec.ts';
import {connectSsh, type Ssh} from '../core/ssh.ts';
import {FetchTimeoutError} from '../core/ssh-errors.ts';
import {packOptions, receiveFolder} from './intake.ts';
import type {FetchOptions, Guest} from './machine.ts';

const fetchTimeoutMs = 1_800_000;
const fetchSilenceMs = 300_000;
/** GNU tar's exit code when a file was written to while it was read. */
const changedMeanwhile = 1;

export interface SshConfig {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly identityFile: string;
}

/** @param text What `vagrant ssh-config` prints. */
export function parseSshConfig(text: string): SshConfig {
  const value = (key: string): string => {
    const found = new RegExp(`^\\s*${key}\\s+"?([^"\\r\\n]+)"?\\s*$`, 'm').exec(text)?.[1];
    if (found === undefined) throw new Error(`vagrant ssh-config names no ${key}:\n${text}`);
    return found;
  };
  return {
    host: value('HostName'),
    port: Number(value('Port')),
    username: value('User'),
    identityFile: value('IdentityFile'),
  };
}

export interface GuestOptions extends SshConfig {
  readonly hostKeys: readonly string[];
  /** The machine's folder: known_hosts is written there. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Of an emulated machine, which needs a while even to log somebody in. */
  readonly isSlow?: boolean | undefined;
}

export async function connectGuest(options: GuestOptions): Promise<Guest> {
  const {host, port, username, identityFile, hostKeys} = options;
  const ssh = await connectSsh(
    {
      ...{host, port, username, hostKeys, isSlow: options.isSlow},
      privateKey: await readFile(identityFile, 'utf8'),
    },
    options.signal,
  );
  const knownHosts = join(options.folder, 'known_hosts');
  const hostName = port === 22 ? host : `[${host}]:${port}`;
  await writeFile(knownHosts, hostKeys.map((key) => `${hostName} ${key}\n`).join(''), {mode: 0o600});
  return {
    run: (argv, runOptions) => ssh.run(argv, runOptions),
    sendTar: async (tarFile, folder, {signal}) => {
      await ssh.run(['mkdir', '-p', folder], {signal});
      await ssh.run(['tar', '-x', '-f', '-', '-C', folder], {signal, input: createReadStream(tarFile)});
    },
    fetchFolder: (from, to, fetchOptions) => fetchFolder(ssh, from, to, fetchOptions),
    forward: (remotePort) => ssh.forward('127.0.0.1', remotePort),
    shell: {
      argv: [...renderSshCommand({port, identityFile, folder: options.folder}), `${username}@${host}`],
      cwd: options.folder,
    },
    close: () => ssh.close(),
  };
}

/**
 * tar and not rsync: there the other side has a say in what is written here (CVE-2024-12086 to 12088), and may send
 * devices, modes and links. A tar stream is read by us, one entry after the other.
 */
async function fetchFolder(
  ssh: Ssh,
  from: string,
  to: string,
  {signal, onLine, mayChange = false}: FetchOptions,
): Promise<void> {
  const tar = new PassThrough({highWaterMark: 1024 * 1024});
  let wake = (): void => undefined;
  for (const event of ['drain', 'close']) tar.on(event, () => wake());
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(new FetchTimeoutError(from, fetchTimeoutMs)), fetchTimeoutMs);
  const refused = new AbortController();
  const ends = AbortSignal.any([signal, deadline.signal]);
  const received = receiveFolder(tar, to, {
    signal: ends,
    onLine,
  }).catch((error: unknown) => {
    refused.abort(error);
    throw error;
  });
  const sent = ssh
    .run(['tar', '--create', '--file=-', ...packOptions, '-C', from, '.'], {
      signal: AbortSignal.any([ends, refused.signal]),
      silenceMs: fetchSilenceMs,
      allow: mayChange ? [0, changedMeanwhile] : [0],
      onData: (chunk) => tar.write(chunk),
      whenDrained: () =>
        tar.writableNeedDrain && !tar.destroyed
          ? new Promise((resolve) => {
              wake = resolve;
            })
          : undefined,
      onLine,
    })
    .then(
      () => tar.end(),
      (error: unknown) => {
        tar.destroy(asError(error));
        throw error;
      },
    );
  try {
    // Both, so that nobody writes there any more when we return; either of them ends the other.
    const [first, second] = await Promise.allSettled([received, sent]);
    if (first.status === 'rejected') throw asError(first.reason);
    if (second.status === 'rejected') throw asError(second.reason);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The system's ssh for people, held to the same host key; the user's own configuration is left out. To be run in the machine's
 * folder, so that no path of this host need be in it: ssh would read the blanks, quotes and `%` in one in ways of its own.
 */
export function renderSshCommand(options: {
  readonly port: number;
  readonly identityFile: string;
  /** Holds `known_hosts`. */
  readonly folder: string;
}): Argv {
  // Vagrant's own key lies elsewhere, where a box did not take the machine's. Not by `-i`, which takes no `%` at all.
  const identity = relative(options.folder, options.identityFile).replaceAll(/["\\]/g, '\\$&');
  const settings = [
    'StrictHostKeyChecking=yes',
    `IdentityFile="${identity.replaceAll('%', '%%')}"`,
    'UserKnownHostsFile=known_hosts',
    'GlobalKnownHostsFile=/dev/null',
    'IdentitiesOnly=yes',
    'ConnectTimeout=20',
    'ServerAliveInterval=15',
    'ServerAliveCountMax=4',
    'LogLevel=ERROR',
  ];
  return [
    'ssh',
    ...['-F', '/dev/null', '-p', String(options.port)],
    ...settings.flatMap((setting) => ['-o', setting]),
  ];
}
