// Opens a host: this one, or another by ssh as the operator's own configuration says. Knows nothing of what is done there.
import {once} from 'node:events';
import {readFile} from 'node:fs/promises';
import {connect} from 'node:net';
import {join} from 'node:path';
import type {Duplex} from 'node:stream';
import {HostError, UsageError} from '../core/errors.ts';
import {CommandError, CommandMissingError, type Argv} from '../core/exec.ts';
import {quoteCommand} from '../core/quote.ts';
import {
  ConnectionLostError,
  LoginRefusedError,
  openSsh,
  RemoteCommandError,
  type Login,
  type Ssh,
} from '../core/ssh.ts';
import {isThere} from '../core/presence.ts';
import {findClientConfig, readConfigText, type ClientConfig, type ConfigSource} from './client-config.ts';
import {
  findKnownHosts,
  judgeHostKey,
  readKeyType,
  readKnownHosts,
  renderFingerprint,
  renderHostName,
} from './known-hosts.ts';
import type {OpenHostOptions, RemoteHost} from './remote-host.ts';
import {findRootAccess, type Runner} from './root-access.ts';
import {createShellHost} from './shell-host.ts';
import {parseTarget, type Target} from './target.ts';

/** Hosts on the way, jumps of jumps included. */
const maxHops = 8;

/**
 * @param target `localhost` (no ssh), `user@host[:port]`, or an alias of ~/.ssh/config.
 * @throws UsageError for what was typed or configured, HostError when the host cannot be reached, is not known or
 *   refuses our logins.
 */
export async function openHost(target: string, options: OpenHostOptions): Promise<RemoteHost> {
  if (target === 'localhost') return openLocalHost(options);
  const parsed = parseTarget(target);
  const {home, env, exec, signal} = options;
  const source = {text: await readConfigText(home), home, env};
  const hops = planHops(parsed, target, source);
  const open: Ssh[] = [];
  const close = (): void => [...open].reverse().forEach((ssh) => ssh.close());
  try {
    for (const hop of hops) open.push(await openHop(hop, open.at(-1), options));
  } catch (error) {
    close();
    throw error;
  }
  const ssh = open.at(-1);
  if (ssh === undefined) throw new Error('There is no host to connect to.');
  const runner: Runner = (argv, runOptions) => ssh.run(argv, runOptions);
  const findAsRoot = () => findRootAccess(runner, target, planSudoQuestion(target, options), signal);
  const openSocket = (path: string) => ssh.forwardToSocket(path);
  return createShellHost({name: target, isLocal: false, runner, findAsRoot, exec, openSocket, close});
}

function openLocalHost(options: OpenHostOptions): RemoteHost {
  const name = 'localhost';
  const {exec, signal} = options;
  const runner: Runner = async (argv, runOptions) => {
    try {
      return await exec(argv as unknown as Argv, runOptions);
    } catch (error) {
      if (error instanceof CommandMissingError && runOptions?.allow === 'any')
        return {exitCode: 127, stdout: '', stderr: error.message};
      if (!(error instanceof CommandError)) throw error;
      throw new RemoteCommandError(
        argv,
        error.result,
        error.result.signalName,
        `On ${name}`,
        'Look at what it says.',
      );
    }
  };
  const findAsRoot = () => findRootAccess(runner, name, planSudoQuestion(name, options), signal);
  return createShellHost({
    name,
    isLocal: true,
    runner,
    findAsRoot,
    exec,
    openSocket: openLocalSocket,
    close: () => undefined,
  });
}

async function openLocalSocket(path: string): Promise<Duplex> {
  const socket = connect(path);
  await once(socket, 'connect');
  return socket;
}

function planSudoQuestion(
  name: string,
  {ask, mayAskPassword}: OpenHostOptions,
): (() => Promise<string>) | undefined {
  return mayAskPassword === true && ask !== undefined ? () => ask(`Password for sudo on ${name}`) : undefined;
}

interface Hop {
  /** As messages name it. */
  readonly name: string;
  readonly config: ClientConfig;
}

/** The way to a host, nearest first and itself last. The first jump may have jumps of its own. Pure. */
function planHops(target: Target, name: string, source: ConfigSource, depth = 0): readonly Hop[] {
  const config = findClientConfig(target, source);
  const [first, ...rest] = config.jumps;
  if (first === undefined) return [{name, config}];
  if (depth + config.jumps.length > maxHops)
    throw new UsageError(
      `The way to ${name} has more than ${maxHops} hosts.`,
      'Fix ProxyJump in ~/.ssh/config.',
    );
  return [
    ...planHops(parseTarget(first), first, source, depth + config.jumps.length),
    ...rest.map((each) => ({name: each, config: findClientConfig(parseTarget(each), source)})),
    {name, config},
  ];
}

