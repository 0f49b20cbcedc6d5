// Reads ~/.ssh/config as far as we follow it. Knows no keys and no connection.
import {readdir, readFile} from 'node:fs/promises';
import {userInfo} from 'node:os';
import {basename, dirname, isAbsolute, join} from 'node:path';
import SshConfig, {glob} from 'ssh-config';
import {describeError, hasErrorCode, UsageError} from '../core/errors.ts';
import type {Target} from './target.ts';

/** How to reach one host. Paths are absolute; whether the files are there is not known here. */
export interface ClientConfig {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Empty: the usual ones. */
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** Path of the agent's socket. */
  readonly agent?: string | undefined;
  readonly knownHostsFiles: readonly string[];
  /** The name under which its key is known. */
  readonly hostKeyAlias?: string | undefined;
  /** Hosts on the way, nearest first. */
  readonly jumps: readonly string[];
}

export interface ConfigSource {
  /** What `readConfigText` gave. */
  readonly text: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const systemConfig = '/etc/ssh/ssh_config';
const maxIncludeDepth = 16;

/** The user's configuration with the system's behind it, both with what they include. */
export async function readConfigText(home: string): Promise<string> {
  const folder = join(home, '.ssh');
  const own = await readWithIncludes(join(folder, 'config'), folder, home);
  const system = await readWithIncludes(systemConfig, dirname(systemConfig), home);
  return `${own}\nHost *\n${system}`;
}

/** Include is textual here; what comes after it stays in the section that it was in. Source: ssh_config(5). */
async function readWithIncludes(path: string, folder: string, home: string, depth = 0): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return '';
    if (hasErrorCode(error, 'EACCES') && depth > 0) return '';
    throw new UsageError(`${path} cannot be read: ${describeError(error)}`, `Look at it: ls -l ${path}`);
  });
  const lines: string[] = [];
  let section = 'Host *';
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(?:host|match)[\s=]/i.test(line)) section = line;
    const patterns = /^\s*include[\s=]+(.*)$/i.exec(line)?.[1];
    if (patterns === undefined) {
      lines.push(line);
      continue;
    }
    if (depth >= maxIncludeDepth)
      throw new UsageError(`${path} includes itself, or too deep.`, `Look at it: cat ${path}`);
    for (const pattern of patterns.match(/"[^"]+"|[^\s"]+/g) ?? []) {
      const plain = expandHome(pattern.replaceAll('"', ''), home);
      for (const file of await findFiles(isAbsolute(plain) ? plain : join(folder, plain)))
        lines.push(await readWithIncludes(file, folder, home, depth + 1));
    }
    lines.push(section);
  }
  return lines.join('\n');
}

/** Wildcards in the last part of the path only. */
async function findFiles(pattern: string): Promise<readonly string[]> {
  const name = basename(pattern);
  if (!/[*?]/.test(name)) return [pattern];
  const names = await readdir(dirname(pattern)).catch(() => []);
  return names
    .filter((each) => !each.startsWith('.') && glob(name, each))
    .sort()
    .map((each) => join(dirname(pattern), each));
}

function expandHome(path: string, home: string): string {
  return path.replace(/^~(?=\/|$)/, home);
}

/** Pure, but for the name of the local user. What was typed wins over the files. `Match exec` is not followed. */
export function findClientConfig(target: Target, {text, home, env}: ConfigSource): ClientConfig {
  const found = SshConfig.parse(text).compute(
    {Host: target.host, ...(target.user === undefined ? {} : {User: target.user})},
    {ignoreCase: true, matchExec: false},
  );
  const one = (name: string): string | undefined => {
    const value = found[name];
    return Array.isArray(value) ? value[0] : value;
  };
  // A single value may hold several words: ssh-config splits only some of the directives.
  const many = (name: string): readonly string[] => {
    const value = found[name];
    return value === undefined ? [] : Array.isArray(value) ? value : value.split(/\s+/);
  };
  const localUser = userInfo().username;
  const user = target.user ?? one('user') ?? localUser;
  const host = (one('hostname') ?? target.host).replaceAll('%h', target.host).replaceAll('%%', '%');
  const port = target.port ?? Number(one('port') ?? 22);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new UsageError(`ssh's configuration gives ${target.host} no usable port.`, 'Fix ~/.ssh/config.');
  const proxyCommand = one('proxycommand');
  const jump = one('proxyjump');
  if (proxyCommand !== undefined && proxyCommand.toLowerCase() !== 'none' && jump === undefined)
    throw new UsageError(
      `ssh's configuration reaches ${target.host} by a ProxyCommand, which is not followed here.`,
      `Use ProxyJump for ${target.host} in ~/.ssh/config.`,
    );
  const expand = (path: string): string => {
    const values: Readonly<Record<string, string>> = {
      d: home,
      h: host,
      n: target.host,
      r: user,
      u: localUser,
    };
    const plain = expandHome(path, home)
      .replaceAll(/\$\{(\w+)\}/g, (_all, name: string) => env[name] ?? '')
      .replaceAll(/%([%dhnru])/g, (_all, letter: string) => (letter === '%' ? '%' : (values[letter] ?? '')));
    return isAbsolute(plain) ? plain : join(home, plain);
  };
  const isSet = (path: string): boolean => path.toLowerCase() !== 'none';
  const agent = findAgent(one('identityagent'), env, expand);
  const alias = one('hostkeyalias');
  const userFiles = many('userknownhostsfile');
  const globalFiles = many('globalknownhostsfile');
  return {
    host,
    port,
    user,
    identityFiles: many('identityfile').filter(isSet).map(expand),
    identitiesOnly: one('identitiesonly')?.toLowerCase() === 'yes',
    agent,
    knownHostsFiles: [
      ...(userFiles.length === 0 ? ['~/.ssh/known_hosts', '~/.ssh/known_hosts2'] : userFiles),
      ...(globalFiles.length === 0 ? ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'] : globalFiles),
    ]
      .filter(isSet)
      .map(expand),
    hostKeyAlias: alias,
    jumps:
      jump === undefined || jump.toLowerCase() === 'none' ? [] : jump.split(',').map((each) => each.trim()),
  };
}

function findAgent(
  setting: string | undefined,
  env: ConfigSource['env'],
  expand: (path: string) => string,
): string | undefined {
  if (setting?.toLowerCase() === 'none') return undefined;
  const path =
    setting === undefined || setting === 'SSH_AUTH_SOCK'
      ? env.SSH_AUTH_SOCK
      : /^\$\w+$/.test(setting)
        ? env[setting.slice(1)]
        : expand(setting);
  return path === undefined || path === '' ? undefined : path;
}
