// Where a queue is, as `--queue` names it. The only door to ioredis. Knows no job.
import {Redis, type RedisOptions} from 'ioredis';
import {describeError, HostError, UsageError} from '../core/errors.ts';
import {findUrlSecrets} from '../core/redact.ts';

export type {Redis};

export interface QueueAddress {
  readonly kind: 'redis' | 'postgres';
  /** Safe to print. */
  readonly name: string;
  /** With the password that it may hold: for the connection alone. */
  readonly url: string;
}

const hint =
  'Name it like this: redis://host:6379, rediss://host:6380 (TLS), redis+sentinel://host1:26379,host2:26379/name or postgres://host/database';
const variable = 'BUILD_SPARK_QUEUE';

/**
 * @param isTyped Whether it stands on the command line, which every user of this host can read.
 * @throws UsageError, in whose text nothing of a password is.
 */
export function parseQueueAddress(text: string, isTyped: boolean): QueueAddress {
  const [, scheme = '', rest = ''] = /^([a-z+]+):\/\/(.+)$/s.exec(text) ?? [];
  const isPostgres = /^postgres(ql)?$/.test(scheme);
  if (!isPostgres && !/^redis(s|\+sentinel|s\+sentinel)?$/.test(scheme))
    throw new UsageError('--queue names no queue.', hint);
  const parts = splitPlace(rest);
  if (isTyped && (rest.includes('@') || findUrlSecrets(text).length > 0))
    throw new UsageError(
      'The password or user in --queue can be read by every user of this host, in `ps`.',
      `Leave --queue out, and set the variable ${variable}, or \`queue:\` in config.yaml, which only you can read.`,
    );
  if (!isReadable(scheme, parts))
    throw new UsageError(
      '--queue names no queue: its host, port, password or name cannot be read.',
      `${hint}. In a user or password, write /, ?, #, @, % and : percent-encoded: / as %2F, @ as %40`,
    );
  const name = `${scheme}://${parts.hosts}${parts.path.replace(/[?#].*$/s, '')}`;
  return {kind: isPostgres ? 'postgres' : 'redis', name, url: text};
}

interface PlaceParts {
  /** With its @. */
  readonly login: string;
  readonly hosts: string;
  /** With what follows it. */
  readonly path: string;
}

function isReadable(scheme: string, {login, hosts, path}: PlaceParts): boolean {
  // What is left of a password in which a / was not encoded has the @ before the host.
  if (path.includes('@') || !isDecodable(login)) return false;
  const isSentinel = scheme.endsWith('+sentinel');
  const each = isSentinel ? hosts.split(',') : [hosts];
  if (!each.every((host) => URL.canParse(`redis://${login}${host}`))) return false;
  if (isSentinel) return /^\/[^/?#]+(?:\/\d+)?$/.test(path);
  return scheme.startsWith('postgres') ? URL.canParse(`redis://host${path}`) : /^\/?\d*$/.test(path);
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== '' || text === '';
  } catch {
    return false;
  }
}

function splitPlace(rest: string): PlaceParts {
  const end = rest.search(/[/?#]/);
  const [authority, path] = end === -1 ? [rest, ''] : [rest.slice(0, end), rest.slice(end)];
  const at = authority.lastIndexOf('@') + 1;
  return {login: authority.slice(0, at), hosts: authority.slice(at), path};
}

/** Connected once, so that a queue that is not there is said at once; from then on it connects again by itself. */
export async function openRedis(address: QueueAddress): Promise<Redis> {
  const options = planRedisOptions(address.url);
  const probe = new Redis({
    ...options,
    lazyConnect: true,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
  });
  let said: unknown;
  probe.on('error', (error: unknown) => (said ??= error));
  try {
    await probe.connect();
    await probe.ping();
  } catch (error) {
    throw explain(address, said ?? error);
  } finally {
    probe.disconnect();
  }
  return new Redis(options);
}

function explain({name}: QueueAddress, error: unknown): HostError {
  const why = describeError(error);
  return new HostError(`The queue ${name} cannot be used: ${why}`, planRemedy(why), {cause: error});
}

/** Pure. */
export function planRemedy(why: string): string {
  if (/NOAUTH|WRONGPASS|NOPERM/.test(why))
    return `Give user and password in the variable ${variable}: ${variable}=redis://USER:PASSWORD@<host>; without a user the colon stays`;
  if (/certificate|altnames/.test(why))
    return 'Name the file of the CA that signed it, in PEM: NODE_EXTRA_CA_CERTS=<file>';
  return 'See whether Redis runs there and may be reached from here: redis-cli -u <url> ping';
}

type Options = RedisOptions & {replyMapping: 'legacy'};

/** Commands wait while the server is away; how long is the caller's to say. */
function planRedisOptions(url: string): Options {
  const common: Options = {
    replyMapping: 'legacy', // What BullMQ reads.
    maxRetriesPerRequest: null,
    connectTimeout: 10_000,
    keepAlive: 10_000,
    // A peer that was cut off gives no event: what got no answer for so long is asked again on a new connection. No
    // command of BullMQ's blocks for longer than ten seconds.
    socketTimeout: 30_000,
    retryStrategy: (times) => Math.min(times * 200, 2_000),
  };
  const [, tls, login, hosts = '', group, db] =
    /^redis(s)?\+sentinel:\/\/(?:([^@/]*)@)?([^/]+)\/([^/?]+)(?:\/(\d+))?/i.exec(url) ?? [];
  if (group !== undefined) {
    const [username, password] = readLogin(login);
    const sentinels = hosts.split(',').map((each) => {
      const [host = '', port = '26379'] = each.split(':');
      return {host, port: Number(port)};
    });
    return {
      ...common,
      ...{sentinels, name: group, db: Number(db ?? 0)},
      ...(username === undefined ? {} : {username}),
      ...(password === undefined ? {} : {password}),
      ...(tls === undefined ? {} : {tls: {}}),
    };
  }
  const at = new URL(url);
  const [username, password] = readLogin(`${at.username}:${at.password}`);
  return {
    ...common,
    host: at.hostname.replace(/^\[|\]$/g, ''),
    port: Number(at.port || '6379'),
    db: Number(at.pathname.slice(1) || '0'),
    ...(username === undefined ? {} : {username}),
    ...(password === undefined ? {} : {password}),
    ...(at.protocol === 'rediss:' ? {tls: {}} : {}),
  };
}

function readLogin(login: string | undefined): readonly (string | undefined)[] {
  const at = login?.indexOf(':') ?? -1;
  const parts =
    login === undefined || at === -1 ? ['', login ?? ''] : [login.slice(0, at), login.slice(at + 1)];
  return parts.map((part) => (part === '' ? undefined : decodeURIComponent(part)));
}
