import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import type {Event} from '../../src/core/events.ts';
import {keepRun, type KeepOptions} from '../../src/runs/keep-run.ts';
import {listRuns, readAll} from '../../src/runs/read-runs.ts';
import {addEvent, closeLost, readModel} from '../../src/runs/run-model.ts';
import {at, planGreenBuild} from '../report/sample-events.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runs-'));
});

afterEach(async () => {
  await rm(folder, {recursive: true});
});

function keep(events: readonly Event[], more: Partial<KeepOptions> = {}): readonly unknown[] {
  const errors: unknown[] = [];
  const {subscriber, close} = keepRun({folder, onError: (error) => errors.push(error), ...more});
  events.forEach(subscriber);
  close();
  return errors;
}

const started = at(0, {type: 'run.started', command: 'build', builds: ['a']});

test('what happens in a run is read again; lines stay in the logs, but for warnings', async () => {
  const warning = at(4, {type: 'log.line', level: 'warn', line: 'slow'});
  const events = [started, ...planGreenBuild('a').slice(0, 5), warning];
  expect(keep(events)).toEqual([]);
  expect(await listRuns(folder)).toEqual(['run-1']);
  expect(await readAll(folder, 'run-1')).toEqual(
    events.filter((event) => event.type !== 'log.line' || event.level === 'warn'),
  );
});

test('of progress only which modules are at work, once', async () => {
  const of = {type: 'step.progress', buildId: 'a', step: 'Make distribution', message: 'x'} as const;
  const core = {...of, modules: [{name: 'Core', elapsedMs: 1}]};
  const both = {...of, modules: [...core.modules, {name: 'SQL', elapsedMs: 0}]};
  const [begin] = planGreenBuild('a');
  keep([begin!, at(1, of), at(2, core), at(3, core), at(4, both), at(5, core)]);
  const kept = await readAll(folder, 'run-1');
  expect(kept.map(({at: time}) => time.slice(17, 19))).toEqual(['00', '02', '04', '05']);
});

test('a run in which nothing is begun leaves no file', async () => {
  const end = {type: 'build.finished', buildId: 'a', status: 'up-to-date', durationMs: 0} as const;
  keep([started, at(0, end), at(0, {type: 'run.finished', exitCode: 0, durationMs: 1})]);
  expect(await readdir(folder)).toEqual([]);
});

test('beyond the limit what begins and ends is written all the same', async () => {
  const step = {type: 'step.started', buildId: 'a', step: 'Boot machine'} as const;
  const [begin] = planGreenBuild('a');
  keep([begin!, at(1, step), at(9, {type: 'run.finished', exitCode: 0, durationMs: 9})], {limitBytes: 0});
  expect((await readAll(folder, 'run-1')).map(({type}) => type)).toEqual(['build.started', 'run.finished']);
});

test('a folder that cannot be written is said once, and stops nothing', async () => {
  const blocked = join(folder, 'file');
  await writeFile(blocked, '');
  const errors = keep([started, ...planGreenBuild('a')], {folder: join(blocked, 'runs')});
  expect(errors).toHaveLength(1);
});

test('a last line that a killed process left half is skipped', async () => {
  keep([started, ...planGreenBuild('a')]);
  const file = join(folder, 'run-1.ndjson');
  await writeFile(file, `${(await readFile(file, 'utf8')).trimEnd()}\n{"type":"build.fini`);
  expect((await readAll(folder, 'run-1')).at(-1)?.type).toBe('build.finished');
});

test('a build that is long at one thing is heard of every ten minutes, so that nobody takes it for killed', async () => {
  const core = {
    type: 'step.progress',
    ...{buildId: 'a', step: 'Make distribution', message: 'x'},
    modules: [{name: 'Core', elapsedMs: 1}],
  } as const;
  const waiting = {
    type: 'run.progress',
    done: 0,
    total: 1,
    running: 1,
    remainingMs: 1,
  } as unknown as Parameters<typeof at>[1];
  const [begin] = planGreenBuild('a');
  const minutes = Array.from({length: 150}, (_, minute) => minute);
  keep([begin!, ...minutes.flatMap((minute) => [at(minute * 60, core), at(minute * 60, waiting)])]);
  const model = readModel(await readAll(folder, 'run-1'));
  expect(minutes.length * 60_000 - (model.lastMs - model.startMs)).toBeLessThanOrEqual(660_000);
  closeLost(model, model.lastMs + 1_200_000);
  expect(model.builds.get('a')?.status).toBe('running');
  const kept = (await readAll(folder, 'run-1')).filter(({type}) => type === 'step.progress');
  expect(kept.length).toBeLessThan(20);
});

test('a run that was only silent, as when its host was suspended, goes on', () => {
  const events = planGreenBuild('a');
  const model = readModel(events.slice(0, 3));
  closeLost(model, model.lastMs + 7_200_000);
  expect(model.builds.get('a')?.status).toBe('lost');
  addEvent(model, events[3]!);
  expect(model).not.toHaveProperty('endMs');
  expect(model.builds.get('a')?.status).toBe('running');
});
