// Going on with a run, as `queue attach` does, from what the queue remembers of it.
import {mkdir, readdir, rename} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {systemClock} from '../../src/core/clock.ts';
import {exitCodes} from '../../src/core/errors.ts';
import type {Report} from '../../src/batch/report.ts';
import type {Session} from '../../src/batch/session.ts';
import type {EventBody} from '../../src/core/events.ts';
import {planPaths} from '../../src/core/paths.ts';
import {writeManifest} from '../../src/distribution/manifest.ts';
import {followRun} from '../../src/fleet/follow-run.ts';
import {keepOwnRun, readOwnRun} from '../../src/fleet/own-run.ts';
import {findRun, retry} from '../../src/fleet/queue-actions.ts';
import type {RunRecord} from '../../src/fleet/records.ts';
import {libFacts, makeFolder, writeLibDist} from '../distribution/fake-dist.ts';
import {exec, makeJob, makeRecord, makeResult, openFakeQueue} from './fakes.ts';

const id = 'dist-cdh5.7.0-0123456789abcdef';

async function makeScene(more: Partial<RunRecord> = {}) {
  const folder = await makeFolder();
  const output = join(folder, 'out');
  await mkdir(output);
  const paths = planPaths({XDG_STATE_HOME: join(folder, 'state')}, folder);
  await mkdir(paths.locks, {recursive: true});
  const fake = openFakeQueue();
  const record = makeRecord(output, id, more);
  await keepOwnRun(paths, {record, jobs: new Map([[id, makeJob()]])}, systemClock.now());
  fake.runs.put('run-1', record);
  const {signal} = new AbortController();
  const session = {exec, paths, clock: systemClock, signal, terminal: {signal}} as unknown as Session;
  const attach = async () => {
    const events: EventBody[] = [];
    const report = {runId: 'run-1', emit: (event: EventBody) => void events.push(event)} as unknown as Report;
    const followed = await readOwnRun(paths, await findRun(fake.queue, 'run-1'));
    const {exitCode} = await followRun(fake.queue, followed, {session, report});
    const ends = events.flatMap((event) =>
      event.type === 'build.finished' ? [`${event.status} ${event.failure?.kind ?? ''}`.trim()] : [],
    );
    return {exitCode, ends};
  };
  return {...fake, folder, output, paths, attach};
}

test('a dist that could not be fetched is fetched by the next attach', async () => {
  const {attach, folder, jobs, runs, output} = await makeScene();
  const returnvalue = await makeResult(join(folder, 'worker'), id, makeJob());
  jobs.put(id, makeJob(), {state: 'completed', returnvalue});
  const {dist = ''} = returnvalue.builds[0]!;
  const off = join(folder, 'off');
  await writeLibDist(off);
  await writeManifest(off, libFacts);
  expect(await attach()).toEqual({exitCode: exitCodes.host, ends: ['failed delivery']});
  await mkdir(join(dist, '..'), {recursive: true});
  await rename(off, dist);
  expect(await attach()).toEqual({exitCode: exitCodes.done, ends: ['built']});
  expect(await readdir(output)).toEqual(['dist-cdh5.7.0']);
  expect([runs.entries.size, jobs.entries.size]).toEqual([0, 0]);
});

test('builds whose jobs are gone have failed', async () => {
  const {attach} = await makeScene();
  expect(await attach()).toEqual({exitCode: exitCodes.failed, ends: ['failed removed']});
});

test('a run of which a build had failed ends so again', async () => {
  const {attach} = await makeScene({ended: ['cdh5.7.0'], exitCodes: {'cdh5.7.0': exitCodes.leaked}});
  expect(await attach()).toEqual({exitCode: exitCodes.leaked, ends: []});
});

test('what is tried again has not ended', async () => {
  const {queue, jobs, runs} = await makeScene({
    ended: ['cdh5.7.0'],
    exitCodes: {'cdh5.7.0': exitCodes.failed},
  });
  jobs.put(id, makeJob({}, {refused: {w1: 'too small'}}), {
    state: 'failed',
    failedReason: 'No worker can build it.',
  });
  expect(await retry(queue, 'run-1')).toEqual(['cdh5.7.0']);
  expect(jobs.entries.get(id)).toMatchObject({state: 'waiting', data: makeJob()});
  expect(runs.entries.get('run-1')?.data).toMatchObject({ended: [], exitCodes: {}});
});

test('of the record in the queue only how far the run is counts: not where dists go, nor which key signs them', async () => {
  const {paths, output, queue, runs} = await makeScene();
  const builds = [{buildId: 'cdh5.7.0', jobId: id, sign: '/root/key'}];
  runs.put('run-1', makeRecord('/etc', id, {builds, ended: ['cdh5.7.0'], lastEventId: '7-0'}));
  const {record, jobs} = await readOwnRun(paths, await findRun(queue, 'run-1'));
  expect(record).toEqual(makeRecord(output, id, {ended: ['cdh5.7.0'], lastEventId: '7-0'}));
  expect(jobs.get(id)).toEqual(makeJob());
});

test.each(['run-2', '../run-1', ''])(
  'a run that was not begun here is not gone on with: "%s"',
  async (runId) => {
    const {paths, output} = await makeScene();
    await expect(readOwnRun(paths, {...makeRecord(output, id), runId})).rejects.toThrow(
      /was not begun here by this user/,
    );
  },
);

test('what is kept of a run goes when it is over, or when the queue has forgotten its jobs', async () => {
  const {paths, attach, output} = await makeScene();
  await attach();
  expect(await readdir(paths.fleet)).toEqual([]);
  const keep = (runId: string, days: number) =>
    keepOwnRun(
      paths,
      {record: {...makeRecord(output, id), runId}, jobs: new Map()},
      new Date(Date.now() + days * 86_400_000),
    );
  await keep('run-2', 0);
  await keep('run-3', 1);
  expect((await readdir(paths.fleet)).toSorted()).toEqual(['run-run-2.json', 'run-run-3.json']);
  await keep('run-4', 8);
  expect(await readdir(paths.fleet)).toEqual(['run-run-4.json']);
});
