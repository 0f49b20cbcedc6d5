// Queries through the proxy, each on a connection of its own: by HiveServer2, or by impala-shell where the driver cannot.
// Knows what a frontend speaks; knows nothing of who answers.
import {describeError} from '../core/errors.ts';
import type {Exec} from '../core/exec.ts';
import {isWebKind, type Frontend} from './frontends.ts';
import {openHiveSession, type HiveTarget} from '../remote/hive-client.ts';
import {askImpalaShell, planShellCommand, type ImpalaShell, type ImpalaShellTarget} from './impala-shell.ts';
import type {HaSpec} from './spec.ts';

export interface Credentials {
  readonly user: string;
  /** Impala without LDAP wants no login; with a password it is given one. */
  readonly password?: string;
  /** Where it was read: impala-shell reads it there itself. */
  readonly passwordFile?: string;
  /** PEM of the CA that signed the certificate which clients see. */
  readonly ca?: string;
  readonly caFile?: string;
}

export type QueryWay =
  | {readonly type: 'hive'; readonly target: HiveTarget}
  | {readonly type: 'impala-shell'; readonly argv: readonly [string, ...string[]]}
  | {readonly type: 'none'; readonly reason: string};

/** @param shell impala-shell, where it is installed on this host. Pure. */
export function planQueryWay(
  spec: HaSpec,
  {kind, service, port}: Frontend,
  credentials: Credentials,
  shell: ImpalaShell | undefined,
): QueryWay {
  const {user, password, ca, caFile, passwordFile} = credentials;
  const {host} = spec.proxy;
  if (isWebKind(kind)) return {type: 'none', reason: 'a page for people, which takes no queries'};
  const hive = service === 'impala' ? undefined : spec[service];
  const isTls = (spec[service]?.tls.mode ?? 'none') !== 'none';
  const tls = isTls ? {tls: ca === undefined ? {} : {ca}} : {};
  const plain = {type: 'plain', user, password: password ?? 'none'} as const;
  const isKerberos = service === 'impala' ? spec.kerberos !== undefined : hive?.authentication === 'kerberos';
  if (kind === 'beeswax' || isKerberos) {
    if (service !== 'impala')
      return {
        type: 'none',
        reason: 'the driver here cannot do Kerberos; ask with beeline, its URL: impala-ha clients',
      };
    if (shell === undefined)
      return {type: 'none', reason: 'this needs impala-shell, which is not on this host'};
    const login: ImpalaShellTarget['login'] =
      spec.kerberos !== undefined
        ? {type: 'kerberos', service: spec.kerberos.impala}
        : passwordFile === undefined
          ? undefined
          : {type: 'plain', user, passwordFile};
    const argv = planShellCommand(
      {
        host,
        port,
        protocol: kind === 'beeswax' ? 'beeswax' : kind === 'impala-http' ? 'hs2-http' : 'hs2',
        ...(isTls ? {tls: caFile === undefined ? {} : {caFile}} : {}),
        login,
      },
      shell,
    );
    return 'reason' in argv ? {type: 'none', ...argv} : {type: 'impala-shell', argv};
  }
  const login =
    service === 'impala'
      ? password === undefined
        ? ({type: 'nosasl'} as const)
        : plain
      : hive?.authentication === 'nosasl'
        ? ({type: 'nosasl'} as const)
        : plain;
  const path = kind === 'impala-http' ? '/cliservice' : kind.endsWith('-http') ? hive?.httpPath : undefined;
  return {type: 'hive', target: {host, port, login, httpPath: path, ...tls}};
}

export interface QueryOptions {
  readonly exec: Exec;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** While the connection is still open: the proxy can be asked who has it. */
  readonly whileOpen?: (localPort: number) => Promise<void>;
  /** The host that impala-shell names as the coordinator. */
  readonly onCoordinator?: (host: string) => void;
}

/** @returns The first value of the first row. @throws Error with the reason. */
export async function runQuery(way: QueryWay, sql: string, options: QueryOptions): Promise<string> {
  const {exec, timeoutMs, signal, whileOpen, onCoordinator} = options;
  const shared = {timeoutMs, signal};
  switch (way.type) {
    case 'none':
      throw new Error(way.reason);
    case 'impala-shell': {
      const {value, coordinator} = await askImpalaShell(exec, way.argv, sql, shared);
      if (coordinator !== undefined) onCoordinator?.(coordinator);
      return value;
    }
    case 'hive': {
      const session = await openHiveSession(way.target, shared);
      try {
        const [row] = await session.query(sql);
        if (session.localPort !== undefined) await whileOpen?.(session.localPort);
        // `set x` answers with the name before the value.
        return row?.at(-1) ?? '';
      } finally {
        await session.close();
      }
    }
  }
}

/** In one line. */
export const describeFailure = (error: unknown): string => describeError(error).split('\n', 1)[0] ?? '';

/** One query through a port of the proxy, on a connection of its own. @throws Error with the reason. */
export type Ask = (signal: AbortSignal) => Promise<unknown>;

/**
 * How each port can be asked from here, by the frontend's kind; one that cannot is left out.
 *
 * @param onSkip Why, for a person to read.
 */
export function planAsks(
  frontends: readonly Frontend[],
  planWay: (frontend: Frontend) => QueryWay,
  {sql, onSkip, ...options}: AskOptions,
): ReadonlyMap<string, Ask> {
  return new Map(
    frontends.flatMap((frontend) => {
      const way = planWay(frontend);
      if (way.type === 'none') {
        onSkip?.(`${frontend.kind}: not asked: ${way.reason}`);
        return [];
      }
      return [[frontend.kind, (signal) => runQuery(way, sql, {...options, signal})] as const];
    }),
  );
}

export interface AskOptions extends Pick<QueryOptions, 'exec' | 'timeoutMs'> {
  readonly sql: string;
  readonly onSkip?: ((line: string) => void) | undefined;
}
