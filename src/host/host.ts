// What the checks and `setup` may look at: this host, as it is passed in. Decides nothing.
import {access, constants, readFile} from 'node:fs/promises';
import {arch, platform, totalmem, userInfo} from 'node:os';
import {delimiter, join} from 'node:path';
import type {Exec} from '../core/exec.ts';
import type {Paths} from '../core/paths.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Host {
  readonly exec: Exec;
  readonly env: Environment;
  readonly paths: Paths;
  /** As Node names them: `linux`, `darwin`, `win32`. */
  readonly platform: string;
  /** As Debian names them: `amd64`, `arm64`. */
  readonly architecture: string;
  readonly user: {readonly uid: number; readonly name: string};
  readonly memoryBytes: number;
  readonly nodeVersion: string;
  /** Where the system's own files begin: `/`, or a folder in tests. */
  readonly root: string;
}

const debianArchitectures: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: 'i386',
  arm: 'armhf',
  ppc64: 'ppc64el',
};

/** @param architecture As Node names it. */
export function debianArchitecture(architecture: string): string {
  return debianArchitectures[architecture] ?? architecture;
}

/** @param nodeVersion `process.version`. */
export function createHost(exec: Exec, env: Environment, paths: Paths, nodeVersion: string): Host {
  const {uid, username} = userInfo();
  return {
    exec,
    env,
    paths,
    platform: platform(),
    architecture: debianArchitecture(arch()),
    user: {uid, name: username},
    memoryBytes: totalmem(),
    nodeVersion,
    root: '/',
  };
}

/** A file of the system. @returns undefined when it is not there or not ours to read. */
export async function readSystemFile(host: Host, path: string): Promise<string | undefined> {
  return readFile(join(host.root, path), 'utf8').catch(() => undefined);
}

/** Where a command is found. Also looks where an ordinary user's PATH does not lead: /usr/sbin. */
export async function findCommand(host: Host, command: string): Promise<string | undefined> {
  const folders = [...(host.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  for (const folder of folders) {
    if (!folder.startsWith('/')) continue;
    const path = join(host.root, folder, command);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}

export interface Release {
  /** As in /etc/os-release: `debian`, `ubuntu`; empty when unknown. */
  readonly id: string;
  readonly versionId: string;
  readonly codename: string;
  readonly prettyName: string;
  /** The ids of the systems it descends from. */
  readonly like: readonly string[];
}

/** Pure. Source of the format: os-release(5). */
export function parseRelease(text: string): Release {
  const field = (name: string): string =>
    new RegExp(`^${name}=(["']?)(.*)\\1\\s*$`, 'm').exec(text)?.[2] ?? '';
  return {
    id: field('ID'),
    versionId: field('VERSION_ID'),
    codename: field('VERSION_CODENAME'),
    prettyName: field('PRETTY_NAME') || field('ID') || 'this system',
    like: field('ID_LIKE').split(/\s+/).filter(Boolean),
  };
}

export async function readRelease(host: Host): Promise<Release> {
  return parseRelease(
    (await readSystemFile(host, '/etc/os-release')) ??
      (await readSystemFile(host, '/usr/lib/os-release')) ??
      '',
  );
}

export function isRoot(host: Host): boolean {
  return host.user.uid === 0;
}
