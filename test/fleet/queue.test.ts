// The facts of docs/adr/0026 that no test of whole processes sees.
import {expect, test} from 'vitest';
import {explainFailed} from '../../src/fleet/end-job.ts';
import {keepSeconds, keyPrefix, planTimings, streamLength} from '../../src/fleet/queue.ts';
import {judgeServer, parseInfo} from '../../src/fleet/queue-health.ts';

test('a lock lasts a minute, is renewed well before, and five dead workers do not fail a job', () => {
  expect(planTimings({})).toMatchObject({lockMs: 60_000, stalledMs: 15_000, maxStalledCount: 5});
  expect(planTimings({}).renewMs).toBeLessThanOrEqual(60_000 / 4);
});

test('all keys lie in one slot of a cluster; what is over is forgotten after a week', () => {
  expect(keyPrefix).toMatch(/^\{[\w-]+\}$/);
  expect(keepSeconds).toBe(7 * 24 * 3600);
  expect(streamLength).toBe(10_000);
});

const good = {
  redis_version: '7.0.15',
  maxmemory_policy: 'noeviction',
  aof_enabled: '1',
  maxmemory: '0',
  used_memory: '1',
};
const failing = (facts: Readonly<Record<string, string>>): readonly string[] =>
  judgeServer(facts).flatMap(({name, ok, remedy}) => (ok ? [] : [`${name}: ${remedy ?? ''}`]));

test('doctor demands of the server that it throws nothing away and keeps what it was given', () => {
  expect(failing(good)).toEqual([]);
  expect(failing({...good, maxmemory_policy: 'allkeys-lru'})).toEqual([
    expect.stringMatching(/^queue eviction: redis-cli/),
  ]);
  expect(failing({...good, aof_enabled: '0'})).toEqual([
    expect.stringMatching(/^queue durability: redis-cli/),
  ]);
  expect(failing({...good, redis_version: '5.0.7'})).toEqual([expect.stringMatching(/^queue version/)]);
  expect(failing({...good, maxmemory: '1000', used_memory: '999'})).toEqual([
    expect.stringMatching(/^queue memory/),
  ]);
});

test('INFO is read by its names', () => {
  expect(parseInfo('# Server\r\nredis_version:7.0.15\r\nexecutable:/a:b\r\n')).toEqual({
    redis_version: '7.0.15',
    executable: '/a:b',
  });
});

test('a job that killed each worker, and one that nobody could do, say so', () => {
  expect(explainFailed('job stalled more than allowable limit')).toMatchObject({kind: 'worker-lost'});
  expect(explainFailed('No worker can build it. w: too small')).toMatchObject({
    kind: 'refused',
    message: 'No worker can build it. w: too small',
  });
});
