// What a coordinator does when a job of its run has ended: the dist is one of this host's, and so is its worker.
import {mkdir, readdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {systemClock} from '../../src/core/clock.ts';
import {asError, exitCodes, InterruptedError} from '../../src/core/errors.ts';
import type {EventBody} from '../../src/core/events.ts';
import {planPaths} from '../../src/core/paths.ts';
import {writeManifest} from '../../src/distribution/manifest.ts';
import {endJob, type JobEnd} from '../../src/fleet/end-job.ts';
import {renderJobFolder} from '../../src/fleet/job.ts';
import {createRunKeeper} from '../../src/fleet/run-keeper.ts';
import {createProgress} from '../../src/fleet/run-progress.ts';
import type {Session} from '../../src/batch/session.ts';
import type {RunRecord} from '../../src/fleet/records.ts';
import {libFacts, makeFolder, writeLibDist} from '../distribution/fake-dist.ts';
import {exec, makeJob, makeRecord, makeResult, openFakeQueue} from './fakes.ts';

const id = 'dist-cdh5.7.0-0123456789abcdef';

/** A job that its worker has built, and the run that asked for it. */
async function makeScene(more: Partial<RunRecord> = {}) {
  const folder = await makeFolder();
  const output = join(folder, 'out');
  await mkdir(output);
  const data = makeJob();
  const result = await makeResult(join(folder, 'worker'), id, data);
  const {dist = '', log} = result.builds[0]!;
  await writeLibDist(dist);
  await writeManifest(dist, libFacts);
  await mkdir(log, {recursive: true});
  const fake = openFakeQueue();
  const record = makeRecord(output, id, more);
  const addedAt = new Date('2026-11-22T20:00:00Z');
  fake.jobs.put(id, data, {state: 'completed', returnvalue: result, timestamp: addedAt.getTime()});
  fake.runs.put(record.runId, record);
  const stop = new AbortController();
  const paths = planPaths({XDG_STATE_HOME: join(folder, 'state')}, folder);
  await mkdir(paths.locks, {recursive: true});
  const session = {
    ...{exec, paths, clock: systemClock, signal: stop.signal},
    terminal: {signal: stop.signal},
  } as unknown as Session;
  const events: EventBody[] = [];
  const report = {emit: (event: EventBody) => void events.push(event)};
  const keeper = createRunKeeper(fake.queue, record);
  const end = async (how: JobEnd = {type: 'completed', result, addedAt}) => {
    const tools = {
      record,
      keeper,
      session,
      report,
      queue: fake.queue,
      progress: createProgress(report, record),
    };
    try {
      return await endJob({id, data, end: how}, tools);
    } finally {
      await keeper.close({isOver: false});
    }
  };
  const saved = (): RunRecord => fake.runs.entries.get(record.runId)?.data as RunRecord;
  return {...fake, ...{folder, output, data, result, dist, log, addedAt, paths, events, end, saved, stop}};
}

test('a dist that was placed is no longer in the queue, and its worker is told which folder may go', async () => {
  const {end, output, jobs, told, data, saved} = await makeScene();
  expect(await end()).toEqual([]);
  expect(await readdir(output)).toEqual(['dist-cdh5.7.0']);
  expect(jobs.entries.has(id)).toBe(false);
  expect(told).toEqual([['collected', {job: id, folder: renderJobFolder(id, data)}]]);
  expect(saved().ended).toEqual(['cdh5.7.0']);
});

test('a job that another run waits for too stays until that one has its dist', async () => {
  const {end, jobs, told, runs, output} = await makeScene();
  runs.put('run-2', makeRecord(output, id, {runId: 'run-2'}));
  expect(await end()).toEqual([]);
  expect(jobs.entries.has(id)).toBe(true);
  expect(told).toEqual([]);
});

test('a job that was asked for anew meanwhile stays', async () => {
  const {end, jobs, data} = await makeScene();
  jobs.put(id, data, {timestamp: Date.parse('2026-11-22T21:00:00Z')});
  await end();
  expect(jobs.entries.has(id)).toBe(true);
});

test('a dist that cannot be fetched has failed for now, and is left to whoever goes on with the run', async () => {
  const {end, dist, jobs, saved, events, output} = await makeScene();
  await rm(dist, {recursive: true});
  expect(await end()).toEqual([exitCodes.host]);
  expect(events).toContainEqual(
    expect.objectContaining({
      type: 'build.finished',
      status: 'failed',
      failure: expect.objectContaining({kind: 'delivery'}),
    }),
  );
  expect(saved()).toMatchObject({ended: [], exitCodes: {}});
  expect(jobs.entries.has(id)).toBe(true);
  expect(await readdir(output)).toEqual([]);
});

test('Ctrl-C in the middle of a fetch ends no build', async () => {
  const {end, stop, saved, events, jobs} = await makeScene();
  stop.abort(new InterruptedError('SIGINT'));
  await expect(end()).rejects.toThrow();
  expect(saved().ended).toEqual([]);
  expect(events.filter(({type}) => type === 'build.finished')).toEqual([]);
  expect(jobs.entries.has(id)).toBe(true);
});

test.each<[string, JobEnd, number, string]>([
  ['gone', {type: 'gone'}, exitCodes.failed, 'removed'],
  ['failed', {type: 'failed', reason: 'out of memory'}, exitCodes.failed, 'worker'],
  ['cancelled', {type: 'cancelled', by: 'by me'}, exitCodes.failed, 'interrupted'],
])(
  'a build whose job is %s has failed, and whoever goes on with the run ends so too',
  async (_, how, code, kind) => {
    const {end, saved, events} = await makeScene();
    expect(await end(how)).toEqual([code]);
    expect(saved()).toMatchObject({ended: ['cdh5.7.0'], exitCodes: {'cdh5.7.0': code}});
    expect(events).toContainEqual(expect.objectContaining({failure: expect.objectContaining({kind})}));
  },
);

test('a job that is gone since another coordinator has its dists is up to date', async () => {
  const {end, output, events} = await makeScene();
  await writeLibDist(join(output, 'dist-cdh5.7.0'));
  await writeManifest(join(output, 'dist-cdh5.7.0'), libFacts);
  expect(await end({type: 'gone'})).toEqual([]);
  expect(events).toContainEqual(expect.objectContaining({type: 'build.finished', status: 'up-to-date'}));
});

test.each([
  ['whose dependencies', {dependencies: 'cloudera'} as const, 'compiled against dependencies "cloudera"'],
  ['arguments', {arguments: ['--tgz', ...libFacts.arguments]}, 'with the argument --tgz'],
  ['patches', {patches: []}, 'without the patch paho'],
])('a dist with other %s than asked for is not placed', async (_, more, message) => {
  const {end, dist, output, events} = await makeScene();
  await rm(dist, {recursive: true});
  await writeLibDist(dist);
  await writeManifest(dist, {...libFacts, ...more});
  expect(await end()).toEqual([exitCodes.host]);
  const failure: unknown = events.flatMap((event) =>
    event.type === 'build.finished' ? [event.failure?.message] : [],
  )[0];
  expect(failure).toContain(message);
  expect(await readdir(output)).toEqual([]);
});

test('a result that names a folder of another kind is not fetched', async () => {
  const {end, result, folder, addedAt, events, output} = await makeScene();
  const builds = [{...result.builds[0]!, dist: join(folder, 'secrets')}];
  expect(await end({type: 'completed', result: {...result, builds}, addedAt})).toEqual([exitCodes.host]);
  expect(JSON.stringify(events)).toContain('is not where a worker has its dists');
  expect(await readdir(output)).toEqual([]);
});

test('of a build’s logs two files come, and nothing else that lies there', async () => {
  const {end, log, paths} = await makeScene();
  for (const name of ['build.log', 'maven.log', 'other']) await writeFile(join(log, name), name);
  await mkdir(join(log, 'folder'));
  await end();
  expect((await readdir(join(paths.logs, 'cdh5.7.0'))).toSorted()).toEqual(['build.log', 'maven.log']);
});

test('an error that is a bug is told as one', async () => {
  const {end, result, addedAt} = await makeScene();
  const broken = {...result, builds: undefined} as unknown as typeof result;
  const error: unknown = await end({type: 'completed', result: broken, addedAt}).catch(
    (reason: unknown) => reason,
  );
  expect(asError(error)).toBeInstanceOf(TypeError);
});
