// What the Thriftserver will do on a node: where it will listen, in which mode, and as whom. Asked of the very code that
// starts it there, data/node/server.sh; parsed here. Decides nothing.
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {projectRoot} from '../core/paths.ts';
import type {RemoteHost} from '../remote/remote-host.ts';
import type {SparkPlace} from '../distribution/spark-place.ts';
import {findOwnSettings, type InstallRequest} from './node-settings.ts';

const keytabStates = ['absent', 'unreadable', 'invalid'] as const;

export interface ServerFacts {
  /** hive.server2.transport.mode. */
  readonly mode: 'binary' | 'http';
  readonly port: number;
  /** What names that port, when it is not `--port`. */
  readonly portFrom?: string | undefined;
  /** What it listens on, when something else than this tool decides about it. */
  readonly host?: string | undefined;
  /** hive.server2.thrift.http.path, without slashes. */
  readonly httpPath: string;
  readonly usesSsl: boolean;
  /** hive.server2.authentication, in capitals: `NONE`, `KERBEROS`. */
  readonly authentication: string;
  /** hadoop.security.authentication is kerberos: Spark's server logs in to the cluster, whoever its clients are. */
  readonly isSecure?: boolean | undefined;
  /** hive.server2.authentication.kerberos.principal, of the node's own settings; may have `_HOST`. */
  readonly principal?: string | undefined;
  /** `--keytab`, else the one of the node's settings when it names a whole path. */
  readonly keytab?: string | undefined;
  /** What is wrong with it for the user. */
  readonly keytabState?: (typeof keytabStates)[number] | undefined;
  /** Whose keys are in it; none when the node cannot tell. */
  readonly keytabPrincipals: readonly string[];
  /** Who listens on the port now: a server of this dist, or another program. */
  readonly listener?: 'ours' | 'other' | undefined;
}

/** @param text What tell_server of server.sh prints. */
function parseServer(text: string, port: number): ServerFacts {
  const lines = text.split('\n').map((line) => line.split('\t'));
  const one = (key: string): string | undefined => lines.find(([name]) => name === key)?.[1];
  const listener = one('listener');
  return {
    mode: one('mode') === 'http' ? 'http' : 'binary',
    port: Number(one('port') ?? port),
    portFrom: one('portFrom'),
    host: one('host'),
    httpPath: (one('httpPath') ?? 'cliservice').replaceAll(/^\/+|\/+$/g, ''),
    usesSsl: one('ssl')?.toLowerCase() === 'true',
    authentication: (one('authentication') ?? 'NONE').toUpperCase(),
    isSecure: one('security')?.toLowerCase() === 'kerberos',
    principal: one('principal'),
    keytab: one('keytab'),
    keytabState: keytabStates.find((state) => state === one('keytabState')),
    keytabPrincipals: lines.flatMap(([name, value]) =>
      name === 'keytabPrincipal' && value !== undefined ? [value] : [],
    ),
    listener: listener === 'ours' || listener === 'other' ? listener : undefined,
  };
}

export async function readServerFacts(
  host: RemoteHost,
  request: InstallRequest,
  {conf}: SparkPlace,
  hiveSite: string | undefined,
  signal: AbortSignal,
): Promise<ServerFacts> {
  const {name, port, bindHost = '', user, paths, keytab = '', layout} = request;
  // The recipe's start command is Spark's own script, which knows nothing of them.
  const own = layout === 'overlay' ? `${findOwnSettings(request)}.sh` : '';
  const script = await readFile(join(projectRoot, 'data/node/server.sh'), 'utf8');
  const {stdout} = await host.run(
    [
      ...['bash', '--norc', '-s', '--'],
      ...[hiveSite ?? '', `${conf}/spark-env.sh`, own],
      ...[String(port), bindHost, user, `${paths.run}/build-spark-${name}`, keytab],
    ],
    {asRoot: true, input: `${script}\ntell_server "$@"\n`, signal, timeoutMs: 60_000},
  );
  return parseServer(stdout, port);
}
