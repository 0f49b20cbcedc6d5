// Queries through the proxy, each on a connection of its own: by HiveServer2, or by impala-shell where the driver cannot.
// Knows what a frontend speaks; knows nothing of who answers.
import {describeError} from '../core/errors.ts';
import type {Exec} from '../core/exec.ts';
import type {Frontend} from './frontends.ts';
import {openHiveSession, type HiveTarget} from './hive-client.ts';
import type {HaSpec} from './spec.ts';

export interface Credentials {
  readonly user: string;
  /** Impala without LDAP wants no login; with a password it is given one. */
  readonly password?: string;
  /** PEM of the CA that signed the certificate which clients see. */
  readonly ca?: string;
}

export type QueryWay =
  | {readonly type: 'hive'; readonly target: HiveTarget}
  | {readonly type: 'impala-shell'; readonly argv: readonly [string, ...string[]]}
  | {readonly type: 'none'; readonly reason: string};

/** @param hasShell Whether impala-shell is installed on this host. Pure. */
export function planQueryWay(
  spec: HaSpec,
  {kind, service, port}: Frontend,
  {user, password, ca}: Credentials,
  hasShell: boolean,
): QueryWay {
  const {host} = spec.proxy;
  const isTls = (spec[service]?.tls.mode ?? 'none') !== 'none';
  const tls = isTls ? {tls: ca === undefined ? {} : {ca}} : {};
  const plain = {type: 'plain', user, password: password ?? 'none'} as const;
  const isKerberos =
    service === 'impala' ? spec.kerberos !== undefined : spec.thriftserver?.authentication === 'kerberos';
  if (kind === 'beeswax' || isKerberos) {
    if (service === 'thriftserver')
      return {
        type: 'none',
        reason: 'the driver here cannot do Kerberos; ask with beeline, its URL: impala-ha clients',
      };
    if (!hasShell) return {type: 'none', reason: 'this needs impala-shell, which is not on this host'};
    return {
      type: 'impala-shell',
      argv: [
        'impala-shell',
        ...[
          '-i',
          `${host}:${port}`,
          '--quiet',
          '-B',
          `--protocol=${kind === 'beeswax' ? 'beeswax' : kind === 'impala-http' ? 'hs2-http' : 'hs2'}`,
        ],
        ...(isTls ? ['--ssl'] : []),
        ...(isKerberos ? ['-k', '-b', host] : []),
      ],
    };
  }
  const login =
    service === 'impala'
      ? password === undefined
        ? ({type: 'nosasl'} as const)
        : plain
      : spec.thriftserver?.authentication === 'nosasl'
        ? ({type: 'nosasl'} as const)
        : plain;
  const path =
    kind === 'impala-http'
      ? '/cliservice'
      : kind === 'thriftserver-http'
        ? spec.thriftserver?.httpPath
        : undefined;
  return {type: 'hive', target: {host, port, login, ...(path === undefined ? {} : {httpPath: path}), ...tls}};
}

export interface QueryOptions {
  readonly exec: Exec;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** While the connection is still open: the proxy can be asked who has it. */
  readonly whileOpen?: (localPort: number) => Promise<void>;
}

/** @returns The first value of the first row. @throws Error with the reason. */
export async function runQuery(way: QueryWay, sql: string, options: QueryOptions): Promise<string> {
  const {exec, timeoutMs, signal, whileOpen} = options;
  const shared = {timeoutMs, ...(signal === undefined ? {} : {signal})};
  switch (way.type) {
    case 'none':
      throw new Error(way.reason);
    case 'impala-shell': {
      const {stdout} = await exec([...way.argv, '-q', sql], shared);
      return stdout.trim().split('\n', 1)[0] ?? '';
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
