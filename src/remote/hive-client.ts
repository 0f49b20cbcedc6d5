// The only door to hive-driver: one HiveServer2 session, and queries in it. Knows nothing of HAProxy.
// The driver's promises never settle when the other side dies (1.0.0, measured): every wait here has a way out.
import hive from 'hive-driver';
import {constants} from 'node:crypto';
import type {Socket} from 'node:net';
import {asError} from '../core/errors.ts';
import {planTlsName} from '../core/tls-name.ts';

/** Generated code, which the driver's own typing calls `any`. */
const {TCLIService, TCLIService_types: types} = hive.thrift as unknown as {
  readonly TCLIService: object;
  readonly TCLIService_types: ConstructorParameters<typeof hive.HiveUtils>[0];
};
const {HIVE_CLI_SERVICE_PROTOCOL_V6: protocol} = types.TProtocolVersion as Readonly<Record<string, number>>;

export interface HiveTarget {
  readonly host: string;
  readonly port: number;
  /** The path of HiveServer2 over HTTP; without it: binary. */
  readonly httpPath?: string | undefined;
  /** `plain`: SASL PLAIN, or basic authentication over HTTP. */
  readonly login:
    {readonly type: 'nosasl'} | {readonly type: 'plain'; readonly user: string; readonly password: string};
  /** TLS; the server's certificate must be of one of these CAs (PEM), or of those that Node knows. */
  readonly tls?: {readonly ca?: string};
}

export interface HiveLimits {
  /** For connecting and opening the session, and again for each query. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HiveSession {
  /** Our end of the connection, as the proxy sees it unless there is a NAT. Unknown over HTTP. */
  readonly localPort?: number | undefined;
  /** @returns Rows, each a list of its values as text. Throws HiveError; the session is then of no more use. */
  query(sql: string): Promise<readonly (readonly string[])[]>;
  /** Starts a statement, and cancels it once `when` has settled. */
  cancel(sql: string, when: Promise<unknown>): Promise<void>;
  /** Closes the session if the server still answers, and the connection anyway. Never throws. */
  close(): Promise<void>;
}

export type HiveFailure =
  /** Nobody took the connection. */
  | 'refused'
  /** The connection ended before the answer. */
  | 'cut'
  | 'timeout'
  /** The server answered that it does not want to. */
  | 'refusal';

export class HiveError extends Error {
  constructor(
    readonly failure: HiveFailure,
    message: string,
  ) {
    super(message);
    this.name = 'HiveError';
  }
}

/** Closing is a courtesy to the server; nobody waits for it longer. */
const closeTimeoutMs = 2_000;

export async function openHiveSession(target: HiveTarget, limits: HiveLimits): Promise<HiveSession> {
  limits.signal?.throwIfAborted();
  const client = new hive.HiveClient(TCLIService, types);
  const line = watchLine(limits);
  client.on('error', line.break);
  client.on('close', () => line.break(new HiveError('cut', 'The connection was closed.')));
  try {
    const session = await line.during(async () => {
      await client.connect(describe(target), chooseConnection(target), watchLogin(target, line));
      return client.openSession({client_protocol: protocol ?? 5});
    });
    const {localPort} = line.socket() ?? {};
    return {
      localPort,
      query: (sql) => line.during(() => fetchRows(session, sql)),
      cancel: (sql, when) =>
        line.during(async () => {
          const operation = await session.executeStatement(sql, {runAsync: true});
          await when;
          await operation.cancel();
        }),
      close: async () => {
        await line.during(() => session.close(), closeTimeoutMs).catch(() => undefined);
        line.release();
      },
    };
  } catch (error) {
    line.release();
    throw error;
  }
}

type DriverSession = Awaited<ReturnType<InstanceType<typeof hive.HiveClient>['openSession']>>;

async function fetchRows(session: DriverSession, sql: string): Promise<readonly (readonly string[])[]> {
  const utils = new hive.HiveUtils(types);
  // Asynchronous: a synchronous statement of Thriftserver blocks the connection, and Impala has no other way.
  const operation = await session.executeStatement(sql, {runAsync: true});
  // Called after each look, also the last one; without a pause the driver would ask without end.
  await utils.waitUntilReady(operation, false, async () => {
    if (!operation.finished()) await new Promise((resolve) => setTimeout(resolve, 20));
  });
  await utils.fetchAll(operation);
  const rows: unknown = utils.getResult(operation).getValue();
  await operation.close();
  return Array.isArray(rows)
    ? rows.map((row: unknown) => Object.values(row as Record<string, unknown>).map(String))
    : [];
}

