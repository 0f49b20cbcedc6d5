// Opens what the live commands of impala-ha work with: the spec, the proxy's host, its runtime socket, other hosts.
import {readFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import {userInfo} from 'node:os';
import {describeError, exitCodes, HostError, UsageError, type ExitCode} from '../../core/errors.ts';
import {createExec, type Exec} from '../../core/exec.ts';
import {planPaths} from '../../core/paths.ts';
import {createDrillJournal, type DrillJournal} from '../drill-journal.ts';
import type {Frontend} from '../frontends.ts';
import type {VipSpec} from '../keepalived.ts';
import {planLayout, type HaLayout} from '../layout.ts';
import type {Credentials} from '../queries.ts';
import {readHolds} from '../run-vip.ts';
import {createProxySocket} from '../runtime-access.ts';
import type {RuntimeSocket} from '../runtime-socket.ts';
import type {HaSpec} from '../spec.ts';
import {openHost} from '../../remote/open-host.ts';
import type {RemoteHost} from '../../remote/remote-host.ts';
import {createAsk} from '../../core/ask.ts';
import type {Terminal} from '../../core/terminal.ts';
import {readSpecFile} from '../spec-file.ts';

export interface ProxyOptions {
  readonly spec: string;
  readonly host?: string | undefined;
  readonly askPassword?: true;
  /** True when no algorithm was typed. */
  readonly article?: string | true;
}

export interface Proxy {
  readonly spec: HaSpec;
  readonly frontends: readonly Frontend[];
  readonly render: HaLayout['render'];
  readonly host: RemoteHost;
  readonly socket: RuntimeSocket;
  readonly exec: Exec;
  readonly journal: DrillJournal;
  /** Another host, by the words of a spec. */
  readonly open: (target: string, signal: AbortSignal) => Promise<RemoteHost>;
  /** undefined where there is no terminal. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
}

/** In a spec `local` is this host. */
const targetOf = (ssh: string): string => (ssh === 'local' ? 'localhost' : ssh);

/** Runs `work` with a connection to the proxy's host. */
export async function withProxy<T>(
  terminal: Terminal,
  options: ProxyOptions,
  work: (proxy: Proxy) => Promise<T>,
): Promise<T> {
  const {env, home, signal} = terminal;
  const spec = await readSpecFile(options.spec, terminal);
  const layout = planLayout(spec, options.article);
  const exec = createExec(env);
  const ask = createAsk(terminal);
  const mayAskPassword = options.askPassword === true;
  if (mayAskPassword && ask === undefined)
    throw new UsageError(
      '--ask-password needs a terminal.',
      'Use a key or an agent where nobody can be asked.',
    );
  const open = (target: string, stop: AbortSignal): Promise<RemoteHost> =>
    openHost(targetOf(target), {
      exec,
      env,
      home,
      signal: stop,
      mayAskPassword,
      ask,
    });
  const {vip, ssh} = spec.proxy;
  const holder =
    options.host === undefined && vip !== undefined
      ? (await readBalancers(vip, (target) => open(target, signal), signal)).find(({holds}) => holds)?.ssh
      : undefined;
  const host = await open(options.host ?? holder ?? ssh ?? vip?.balancers[0]?.ssh ?? 'localhost', signal);
  try {
    return await work({
      spec,
      ...layout,
      host,
      socket: createProxySocket(host, spec.admin.socket),
      exec,
      journal: createDrillJournal(planPaths(env, home).drills, exec),
      open,
      ask,
    });
  } finally {
    host.close();
  }
}

export interface BalancerState {
  readonly ssh: string;
  /** Its place in the spec. */
  readonly index: number;
  /** Has the shared address. */
  readonly holds: boolean;
  /** Why it could not be asked. */
  readonly error?: string;
}

export async function readBalancers(
  vip: VipSpec,
  open: (target: string) => Promise<RemoteHost>,
  signal: AbortSignal,
): Promise<readonly BalancerState[]> {
  return Promise.all(
    vip.balancers.map(async ({ssh}, index) => {
      try {
        const host = await open(ssh);
        try {
          return {ssh, index, holds: await readHolds(host, vip, signal)};
        } finally {
          host.close();
        }
      } catch (error) {
        signal.throwIfAborted();
        return {ssh, index, holds: false, error: describeError(error)};
      }
    }),
  );
}

/** Those without the shared address first. */
export async function orderBalancers(
  terminal: Terminal,
  options: ProxyOptions,
  vip: VipSpec,
): Promise<readonly BalancerState[]> {
  const {env, home, signal} = terminal;
  const exec = createExec(env);
  const ask = createAsk(terminal);
  const states = await readBalancers(
    vip,
    (target) =>
      openHost(targetOf(target), {
        exec,
        env,
        home,
        signal,
        mayAskPassword: options.askPassword === true,
        ask,
      }),
    signal,
  );
  const [unreachable] = states.filter(({error}) => error !== undefined);
  if (unreachable !== undefined)
    throw new HostError(
      `The balancer ${unreachable.ssh} cannot be asked: ${unreachable.error ?? ''}`,
      'Nothing was changed on either. To change one of them alone: --host.',
    );
  return states.toSorted((one, other) => Number(one.holds) - Number(other.holds));
}

/** Runs `work` for each balancer where two share an address, else for the one. @returns The worst exit code. */
export async function withEveryProxy(
  terminal: Terminal,
  options: ProxyOptions,
  work: (proxy: Proxy) => Promise<ExitCode>,
): Promise<ExitCode> {
  const {vip} = (await readSpecFile(options.spec, terminal)).proxy;
  if (vip === undefined || options.host !== undefined) return withProxy(terminal, options, work);
  let worst: ExitCode = exitCodes.done;
  for (const {ssh} of vip.balancers) {
    const exitCode = await withProxy(terminal, {...options, host: ssh}, work);
    if (exitCode !== exitCodes.done) worst = exitCode;
  }
  return worst;
}

export interface QueryFlags {
  readonly query: string;
  readonly user?: string | undefined;
  readonly passwordFile?: string;
  readonly ca?: string;
  readonly queryTimeout: number;
}

export async function readCredentials(
  {user, passwordFile, ca}: QueryFlags,
  {cwd, env}: Terminal,
): Promise<Credentials> {
  const read = async (path: string, option: string): Promise<string> => {
    try {
      return await readFile(resolve(cwd, path), 'utf8');
    } catch (error) {
      throw new UsageError(
        `${path} cannot be read: ${describeError(error)}.`,
        `Name another file with ${option}.`,
        {
          cause: error,
        },
      );
    }
  };
  const password = passwordFile === undefined ? undefined : await read(passwordFile, '--password-file');
  return {
    user: user ?? env.USER ?? userInfo().username,
    ...(password === undefined || passwordFile === undefined
      ? {}
      : {password: password.split(/\r?\n/, 1)[0] ?? '', passwordFile: resolve(cwd, passwordFile)}),
    ...(ca === undefined ? {} : {ca: await read(ca, '--ca'), caFile: resolve(cwd, ca)}),
  };
}

/** Warns loudly, in every command that looks, of what an earlier drill left. */
export async function warnOfDrills({journal, spec}: Proxy, {stderr}: Terminal): Promise<void> {
  for (const {daemon, at, isAlive} of await journal.read(spec.proxy.host)) {
    if (isAlive) continue;
    stderr.write(
      `WARNING: a drill that began ${at} was killed and may have left ${daemon} stopped or drained.\n` +
        '  Type: impala-ha drill --recover --spec <this file>\n',
    );
  }
}
