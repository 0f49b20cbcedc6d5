// What a worker does with a job that it cannot build. What it builds: test/e2e/fleet.test.ts
import {mkdir, readdir, utimes} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {DelayedError, UnrecoverableError, type Job} from '../../src/fleet/queue.ts';
import {createJobRunner, type RunnerTools} from '../../src/fleet/take-job.ts';
import {sweepFleetFolder} from '../../src/fleet/fleet-folder.ts';
import {systemClock} from '../../src/core/clock.ts';
import {makeFolder} from '../core/fixtures.ts';
import {makeJob, openFakeQueue} from './fakes.ts';

function makeScene(workers: readonly string[], fleet = '/nowhere') {
  const {queue, told} = openFakeQueue(workers);
  const said: string[] = [];
  const tools = {
    queue,
    report: {emit: ({line}: {readonly line: string}) => void said.push(line)},
    session: {paths: {fleet}},
    tool: {...makeJob().tool, version: '2'},
    facts: {name: 'w1', address: 'w1', identity: {host: 'h', pid: 1, startedAt: 'x'}},
    active: new Map(),
    ending: {stop: new AbortController()},
  } as unknown as RunnerTools;
  const runner = createJobRunner(tools);
  let data: unknown;
  const delayed: number[] = [];
  const take = (content: unknown) => {
    data = content;
    const job = {
      ...{id: 'job', name: 'cdh5.7.0', data},
      updateData: (now: unknown) => Promise.resolve(void (data = now)),
      moveToDelayed: (at: number) => Promise.resolve(void delayed.push(at)),
    } as unknown as Job;
    return runner.run(job, 'token', new AbortController().signal);
  };
  return {take, told, said, runner, delayed, data: () => data};
}

test('a job that cannot be read has failed at once: no worker of this version could', async () => {
  const {take, delayed, told} = makeScene(['w1', 'w2']);
  await expect(take({formatVersion: 2})).rejects.toThrow(UnrecoverableError);
  await expect(take(makeJob({buildId: '../../x'}))).rejects.toThrow(/Worker w1 cannot read the job/);
  expect(delayed).toEqual([]);
  expect(told).toEqual([]);
});

test('a worker that cannot build it says so once, and passes it on without a word when it comes again', async () => {
  const {take, told, said, data, delayed} = makeScene(['w1', 'w2']);
  await expect(take(makeJob())).rejects.toThrow(DelayedError);
  expect(told).toHaveLength(1);
  expect(said).toEqual([expect.stringContaining('Worker w1 gave cdh5.7.0 back')]);
  expect(JSON.stringify(told)).toContain('Worker w1 gave cdh5.7.0 back: it is build-spark 2');
  await expect(take(data())).rejects.toThrow(DelayedError);
  expect(told).toHaveLength(1);
  expect(delayed).toHaveLength(2);
});

test('when every worker that is connected has refused it, it has failed with their reasons', async () => {
  const {take} = makeScene(['w1', 'w2']);
  await expect(take(makeJob({}, {refused: {w2: 'too small'}}))).rejects.toThrow(
    /No worker can build it\. w2: too small; w1: it is build-spark 2/,
  );
  const alone = makeScene(['w1']); // The other one is gone since.
  await expect(alone.take(makeJob({}, {refused: {w1: 'too small'}}))).rejects.toThrow(UnrecoverableError);
});

test('only folders of jobs are forgotten, whatever is told', async () => {
  const fleet = join(await makeFolder(), 'fleet');
  const {runner} = makeScene(['w1'], fleet);
  for (const name of ['0123456789abcdef', 'other', '../kept'])
    await mkdir(join(fleet, name), {recursive: true});
  for (const name of ['0123456789abcdef', 'other', '../kept', '', '.']) await runner.forget('job', name);
  expect(await readdir(fleet)).toEqual(['other']);
  expect(await readdir(join(fleet, '..'))).toContain('kept');
});

test('dists that nobody fetched for a week go, unless a job is built there', async () => {
  const fleet = join(await makeFolder(), 'fleet');
  for (const name of ['old', 'busy', 'new']) await mkdir(join(fleet, name), {recursive: true});
  const then = new Date(Date.now() - 8 * 86_400_000);
  for (const name of ['old', 'busy']) await utimes(join(fleet, name), then, then);
  await sweepFleetFolder({paths: {fleet}, clock: systemClock}, (path) => path === join(fleet, 'busy'));
  expect((await readdir(fleet)).toSorted()).toEqual(['busy', 'new']);
});
