// A real ssh server in this process whose commands really run here: what a RemoteHost does is done.
import {spawn} from 'node:child_process';
import {generateKeyPairSync} from 'node:crypto';
import {once} from 'node:events';
import {chmod, mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {connect, type AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import ssh2, {type Connection} from 'ssh2';
import {onTestFinished} from 'vitest';
import {createExec} from '../../src/core/exec.ts';
import type {OpenHostOptions} from '../../src/remote/remote-host.ts';
import {withoutDelay} from '../support/ssh-server.ts';

export interface KeyPair {
  readonly privateKey: string;
  /** `ssh-rsa AAAA…` */
  readonly publicKey: string;
}

export function makeKey(passphrase?: string): KeyPair {
  const {privateKey} = generateKeyPairSync('rsa', {modulusLength: 2048});
  const text = privateKey.export({
    type: 'pkcs1',
    format: 'pem',
    ...(passphrase === undefined ? {} : {cipher: 'aes-128-cbc', passphrase}),
  }) as string;
  const parsed = ssh2.utils.parseKey(text, passphrase);
  if (parsed instanceof Error) throw parsed;
  return {privateKey: text, publicKey: `ssh-rsa ${parsed.getPublicSSH().toString('base64')}`};
}

export const hostKey = makeKey();

export interface ServerOptions {
  /** Lets somebody in. Default: everybody with a key. */
  readonly accept?: (login: {
    readonly method: string;
    readonly username: string;
    readonly key?: string;
    readonly password?: string;
  }) => boolean;
  /** What those may try who were refused. */
  readonly methods?: ('publickey' | 'password')[];
  /** Put before PATH; may hold a `sudo`. */
  readonly tools?: string;
  /** Called before a command runs; may end the connection. */
  readonly onCommand?: (command: string, client: Connection) => void;
}

export interface RunningServer {
  readonly port: number;
  readonly commands: string[];
}

export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const commands: string[] = [];
  const clients: Connection[] = [];
  const {methods = ['publickey']} = options;
  const server = new ssh2.Server({hostKeys: [hostKey.privateKey]}, (client) => {
    clients.push(client);
    withoutDelay(client);
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      const {method, username} = context;
      const login = {
        method,
        username,
        ...(context.method === 'publickey' ? {key: context.key.data.toString('base64')} : {}),
        ...(context.method === 'password' ? {password: context.password} : {}),
      };
      if (method !== 'none' && (options.accept?.(login) ?? method === 'publickey')) context.accept();
      else context.reject(methods);
    });
    client.on('tcpip', (accept, _reject, {destIP, destPort}) => {
      const channel = accept();
      const socket = connect(destPort, destIP);
      socket.on('error', () => channel.close());
      channel.pipe(socket).pipe(channel);
    });
    client.on('session', (accept) => {
      const session = accept();
      session.on('exec', (acceptExec, _reject, {command}) => {
        commands.push(command);
        const channel = acceptExec();
        const env = {...process.env, PATH: `${options.tools ?? ''}:${process.env.PATH ?? ''}`};
        const child = spawn('sh', ['-c', command], {env, detached: true});
        child.stdin.on('error', () => undefined);
        channel.on('error', () => undefined);
        channel.pipe(child.stdin);
        child.stdout.pipe(channel, {end: false});
        child.stderr.pipe(channel.stderr, {end: false});
        child.on('close', (code) => {
          channel.exit(code ?? 255);
          channel.end();
        });
        options.onCommand?.(command, client);
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const client of clients) client.end();
    server.close();
  });
  return {port: (server.address() as AddressInfo).port, commands};
}

/** A home with .ssh in it. @param knownHosts Default: the server's key under 127.0.0.1. */
export async function makeHome(parts: {
  readonly config?: string;
  readonly knownHosts?: string;
  readonly keys?: Readonly<Record<string, string>>;
}): Promise<string> {
  const home = await makeFolder();
  const ssh = join(home, '.ssh');
  await mkdir(ssh, {mode: 0o700});
  await writeFile(join(ssh, 'known_hosts'), parts.knownHosts ?? `127.0.0.1 ${hostKey.publicKey}\n`);
  if (parts.config !== undefined) await writeFile(join(ssh, 'config'), parts.config);
  for (const [name, text] of Object.entries(parts.keys ?? {}))
    await writeFile(join(ssh, name), text, {mode: 0o600});
  return home;
}

export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'build-spark-remote-'));
  onTestFinished(async () => rm(folder, {recursive: true, force: true}));
  return folder;
}

/** A folder with a `sudo` that does what it is told: without a question, or only after the right password. */
export async function makeSudo(password?: string): Promise<string> {
  const folder = await makeFolder();
  const path = join(folder, 'sudo');
  await writeFile(
    path,
    `#!/bin/sh
ask=no
while [ $# -gt 0 ]; do
  case $1 in
    -n) ${password === undefined ? ':' : 'echo "sudo: a password is required" >&2; exit 1'} ;;
    -S) ask=yes ;;
    -p) shift ;;
    --) shift; break ;;
    -*) ;;
    *) break ;;
  esac
  shift
done
if [ $ask = yes ]; then
  IFS= read -r word
  if [ "$word" != '${password ?? ''}' ]; then echo 'sudo: 1 incorrect password attempt' >&2; exit 1; fi
fi
exec "$@"
`,
  );
  await chmod(path, 0o755);
  // An ordinary user, also where the tests run as root.
  await writeFile(
    join(folder, 'id'),
    '#!/bin/sh\nif [ "$*" = -u ]; then echo 1000; else exec /usr/bin/id "$@"; fi\n',
  );
  await chmod(join(folder, 'id'), 0o755);
  return folder;
}

export function hostOptions(home: string, more: Partial<OpenHostOptions> = {}): OpenHostOptions {
  return {exec: createExec(process.env), env: {}, home, ...more};
}
