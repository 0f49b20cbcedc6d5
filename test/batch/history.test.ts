import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {type BuildRecord, estimate, findStepEstimate, readHistory} from '../../src/batch/history.ts';
import type {EventBody} from '../../src/core/events.ts';
import {keepRun} from '../../src/runs/keep-run.ts';

const now = new Date('2026-11-22T20:00:00Z');
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'history-'));
});

afterEach(async () => {
  await rm(folder, {recursive: true});
});

function record(buildId: string, rest: Partial<BuildRecord> = {}): BuildRecord {
  return {
    buildId,
    finishedAt: '2026-11-22T10:00:00.000Z',
    release: 'cdh5.7.0',
    features: ['thriftserver'],
    variant: 'spark',
    stepMs: {'Make distribution': 100_000},
    moduleMs: {'Spark Project Core': 10_000},
    ...rest,
  };
}

/** As a run leaves it. */
function keep({buildId, finishedAt, stepMs, moduleMs, jobs, ...key}: BuildRecord, status = 'built'): void {
  const {subscriber, close} = keepRun({
    folder,
    onError: (error) => {
      throw error;
    },
  });
  const emit = (body: EventBody): void => subscriber({...body, at: finishedAt, runId: `run-${buildId}`});
  const planned = {tag: 'x', deps: 'provided', arguments: [], patches: [], command: ''};
  emit({type: 'build.planned', buildId, ...planned, ...key});
  emit({type: 'build.started', buildId, dist: '/out', steps: []});
  emit({type: 'build.measured', buildId, status: status as 'built', stepMs, moduleMs, jobs});
  close();
}

const key = {release: 'cdh5.7.0', features: ['thriftserver'], variant: 'spark'};

test('what runs left is read, newest first: builds that were built, and nothing older than 30 days', async () => {
  keep(record('old', {finishedAt: '2026-10-01T00:00:00.000Z'}));
  keep(record('a', {finishedAt: '2026-11-20T00:00:00.000Z', features: ['sparkr', 'thriftserver']}));
  keep(record('b', {finishedAt: '2026-11-21T00:00:00.000Z', jobs: 2}));
  keep(record('bad', {finishedAt: '2026-11-21T01:00:00.000Z'}), 'failed');
  const {records} = await readHistory(folder, now);
  expect(records.map(({buildId}) => buildId)).toEqual(['b', 'a']);
  expect(records[0]).toEqual(record('b', {finishedAt: '2026-11-21T00:00:00.000Z', jobs: 2}));
});

test('no folder is an empty history', async () => {
  expect(await readHistory(join(folder, 'none'), now)).toEqual({records: []});
});

test('what is damaged, or no run, stops nothing: the others count', async () => {
  keep(record('good'));
  await writeFile(join(folder, 'torn.ndjson'), '{"type":"build.measured","buildId":"torn","at":"2026');
  await writeFile(join(folder, 'cdh5.7.0-nodeps-20261022090445356.json'), '{"formatVersion":1}');
  const {records} = await readHistory(folder, now);
  expect(records.map(({buildId}) => buildId)).toEqual(['good']);
});

const historyOf = (...records: BuildRecord[]) => ({records});

test('the estimate is the median of the newest five', () => {
  const times = [100, 120, 900, 110, 130, 1, 1, 1];
  const records = times.map((ms, index) =>
    record(String(index), {stepMs: {Make: ms}, moduleMs: {Core: ms / 10}}),
  );
  expect(estimate(historyOf(...records), key)).toEqual({
    stepMs: {Make: 120},
    moduleMs: {Core: 12},
    builds: 5,
  });
});

test('a step that only some builds had is taken from those', () => {
  const found = estimate(
    historyOf(record('a', {stepMs: {Make: 10}}), record('b', {stepMs: {Make: 20, Smoke: 7}})),
    key,
  );
  expect(found?.stepMs).toEqual({Make: 15, Smoke: 7});
});

test('the same release comes before its line; other lines, features and variants do not count', () => {
  const other = record('line', {release: 'cdh5.7.6', stepMs: {Make: 5}});
  expect(estimate(historyOf(other), key)?.stepMs).toEqual({Make: 5});
  expect(estimate(historyOf(other, record('same', {stepMs: {Make: 9}})), key)?.stepMs).toEqual({Make: 9});
  expect(estimate(historyOf(record('x', {release: 'cdh5.8.0'})), key)).toBeUndefined();
  expect(estimate(historyOf(record('x', {features: ['sparkr']})), key)).toBeUndefined();
  expect(estimate(historyOf(record('x', {variant: 'sample'})), key)).toBeUndefined();
  expect(
    estimate(historyOf(record('x', {release: 'my/branch'})), {...key, release: 'my/other'}),
  ).toBeUndefined();
});

test('one step of an estimate is what progress needs', () => {
  const found = estimate(historyOf(record('a')), key);
  expect(findStepEstimate(found, 'Make distribution')).toEqual({
    stepMs: 100_000,
    moduleMs: {'Spark Project Core': 10_000},
  });
  expect(findStepEstimate(found, 'Boot machine')).toEqual({moduleMs: {'Spark Project Core': 10_000}});
  expect(findStepEstimate(undefined, 'Boot machine')).toBeUndefined();
});
