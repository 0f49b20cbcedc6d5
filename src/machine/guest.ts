// A logged-in session: our ssh for commands, rsync for folders. Knows only the host key that it was given.
import {createReadStream} from 'node:fs';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {quoteWord} from '../core/quote.ts';
import type {Exec} from '../core/exec.ts';
import {connectSsh} from '../core/ssh.ts';
import type {Guest} from './machine.ts';

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
  readonly exec: Exec;
  readonly signal: AbortSignal;
}

export async function connectGuest(options: GuestOptions): Promise<Guest> {
  const {host, port, username, identityFile, hostKeys, exec} = options;
  const ssh = await connectSsh(
    {host, port, username, hostKeys, privateKey: await readFile(identityFile, 'utf8')},
    options.signal,
  );
  const knownHosts = join(options.folder, 'known_hosts');
  const hostName = port === 22 ? host : `[${host}]:${port}`;
  await writeFile(knownHosts, hostKeys.map((key) => `${hostName} ${key}\n`).join(''), {mode: 0o600});
  const sshCommand = renderSshCommand({port, identityFile, knownHosts});
  return {
    run: (argv, runOptions) => ssh.run(argv, runOptions),
    sendTar: async (tarFile, folder, {signal}) => {
      await ssh.run(['mkdir', '-p', folder], {signal});
      await ssh.run(['tar', '-x', '-f', '-', '-C', folder], {signal, input: createReadStream(tarFile)});
    },
    fetchFolder: async (from, to, {signal, onLine}) => {
      await mkdir(to, {recursive: true});
      await exec(
        [
          'rsync',
          '--archive',
          '--no-owner',
          '--no-group',
          '--delete',
          '--protect-args',
          '-e',
          sshCommand.map(quoteWord).join(' '),
          `${username}@${host}:${from}/`,
          `${to}/`,
        ],
        {signal, ...(onLine === undefined ? {} : {onLine}), timeoutMs: 1_800_000},
      );
    },
    close: () => ssh.close(),
  };
}

/** The system's ssh for rsync and for people, held to the same host key; the user's own configuration is left out. */
export function renderSshCommand(options: {
  readonly port: number;
  readonly identityFile: string;
  readonly knownHosts: string;
}): readonly string[] {
  const settings = [
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${options.knownHosts}`,
    'GlobalKnownHostsFile=/dev/null',
    'IdentitiesOnly=yes',
    'ConnectTimeout=20',
    'ServerAliveInterval=15',
    'ServerAliveCountMax=4',
    'LogLevel=ERROR',
  ];
  return [
    'ssh',
    '-F',
    '/dev/null',
    '-p',
    String(options.port),
    '-i',
    options.identityFile,
    ...settings.flatMap((setting) => ['-o', setting]),
  ];
}
