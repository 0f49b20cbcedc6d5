import {setImmediate as turn} from 'node:timers/promises';
import {expect, test} from 'vitest';
import {findMaxMemoryMib, planJobs} from '../../src/batch/jobs.ts';
import {findRemainingMs, planOrder, runQueue} from '../../src/batch/schedule.ts';
import {HostError} from '../../src/core/errors.ts';

test('the longest first; one of which nothing is known counts as ordinary; without a history, as given', () => {
  const builds: readonly {readonly id: string; readonly expectedMs?: number}[] = [
    {id: 'a', expectedMs: 1},
    {id: 'b'},
    {id: 'c', expectedMs: 9},
    {id: 'd', expectedMs: 5},
  ];
  expect(planOrder(builds, ({expectedMs}) => expectedMs).map(({id}) => id)).toEqual(['c', 'b', 'd', 'a']);
  const unknown: typeof builds = [{id: 'x'}, {id: 'y'}];
  expect(planOrder(unknown, ({expectedMs}) => expectedMs).map(({id}) => id)).toEqual(['x', 'y']);
});

test('what remains is played through with as many machines', () => {
  const waiting = [{expectedMs: 10}, {expectedMs: 10}, {}];
  const situation = {waiting, running: [{expectedMs: 10, elapsedMs: 4}], finishedMs: []};
  expect(findRemainingMs({...situation, jobs: 1})).toBe(36);
  expect(findRemainingMs({...situation, jobs: 2})).toBe(20);
  expect(
    findRemainingMs({running: [{elapsedMs: 1}], waiting: [{}], finishedMs: [], jobs: 2}),
  ).toBeUndefined();
  expect(findRemainingMs({running: [{elapsedMs: 1}], waiting: [{}], finishedMs: [7], jobs: 1})).toBe(13);
});

test('never more than so many at once; what another run is at is put off; a signal begins nothing more', async () => {
  let [now, most] = [0, 0];
  const order: string[] = [];
  const stop = new AbortController();
  const work = async (item: string): Promise<void> => {
    most = Math.max(most, (now += 1));
    await turn();
    order.push(item);
    now -= 1;
    if (item === 'd') stop.abort();
  };
  await runQueue(['a', 'busy', 'b', 'c', 'd', 'e', 'f'], {
    jobs: 2,
    signal: stop.signal,
    tryRun: async (item) => {
      if (item === 'busy') return 'busy';
      await work(item);
      return 'done';
    },
    waitAndRun: work,
  });
  expect(most).toBe(2);
  expect(order).toEqual(expect.arrayContaining(['a', 'b', 'c', 'd']));
  expect(order).not.toContain('f');
  const later: string[] = [];
  await runQueue(['busy', 'a'], {
    jobs: 1,
    signal: new AbortController().signal,
    tryRun: async (item) => Promise.resolve(item === 'busy' ? 'busy' : (later.push(item), 'done')),
    waitAndRun: async (item) => Promise.resolve(void later.push(item)),
  });
  expect(later).toEqual(['a', 'busy']);
});

const machines = [{memoryMib: 6144}, {memoryMib: 6144}, {memoryMib: 12_288}];
const host = {machines, hostMib: 23_000, freeMib: 20_000, cores: 8};

test('machines at once: what memory, cores and disk carry, or what was asked for if it fits', () => {
  expect(planJobs(host)).toMatchObject({jobs: 2, reason: '20000 MiB of memory are free'});
  expect(planJobs({...host, cores: 2})).toMatchObject({jobs: 1, reason: '2 cores'});
  const disk = {freeBytes: 10, perMachineBytes: 8, perMachineFiles: 1, path: '/d'};
  expect(planJobs({...host, disk})).toMatchObject({jobs: 1});
  expect(planJobs({...host, wanted: 2})).toEqual({jobs: 2});
  expect(planJobs({...host, wanted: 9, machines: machines.slice(0, 2)})).toEqual({jobs: 2});
  expect(() => planJobs({...host, wanted: 3})).toThrow(HostError);
  expect(() => planJobs({...host, wanted: 3})).toThrow(
    '3 machines at once need 24576 MiB of memory, and this host has 23000 MiB for them: 2 fit.',
  );
  expect(() => planJobs({...host, wanted: 2, disk})).toThrow(/on the disk of \/d/);
  const files = {freeBytes: 100, perMachineBytes: 8, freeFiles: 199, perMachineFiles: 100, path: '/d'};
  expect(planJobs({...host, disk: files})).toMatchObject({
    jobs: 1,
    reason: expect.stringContaining('inodes'),
  });
  expect(() => planJobs({...host, wanted: 2, disk: files})).toThrow(/takes only 199 more \(inodes\): 1 fits/);
  expect(findMaxMemoryMib(host, 2)).toBe(23_000 - 12_288);
});