async function openHop(hop: Hop, through: Ssh | undefined, options: OpenHostOptions): Promise<Ssh> {
  const {name, config} = hop;
  const lookup = config.hostKeyAlias ?? config.host;
  const known = findKnownHosts(
    await readKnownHosts(config.knownHostsFiles),
    lookup,
    config.hostKeyAlias === undefined ? config.port : 22,
  );
  let refusal: HostError | undefined;
  const isKnownKey = (key: Buffer): boolean => {
    const verdict = judgeHostKey(known, key);
    if (verdict.status !== 'known') refusal = refuseKey(hop, key, verdict);
    return verdict.status === 'known';
  };
  try {
    return await openSsh(
      {
        host: config.host,
        port: config.port,
        username: config.user,
        name,
        isKnownKey,
        knownKeyTypes: known.filter(({marker}) => marker === undefined).map(({type}) => type),
        logins: await planLogins(hop, options),
        through,
      },
      options.signal,
    );
  } catch (error) {
    if (refusal !== undefined) throw refusal;
    if (error instanceof LoginRefusedError) throw refuseLogin(hop, error, options);
    if (!(error instanceof ConnectionLostError)) throw error;
    throw new HostError(
      `${name} (${config.host}, port ${config.port}) cannot be reached: ${error.reason}.`,
      `See whether this works: ${quoteCommand(sshCommand(hop))} true`,
      {cause: error},
    );
  }
}

/** The agent first, as ssh does; then the key files, then, only when it may be asked for, a password. */
async function planLogins(
  {name, config}: Hop,
  {home, ask, mayAskPassword}: OpenHostOptions,
): Promise<readonly Login[]> {
  const usual = ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((file) => join(home, '.ssh', file));
  const paths = config.identityFiles.length > 0 ? [...new Set(config.identityFiles)] : usual;
  const publicKeys: string[] = [];
  const keys: Login[] = [];
  for (const path of paths) {
    const publicText = await readText(`${path.replace(/\.pub$/, '')}.pub`);
    const publicKey = publicText?.trim().split(/\s+/)[1];
    if (publicKey !== undefined) publicKeys.push(publicKey);
    const text = path.endsWith('.pub') ? undefined : await readText(path);
    if (text === undefined) continue;
    keys.push({
      type: 'key',
      path,
      text,
      ...(ask === undefined ? {} : {askPassphrase: () => ask(`Passphrase of ${path}`)}),
    });
  }
  const {agent} = config;
  const hasAgent = agent !== undefined && (await isThere(agent));
  return [
    ...(hasAgent
      ? [{type: 'agent' as const, socket: agent, ...(config.identitiesOnly ? {only: publicKeys} : {})}]
      : []),
    ...keys,
    ...(mayAskPassword === true && ask !== undefined
      ? [{type: 'password' as const, ask: (prompt: string) => ask(`${name}: ${prompt}`)}]
      : []),
  ];
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

/** What a person types to reach the same host. */
function sshCommand({name, config}: Hop): readonly string[] {
  const {host, user, port} = parseTarget(name);
  return [
    'ssh',
    ...(port === undefined ? [] : ['-p', String(config.port)]),
    user === undefined ? host : `${user}@${host}`,
  ];
}

function refuseKey(
  hop: Hop,
  key: Buffer,
  verdict: Exclude<ReturnType<typeof judgeHostKey>, {status: 'known'}>,
): HostError {
  const {config, name} = hop;
  const host = renderHostName(
    config.hostKeyAlias ?? config.host,
    config.hostKeyAlias === undefined ? config.port : 22,
  );
  const shown = `${readKeyType(key)} ${renderFingerprint(key)}`;
  const [file = 'known_hosts'] = config.knownHostsFiles;
  const accept = `${quoteCommand([...sshCommand(hop), '-o', 'StrictHostKeyChecking=ask'])} true`;
  const compare = 'Compare it with the host’s own (there: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub)';
  switch (verdict.status) {
    case 'changed':
      return new HostError(
        `${name} shows another host key (${shown}) than the one in ${verdict.place}: it was reinstalled, or somebody is intercepting the connection.`,
        `${compare}, then forget the old one: ${quoteCommand(['ssh-keygen', '-R', host, '-f', verdict.place.replace(/:\d+$/, '')])}`,
      );
    case 'revoked':
      return new HostError(
        `The host key of ${name} (${shown}) is revoked in ${verdict.place}.`,
        'Ask who revoked it; give the host a new key.',
      );
    case 'authority':
      return new HostError(
        `known_hosts names a certificate authority for ${name}, and certificates of hosts are not checked here. Its key is ${shown}.`,
        `${compare}, then add it: ssh-keyscan -p ${config.port} ${config.host} >> ${file}`,
      );
    case 'unknown':
      return new HostError(
        `The host key of ${name} is not known: ${shown}.`,
        file === '/dev/null'
          ? `ssh's configuration keeps no keys for ${name} (UserKnownHostsFile /dev/null): name a file there.`
          : `${compare}, then accept it once: ${accept}`,
      );
  }
}

function refuseLogin(hop: Hop, error: LoginRefusedError, options: OpenHostOptions): HostError {
  const {config, name} = hop;
  const takesPassword = error.offered.some((method) => method !== 'publickey');
  const mayAsk = options.mayAskPassword === true && options.ask !== undefined;
  return new HostError(
    [
      `${name} refuses every login we have as ${config.user}${error.offered.length === 0 ? '' : ` (it accepts: ${error.offered.join(', ')})`}.`,
      ...error.notes,
    ].join('\n'),
    takesPassword && !mayAsk
      ? `See whether this works: ${quoteCommand(sshCommand(hop))} true; or add --ask-password, on a terminal.`
      : `See whether this works: ${quoteCommand(sshCommand(hop))} true`,
    {cause: error},
  );
}
