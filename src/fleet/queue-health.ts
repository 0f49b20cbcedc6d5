// What a queue's server must be like, so that no job is lost: asked of it, changed by nobody.
import type {Terminal} from '../core/terminal.ts';
import {UsageError} from '../core/errors.ts';
import {createExec} from '../core/exec.ts';
import {fail, pass, type Check} from '../host/host-check.ts';
import {openRedis, parseQueueAddress} from './queue-address.ts';

/** By name, as Redis' INFO gives it. */
type ServerFacts = Readonly<Record<string, string>>;

export function parseInfo(text: string): ServerFacts {
  const pairs = text.split(/\r?\n/).flatMap((line): readonly (readonly [string, string])[] => {
    const at = line.indexOf(':');
    return at > 0 && !line.startsWith('#') ? [[line.slice(0, at), line.slice(at + 1)]] : [];
  });
  return Object.fromEntries(pairs);
}

const gib = 1024 ** 3;
/** 10,000 jobs and what was told of them took 115 MiB at most: bench/queue.mjs, docs/fleet.md */
const leastBytes = gib / 8;

/** Pure. */
export function judgeServer(facts: ServerFacts): readonly Check[] {
  const {redis_version: version = '0', maxmemory_policy: policy = '?', aof_enabled: aof = '?'} = facts;
  const [maxBytes, usedBytes] = [Number(facts.maxmemory ?? '0'), Number(facts.used_memory ?? '0')];
  const major = Number(version.split('.')[0]);
  const room = maxBytes === 0 ? Infinity : maxBytes - usedBytes;
  return [
    check(
      'queue version',
      major >= 6,
      `Redis ${version}`,
      'is too old: 6.2 or newer is needed',
      'Update it: apt install redis-server',
    ),
    check(
      'queue eviction',
      policy === 'noeviction',
      `maxmemory-policy ${policy}`,
      'lets Redis throw jobs away when its memory is full',
      'redis-cli config set maxmemory-policy noeviction, and the same in redis.conf',
    ),
    check(
      'queue durability',
      aof === '1',
      `appendonly ${aof === '1' ? 'yes' : 'no'}`,
      'loses what came in since the last snapshot when Redis ends',
      'redis-cli config set appendonly yes, and the same in redis.conf',
    ),
    check(
      'queue memory',
      room > leastBytes,
      `${(usedBytes / 1024 ** 2).toFixed(0)} MiB used${maxBytes === 0 ? ', no limit' : ` of ${(maxBytes / 1024 ** 2).toFixed(0)} MiB`}`,
      'leaves less than 128 MiB',
      'Raise maxmemory in redis.conf',
    ),
  ];
}

function check(name: string, isOk: boolean, fact: string, fault: string, remedy: string): Check {
  return isOk ? pass(name, `${fact}.`) : fail(name, `${fact} ${fault}.`, remedy);
}

/** @throws HostError when it does not answer. */
export async function diagnoseQueue(
  terminal: Terminal,
  url: string,
  typed: ReadonlySet<string>,
): Promise<{readonly ok: boolean; readonly checks: readonly Check[]}> {
  const address = parseQueueAddress(url, typed.has('queue'));
  if (address.kind !== 'redis')
    throw new UsageError(
      `doctor looks at queues in Redis, and ${address.name} is one in Postgres.`,
      'Whether it answers, this tells: build-spark queue ls --queue <url>',
    );
  const redis = await openRedis(address);
  try {
    const checks = [...judgeServer(parseInfo(await redis.info())), await checkRsync(terminal)];
    return {ok: checks.every(({ok}) => ok), checks};
  } finally {
    redis.disconnect();
  }
}

async function checkRsync({env}: Terminal): Promise<Check> {
  const found = await createExec(env)(['rsync', '--version'], {allow: 'any'}).catch(() => undefined);
  return check(
    'rsync',
    found?.exitCode === 0,
    'rsync',
    'is not on this host, and dists are fetched with it',
    'apt install rsync openssh-client',
  );
}
