// `check`: queries through each port of the proxy, and who answered them. Who that was is read from HAProxy itself, by the
// port of our end of the connection: no daemon has to know its name, and nothing is guessed from counters.
import {isIP} from 'node:net';
import type {Clock} from '../core/clock.ts';
import type {Exec} from '../core/exec.ts';
import type {Frontend} from './frontends.ts';
import type {ImpalaShell} from './impala-shell.ts';
import {describeFailure, planQueryWay, runQuery, type Credentials, type QueryWay} from './queries.ts';
import {isUp, readConnections, readServers, type RuntimeSocket, type ServerState} from './runtime-socket.ts';
import type {HaSpec} from './spec.ts';
import {renderHeadedTable} from './read-status.ts';

export interface CheckOptions {
  readonly spec: HaSpec;
  readonly frontends: readonly Frontend[];
  readonly socket: RuntimeSocket;
  readonly credentials: Credentials;
  readonly shell: ImpalaShell | undefined;
  readonly queries: number;
  readonly sql: string;
  readonly timeoutMs: number;
  readonly exec: Exec;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

interface Answer {
  /** Undefined when nobody could tell: behind a NAT, over HTTP, by an impala-shell that does not name its coordinator. */
  readonly server?: string | undefined;
  /** First value that the query gave. */
  readonly value?: string | undefined;
  readonly error?: string | undefined;
  /** From the first packet to the last row, as a client feels it. */
  readonly latencyMs: number;
}

export interface FrontendCheck {
  readonly frontend: string;
  readonly port: number;
  readonly status: 'ok' | 'failed' | 'not asked';
  readonly reason?: string;
  readonly answers: readonly Answer[];
  readonly spread: Spread;
}

type Spread =
  /** All by one server, as `balance: source` and `first` mean it. */
  'one' | 'even' | 'uneven' | 'unknown';

/** Frontends one after the other, and so are their queries: what is measured is the proxy, not the load. */
export async function runCheck(options: CheckOptions): Promise<readonly FrontendCheck[]> {
  const servers = await readServers(options.socket, options.signal);
  const checks: FrontendCheck[] = [];
  for (const frontend of options.frontends) checks.push(await checkFrontend(frontend, servers, options));
  return checks;
}

async function checkFrontend(
  frontend: Frontend,
  servers: readonly ServerState[],
  {spec, credentials, shell, queries, ...tools}: CheckOptions,
): Promise<FrontendCheck> {
  const {kind, port, backendName} = frontend;
  const way = planQueryWay(spec, frontend, credentials, shell);
  const shared = {frontend: kind, port};
  if (way.type === 'none')
    return {...shared, status: 'not asked', reason: way.reason, answers: [], spread: 'unknown'};
  const answers: Answer[] = [];
  for (let index = 0; index < queries; index++) answers.push(await ask(way, frontend, tools));
  const failed = answers.filter(({error}) => error !== undefined);
  const up = servers
    .filter((server) => server.backend === backendName && isUp(server))
    .map(({server}) => server);
  return {
    ...shared,
    status: failed.length === 0 ? 'ok' : 'failed',
    ...(failed[0]?.error === undefined ? {} : {reason: failed[0].error}),
    answers,
    spread: judgeSpread(frontend, answers, up),
  };
}

async function ask(
  way: QueryWay,
  {backendName, servers}: Frontend,
  {
    socket,
    sql,
    timeoutMs,
    exec,
    clock,
    signal,
  }: Omit<CheckOptions, 'spec' | 'credentials' | 'shell' | 'queries'>,
): Promise<Answer> {
  const startMs = clock.monotonicMs();
  const found: {server?: string | undefined; latencyMs?: number} = {};
  const elapsedMs = (): number => Math.round((clock.monotonicMs() - startMs) * 10) / 10;
  try {
    const value = await runQuery(way, sql, {
      exec,
      timeoutMs,
      signal,
      onCoordinator: (host) => {
        found.server = findServer(servers, host);
      },
      whileOpen: async (localPort) => {
        found.latencyMs = elapsedMs();
        const all = await readConnections(socket, signal);
        const own = all.filter(
          ({backend, clientPort}) => backend === backendName && clientPort === localPort,
        );
        // Two clients behind different addresses may have the same port: then nobody is named.
        if (own.length === 1 && own[0] !== undefined) found.server = own[0].server;
      },
    });
    const {server, latencyMs} = found;
    return {server, value, latencyMs: latencyMs ?? elapsedMs()};
  } catch (error) {
    signal.throwIfAborted();
    const {server} = found;
    return {server, error: describeFailure(error), latencyMs: elapsedMs()};
  }
}

/** @param host As a coordinator names itself, whole or without its domain. @returns Its name in the spec, or what it said. */
function findServer(servers: Frontend['servers'], host: string): string {
  const [first = ''] = host.toLowerCase().split('.');
  const whole = servers.filter((server) => server.host.toLowerCase() === host.toLowerCase());
  const short = servers.filter((server) => server.host.toLowerCase().split('.')[0] === first);
  const [found] = whole.length > 0 || isIP(host) !== 0 ? whole : short;
  return found !== undefined && (whole.length === 1 || short.length === 1) ? found.name : host;
}

/** @param up Servers that take clients. Pure. */
function judgeSpread(
  {isSticky, balance, servers}: Pick<Frontend, 'isSticky' | 'balance' | 'servers'>,
  answers: readonly Answer[],
  up: readonly string[],
): Spread {
  const names = answers.flatMap(({server}) => (server === undefined ? [] : [server]));
  if (names.length === 0) return 'unknown';
  if (isSticky || balance === 'first') return new Set(names).size === 1 ? 'one' : 'uneven';
  const actives = servers.filter(({name, backup}) => backup !== true && up.includes(name));
  const expected = actives.length > 0 ? actives : servers.filter(({name}) => up.includes(name));
  const whole = expected.reduce((sum, {weight = 1}) => sum + weight, 0);
  // How far each is from its share. Others use the proxy too: what is sought is a daemon that gets nothing, or nearly all.
  const gaps = expected.map(
    ({name, weight = 1}) => names.filter((each) => each === name).length - (names.length * weight) / whole,
  );
  return Math.max(...gaps) - Math.min(...gaps) <= Math.max(1, names.length / 4) ? 'even' : 'uneven';
}

/** A row for each server that answered, and one for what failed. */
export function renderCheck(checks: readonly FrontendCheck[]): string {
  const rows = checks.flatMap((check) => {
    const head = [check.frontend, String(check.port)];
    if (check.status === 'not asked')
      return [[...head, '-', '0', '', '', `not asked: ${check.reason ?? ''}`]];
    const names = [...new Set(check.answers.map(nameOf))].sort();
    return names.map((name) => {
      const own = check.answers.filter((answer) => nameOf(answer) === name);
      const times = own.map(({latencyMs}) => latencyMs).sort((one, other) => one - other);
      const values = [...new Set(own.flatMap(({value, error}) => error ?? value ?? []))];
      return [
        ...head,
        name,
        String(own.length),
        (times[Math.floor(times.length / 2)] ?? 0).toFixed(1),
        (times.at(-1) ?? 0).toFixed(1),
        values.length > 2 ? `${values.length} different answers` : values.join(', '),
      ];
    });
  });
  const table = renderHeadedTable(
    ['frontend', 'port', 'server', 'queries', 'median ms', 'max ms', 'answer'],
    rows,
  );
  return table + checks.map((check) => `${renderVerdict(check)}\n`).join('');
}

const nameOf = ({server, error}: Answer): string =>
  error === undefined ? (server ?? '(not known)') : 'failed';

function renderVerdict({frontend, status, spread, answers}: FrontendCheck): string {
  const failed = answers.filter(({error}) => error !== undefined).length;
  if (status === 'not asked') return `${frontend}: not asked`;
  const texts: Readonly<Record<Spread, string>> = {
    one: 'all by one server, as its balance means it',
    even: 'spread evenly',
    uneven: 'spread unevenly',
    unknown: 'nobody could tell who answered',
  };
  return `${frontend}: ${failed === 0 ? 'all answered' : `${failed} of ${answers.length} failed`}, ${texts[spread]}`;
}
