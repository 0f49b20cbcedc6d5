// A host made of a folder and a table of commands. A command that the table does not name throws.
import {chmod, mkdir, mkdtemp, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {
  CommandError,
  CommandMissingError,
  type Argv,
  type CommandOptions,
  type Exec,
} from '../../src/core/exec.ts';
import {planPaths} from '../../src/core/paths.ts';
import type {Host} from '../../src/host/host.ts';

export interface Answer {
  readonly exitCode?: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** By the beginning of the command line; the first that fits. A function sees the whole argv. */
export type Commands = Readonly<
  Record<string, Answer | 'missing' | ((argv: Argv) => Answer | Promise<Answer>)>
>;

export function fakeExec(commands: Commands): {readonly exec: Exec; readonly calls: string[]} {
  const calls: string[] = [];
  const exec: Exec = async (argv: Argv, options: CommandOptions = {}) => {
    const line = argv.join(' ');
    calls.push(line);
    const found = Object.entries(commands).find(([start]) => line === start || line.startsWith(`${start} `));
    if (found === undefined) throw new Error(`Unexpected command: ${line}`);
    if (found[1] === 'missing') throw new CommandMissingError(argv[0]);
    const answer = typeof found[1] === 'function' ? await found[1](argv) : found[1];
    const result = {exitCode: answer.exitCode ?? 0, stdout: answer.stdout ?? '', stderr: answer.stderr ?? ''};
    for (const text of result.stdout.split('\n')) options.onLine?.(text, 'stdout');
    if (options.allow === 'any' || (options.allow ?? [0]).includes(result.exitCode)) return result;
    throw new CommandError(argv, {...result, timedOut: false});
  };
  return {exec, calls};
}

/** @param files Content by absolute path; those below a `bin` or `sbin` are made executable. */
export async function fakeHost(
  files: Readonly<Record<string, string>>,
  commands: Commands = {},
  change: Partial<Host> = {},
): Promise<{readonly host: Host; readonly calls: string[]; readonly root: string}> {
  const root = await mkdtemp(join(tmpdir(), 'build-spark-host-'));
  for (const [path, text] of Object.entries(files)) await putFile(root, path, text);
  const {exec, calls} = fakeExec(commands);
  const home = join(root, 'home');
  const host: Host = {
    exec,
    env: {PATH: '/usr/bin'},
    paths: planPaths({}, home),
    platform: 'linux',
    architecture: 'amd64',
    user: {uid: 0, name: 'root'},
    memoryBytes: 16 * 1024 ** 3,
    nodeVersion: 'v20.20.2',
    root,
    ...change,
  };
  return {host, calls, root};
}

export async function putFile(root: string, path: string, text: string): Promise<void> {
  const file = join(root, path);
  await mkdir(dirname(file), {recursive: true});
  await writeFile(file, text);
  if (/\/s?bin\//.test(path)) await chmod(file, 0o755);
}

export const debian12 = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n';

/** A Debian 12 on which lxc works. */
export const readyFiles: Readonly<Record<string, string>> = {
  '/etc/os-release': debian12,
  ...Object.fromEntries(
    ['vagrant', 'git', 'rsync', 'ssh', 'patch', 'wget', 'lxc-create'].map((name) => [`/usr/bin/${name}`, '']),
  ),
  '/usr/sbin/debootstrap': '',
  '/etc/ssl/certs/ca-certificates.crt': '',
  '/usr/share/keyrings/debian-archive-keyring.gpg': '',
  '/usr/share/vagrant-plugins/plugins.d/vagrant-lxc.json': '{"vagrant-lxc": {}}',
  '/sys/class/net/lxcbr0/flags': '0x1003\n',
  '/sys/fs/cgroup/cgroup.controllers': 'cpuset cpu io memory pids\n',
};
