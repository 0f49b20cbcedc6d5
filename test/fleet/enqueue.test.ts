// What a job of the same place stands in for, and what it does not.
import {expect, test} from 'vitest';
import {findJobDifference} from '../../src/fleet/compare-jobs.ts';
import {enqueue, findSame} from '../../src/fleet/enqueue.ts';
import type {JobBuild} from '../../src/fleet/job.ts';
import {makeBuild, makeJob, makeResult, openFakeQueue} from './fakes.ts';

const id = 'dist-cdh5.7.0-0123456789abcdef';
const elsewhere = (): Promise<boolean> => Promise.resolve(false);

test.each<[string, Partial<JobBuild>]>([
  ['-D', {request: {...makeBuild().request, defines: ['a=b']}}],
  ['--memory', {request: {...makeBuild().request, memoryMib: 4096}}],
  ['another commit', {pinned: {...makeBuild().pinned, commit: 'e'.repeat(40)}}],
  ['--patch', {patches: []}],
  [
    'whose dependencies it is compiled against',
    {pinned: {...makeBuild().pinned, choice: {mode: 'cloudera', reason: 'asked for'}}},
  ],
  ['the stand-in for its dependencies', {dependencies: 'f'.repeat(64)}],
])('two jobs of one place differ by %s', (difference, more) => {
  expect(findJobDifference(makeJob(), makeJob(more))).toBe(difference);
});

test('who asked, why a choice was made and what may be replaced make no other job', () => {
  const {pinned} = makeBuild();
  const again = makeJob({replace: true, pinned: {...pinned, choice: {...pinned.choice, reason: 'known'}}});
  expect(findJobDifference(makeJob(), again)).toBeUndefined();
  expect(findJobDifference(makeJob(), makeJob({}, {publish: 'me@host:/dists'}))).toBe('--publish');
});

test('one that waits is joined by the same request, and by no other', async () => {
  const {queue, jobs} = openFakeQueue();
  jobs.put(id, makeJob(), {state: 'active'});
  expect(await findSame(queue, {id, data: makeJob()})).toBe('joined');
  const other = makeJob({patches: []});
  await expect(enqueue(queue, {id, data: other}, true, elsewhere)).rejects.toThrow(
    'is in the queue already, and was asked for differently: --patch.',
  );
  expect(jobs.entries.get(id)?.data).toEqual(makeJob());
});

test('one that was built stands in for the same request alone: not with --force, a damaged dist or another request', async () => {
  for (const [asked, found] of [
    [makeJob(), 'done'],
    [makeJob({replace: true}), 'added'],
    [makeJob({patches: []}), 'added'],
    [makeJob({request: {...makeBuild().request, defines: ['a=b']}}), 'added'],
  ] as const) {
    const {queue, jobs} = openFakeQueue();
    const returnvalue = await makeResult('/state', id, makeJob());
    jobs.put(id, makeJob(), {state: 'completed', returnvalue});
    expect(await enqueue(queue, {id, data: asked}, true, elsewhere)).toBe(found);
    expect(jobs.entries.get(id)).toMatchObject(
      found === 'done' ? {state: 'completed'} : {state: 'waiting', data: asked},
    );
  }
});

test('one of which a build failed, or that failed, is put in anew', async () => {
  const {queue, jobs} = openFakeQueue();
  const returnvalue = await makeResult('/state', id, makeJob(), {status: 'failed'});
  for (const state of ['completed', 'failed']) {
    jobs.put(id, makeJob(), {state, returnvalue});
    expect(await enqueue(queue, {id, data: makeJob()}, true, elsewhere)).toBe('added');
  }
});

test('what another coordinator has fetched meanwhile is not built again', async () => {
  const {queue, jobs} = openFakeQueue();
  expect(await enqueue(queue, {id, data: makeJob()}, true, () => Promise.resolve(true))).toBe('here');
  expect(jobs.entries.size).toBe(0);
});