function describe({host, port, httpPath, tls}: HiveTarget) {
  const security = {
    ...(tls?.ca === undefined ? {} : {ca: tls.ca}),
    rejectUnauthorized: true,
    ...planTlsName(host),
    secureOptions: constants.SSL_OP_NO_SSLv2 | constants.SSL_OP_NO_SSLv3,
  };
  if (httpPath !== undefined) {
    const https = tls === undefined ? {} : {https: true, nodeOptions: security};
    return {host, port, options: {path: httpPath, ...https}};
  }
  return {host, port, options: tls === undefined ? {} : {ssl: true, ...security}};
}

const chooseConnection = ({httpPath}: HiveTarget) =>
  httpPath === undefined ? new hive.connections.TcpConnection() : new hive.connections.HttpConnection();

type Login = NonNullable<Parameters<InstanceType<typeof hive.HiveClient>['connect']>[2]>;

/** The socket is made while logging in, and only there it can be had in time to see it break. */
function watchLogin({login, httpPath}: HiveTarget, line: Line): Login {
  const how = (): Login => {
    if (httpPath !== undefined) {
      const {user, password} = login.type === 'plain' ? login : {user: 'anonymous', password: ''};
      return new hive.auth.PlainHttpAuthentication({username: user, password});
    }
    return login.type === 'nosasl'
      ? new hive.auth.NoSaslAuthentication()
      : new hive.auth.PlainTcpAuthentication({
          username: login.user,
          password: login.password,
        });
  };
  const chosen = how();
  return {
    authenticate: (transport) => {
      const done = chosen.authenticate(transport);
      if (httpPath === undefined) line.watch(transport.getTransport() as Socket);
      return done;
    },
  };
}

interface Line {
  /** Runs a call of the driver; rejects also when the line breaks, the time is over, or the caller gives up. */
  during<T>(work: () => Promise<T>, timeoutMs?: number): Promise<T>;
  readonly break: (error: unknown) => void;
  watch(socket: Socket): void;
  socket(): Socket | undefined;
  release(): void;
}

function watchLine({timeoutMs, signal}: HiveLimits): Line {
  const broken = new AbortController();
  let watched: Socket | undefined;
  const breakLine = (error: unknown): void => {
    if (!broken.signal.aborted) broken.abort(explain(error));
    watched?.destroy();
  };
  const giveUp = (): void => breakLine(signal?.reason);
  signal?.addEventListener('abort', giveUp, {once: true});
  return {
    during: (work, limitMs = timeoutMs) =>
      new Promise((resolve, reject) => {
        const onBreak = (): void => finish(() => reject(asError(broken.signal.reason)));
        const timer = setTimeout(
          () => breakLine(new HiveError('timeout', `No answer within ${limitMs / 1_000} s.`)),
          limitMs,
        );
        const finish = (settle: () => void): void => {
          clearTimeout(timer);
          broken.signal.removeEventListener('abort', onBreak);
          settle();
        };
        broken.signal.addEventListener('abort', onBreak, {once: true});
        if (broken.signal.aborted) {
          onBreak();
          return;
        }
        work().then(
          (value) => finish(() => resolve(value)),
          (error: unknown) => finish(() => reject(explain(error))),
        );
      }),
    break: breakLine,
    watch: (socket) => {
      watched = socket;
      socket.on('error', breakLine);
      socket.on('close', () =>
        breakLine(new HiveError('cut', 'The connection was closed before the answer.')),
      );
    },
    socket: () => watched,
    release: () => {
      signal?.removeEventListener('abort', giveUp);
      if (!broken.signal.aborted) broken.abort(new HiveError('cut', 'The session is closed.'));
      watched?.destroy();
    },
  };
}

const refusedCodes = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
]);

/** @param error The driver's StatusError is not an Error, although its types say so. */
function explain(error: unknown): Error {
  if (error instanceof HiveError || (error instanceof Error && error.name === 'AbortError')) return error;
  const {code, message, response} = error as {
    readonly code?: unknown;
    readonly message?: unknown;
    readonly response?: {readonly errorMessage?: unknown};
  };
  // Of a statement that was taken and failed later only the response says why.
  const text =
    [response?.errorMessage, message].find((each) => typeof each === 'string' && each !== '') ?? error;
  if (typeof code === 'string' && refusedCodes.has(code)) return new HiveError('refused', String(text));
  if (typeof code === 'string' && /^E[A-Z]+$/.test(code)) return new HiveError('cut', String(text));
  if (error instanceof Error && 'exitCode' in error) return error; // what the operator's signal carries
  return new HiveError('refusal', String(text).split('\n', 1)[0] ?? '');
}
