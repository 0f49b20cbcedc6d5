import {existsSync} from 'node:fs';
import {mkdir, mkdtemp, readFile, rm, stat, symlink, utimes, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setImmediate as turn} from 'node:timers/promises';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {createLogFiles, planLogFile, planMavenLogFile} from '../../src/report/log-file.ts';
import {pruneLogs} from '../../src/store/log-retention.ts';
import {at, oneOfEach, planGreenBuild} from './sample-events.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'logs-'));
});
afterEach(() => rm(folder, {recursive: true}));

const errors: unknown[] = [];
const open = () =>
  createLogFiles({folder, mavenSteps: ['Make distribution'], onError: (error) => void errors.push(error)});
const line = (text: string, step = 'Make distribution') =>
  at(3, {type: 'log.line', buildId: 'b', step, level: 'info', line: text});

test('build.log has every line with its time, maven.log those of Maven as they were', async () => {
  const {subscriber} = open();
  planGreenBuild('b').forEach(subscriber);
  subscriber(line('[INFO] late'));
  await turn();
  const log = await readFile(planLogFile(folder, 'b'), 'utf8');
  expect(log).toContain('2026-11-22T20:00:05.000Z ==> default: Booting\n');
  expect(log).toContain('=== Make distribution: done after 4m 36s\n');
  expect(log).toMatch(/\[INFO\] late\n$/);
  expect(await readFile(planMavenLogFile(folder, 'b'), 'utf8')).toBe('[INFO] late\n');
  expect((await stat(planLogFile(folder, 'b'))).mode & 0o077).toBe(0);
});

test('a SIGKILL one turn of the event loop later loses nothing', async () => {
  const {subscriber} = open();
  subscriber(line('one'));
  await turn(); // Neither close() nor the end of the build comes.
  expect(await readFile(planMavenLogFile(folder, 'b'), 'utf8')).toBe('one\n');
});

test('a log that cannot be written is told once, and the build goes on', async () => {
  await writeFile(join(folder, 'b'), 'a file where the folder should be');
  errors.length = 0;
  const {subscriber, close} = open();
  subscriber(line('one'));
  subscriber(line('two'));
  await turn();
  close();
  expect(errors).toHaveLength(1);
});

test('a build id that is no plain name reaches no path', () => {
  expect(() => planLogFile(folder, '../x')).toThrow('Not a name');
  expect(() => planLogFile(folder, 'a/b')).toThrow('Not a name');
});

test('lines that belong to no build go to a log of the run', async () => {
  const {subscriber, close} = open();
  subscriber(at(0, {type: 'log.line', level: 'warn', line: 'no Cloudera'}));
  subscriber(oneOfEach['run.finished']);
  close();
  expect(await readFile(planLogFile(folder, 'run-1'), 'utf8')).toBe(
    '2026-11-22T20:00:00.000Z WARN no Cloudera\n',
  );
});

test('pruning removes logs and runs that are old, and none of what still runs or was written to lately', async () => {
  const now = new Date('2026-11-22T00:00:00Z');
  const paths = {logs: join(folder, 'logs'), runs: join(folder, 'runs'), seals: join(folder, 'seals')};
  const make = async (path: string, date: string): Promise<void> => {
    await mkdir(join(path, '..'), {recursive: true});
    await writeFile(path, 'x');
    await utimes(path, new Date(date), new Date(date));
    await utimes(join(path, '..'), new Date('2026-01-01'), new Date('2026-01-01'));
  };
  await make(join(paths.logs, 'old', 'build.log'), '2026-10-01');
  await make(join(paths.logs, 'running', 'build.log'), '2026-10-01');
  await make(join(paths.logs, 'fresh', 'build.log'), '2026-11-20');
  // What a guest may leave among its logs: ways round and round, more than can ever be walked.
  for (const name of ['a', 'b', 'c']) await symlink('.', join(paths.logs, 'fresh', name));
  await make(join(paths.seals, 'old.json'), '2026-10-01');
  await make(join(paths.runs, 'old.json'), '2026-10-22T23:00:00Z');
  await make(join(paths.runs, 'fresh.json'), '2026-10-23T01:00:00Z');
  const result = await pruneLogs(paths, now, new Set(['running']));
  expect(result.failed).toEqual([]);
  expect(result.removed).toEqual([
    join(paths.logs, 'old'),
    join(paths.runs, 'old.json'),
    join(paths.seals, 'old.json'),
  ]);
  expect(['running', 'fresh'].every((name) => existsSync(join(paths.logs, name, 'build.log')))).toBe(true);
  expect(existsSync(join(paths.runs, 'fresh.json'))).toBe(true);
});

test('pruning nothing is no error', async () => {
  const paths = {logs: join(folder, 'no'), runs: join(folder, 'none'), seals: join(folder, 'nil')};
  expect(await pruneLogs(paths, new Date(), new Set())).toEqual({removed: [], failed: []});
});
