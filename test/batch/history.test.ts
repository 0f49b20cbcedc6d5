import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {
  type BuildRecord,
  estimate,
  findStepEstimate,
  readHistory,
  writeRecord,
} from '../../src/batch/history.ts';

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
    formatVersion: 1,
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

const key = {release: 'cdh5.7.0', features: ['thriftserver'], variant: 'spark'};

test('what is written is read again, newest first, and nothing older than 30 days', async () => {
  await writeRecord(folder, record('old', {finishedAt: '2026-10-01T00:00:00.000Z'}));
  await writeRecord(
    folder,
    record('a', {finishedAt: '2026-11-20T00:00:00.000Z', features: ['thriftserver', 'sparkr']}),
  );
  await writeRecord(folder, record('b', {finishedAt: '2026-11-21T00:00:00.000Z'}));
  const {records, refused} = await readHistory(folder, now);
  expect(refused).toEqual([]);
  expect(records.map(({buildId}) => buildId)).toEqual(['b', 'a']);
  expect(records[1]?.features).toEqual(['sparkr', 'thriftserver']);
});

test('no folder is an empty history', async () => {
  expect(await readHistory(join(folder, 'none'), now)).toEqual({records: [], refused: []});
});

test('files of another version, or damaged, are refused by name and left alone; the others count', async () => {
  await writeRecord(folder, record('good'));
  const text = JSON.stringify({...record('future'), formatVersion: 2});
  await writeFile(join(folder, 'future.json'), text);
  await writeFile(join(folder, 'torn.json'), '{"formatVersion":1,');
  const {records, refused} = await readHistory(folder, now);
  expect(records.map(({buildId}) => buildId)).toEqual(['good']);
  expect(refused.map(({message}) => message).join('\n')).toContain(join(folder, 'future.json'));
  expect(refused.map(({message}) => message).join('\n')).toContain(join(folder, 'torn.json'));
  expect(refused).toHaveLength(2);
  expect(await readFile(join(folder, 'future.json'), 'utf8')).toBe(text);
});

const historyOf = (...records: BuildRecord[]) => ({records, refused: []});

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
