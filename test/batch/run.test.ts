// A whole run in this process, from rows to the exit code: what is said, in which order, and what is asked before what.
import {mkdir, readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import type {BuildOptions} from '../../src/batch/build-options.ts';
import {runRows, type RunSurroundings} from '../../src/batch/run.ts';
import {exitCodes, HostError, InterruptedError, type ExitCode} from '../../src/core/errors.ts';
import {playSample} from '../e2e/sample-build.ts';
import type {Scene} from '../e2e/scene.ts';
import {keepEvents, listEnds, openDesk, type Desk} from './desk.ts';

const name = 'cdh5.7.0-nodeps';

/** The sample's build, as the fake machine plays it. */
async function play(desk: Desk, more: Parameters<typeof playSample>[2] = {}): Promise<void> {
  const {builds} = await desk.preflight([{options: desk.options()}], {boots: false});
  const stdout = JSON.stringify({builds: builds.map(({plan}) => plan)});
  const scene = {...desk, run: () => Promise.resolve({code: 0, stdout, stderr: ''})};
  await playSample(scene as unknown as Scene, {}, more);
}

async function run(desk: Desk, rows: readonly BuildOptions[], more: Partial<RunSurroundings> = {}) {
  const {report, events} = keepEvents();
  const [typed = {}] = rows;
  const code = await runRows(
    desk.terminal,
    typed,
    () => Promise.resolve({rows: rows.map((row) => ({options: desk.options(row)})), options: typed}),
    {
      openReport: () => Promise.resolve(report),
      reportRefusal: () => Promise.reject(new Error('No file was asked for.')),
      setUp: () => Promise.reject(new Error('No setup was asked for.')),
      ...more,
    },
  );
  return {code, events, types: events.map(({type}) => type)};
}

test('built, then up to date without a machine, then built again where that is insisted on', async () => {
  const desk = await openDesk();
  await play(desk);
  const first = await run(desk, [{}]);
  expect(listEnds(first.events)).toEqual([[name, 'built']]);
  expect([first.types[0], first.types.at(-1), first.code]).toEqual(['run.started', 'run.finished', 0]);
  const again = await run(desk, [{}]);
  expect(again.code).toBe(exitCodes.done);
  expect(again.types).toEqual([
    'run.started',
    ...['build.planned', 'cache.asked', 'build.finished'],
    'run.finished',
  ]);
  expect(again.events[2]).toMatchObject({cache: 'dist', result: 'hit'});
  expect(listEnds(again.events)).toEqual([[name, 'up-to-date']]);
  const forced = await run(desk, [{force: true}]);
  expect(listEnds(forced.events)).toEqual([[name, 'built']]);
  await rm(join(desk.output, `dist-${name}`, 'bin/beeline'));
  const repaired = await run(desk, [{}]);
  expect(listEnds(repaired.events)).toEqual([[name, 'built']]);
  expect(repaired.events).toContainEqual(
    expect.objectContaining({
      type: 'cache.asked',
      ...{cache: 'dist', result: 'miss', reason: 'it lacks bin/beeline'},
    }),
  );
  expect(repaired.events).toContainEqual(
    expect.objectContaining({type: 'cache.asked', cache: 'machine', result: 'miss'}),
  );
  expect(repaired.events).toContainEqual(
    expect.objectContaining({type: 'build.measured', status: 'built', lines: undefined}),
  );
  expect(repaired.events).toContainEqual(
    expect.objectContaining({
      type: 'log.line',
      line: expect.stringMatching(/built again: it lacks/) as string,
    }),
  );
});

test('a build that fails: its exit code, its machine gone, and the next run sweeps nothing of it', async () => {
  const desk = await openDesk();
  await play(desk, {up: 'fails'});
  const {code, events} = await run(desk, [{retry: 0}]);
  expect(code).toBe(exitCodes.failed);
  expect(listEnds(events)[0]?.slice(0, 2)).toEqual([name, 'failed']);
  expect(events).toContainEqual(expect.objectContaining({type: 'build.measured', status: 'failed'}));
  expect(await readdir(desk.output)).toEqual([]);
});

test('a run of which all is skipped is not a success', async () => {
  const desk = await openDesk();
  const {builds, skipped} = await desk.preflight([
    {options: desk.options({cdh: ['5.4.x'], with: ['sparkr']})},
  ]);
  expect(builds).toEqual([]);
  const {code, events, types} = await run(desk, [{cdh: ['5.4.x'], with: ['sparkr']}]);
  expect(code).toBe(exitCodes.usage);
  expect(types).toEqual([
    'run.started',
    ...skipped.map(() => 'build.planned'),
    ...skipped.map(() => 'build.finished'),
    'run.finished',
  ]);
  expect(listEnds(events)[0]?.slice(1)).toEqual(['skipped', 'unsupported']);
});

test('a run that is refused is told to the file of --junit too', async () => {
  const desk = await openDesk();
  const told: unknown[] = [];
  const refused = run(desk, [{junit: 'j.xml', cdh: ['1.0.0']}], {
    reportRefusal: (file, _, error) => Promise.resolve(void told.push(file, String(error))),
  });
  await expect(refused).rejects.toThrow('1.0.0');
  expect(told).toEqual(['j.xml', expect.stringContaining('1.0.0')]);
});

test('with --setup: what was mistyped is said first, and a setup that fails ends the run', async () => {
  const desk = await openDesk();
  const asked: string[] = [];
  const setUp = (): Promise<ExitCode> => Promise.resolve((asked.push('setup'), exitCodes.host));
  await expect(run(desk, [{setup: true, cdh: ['1.0.0']}], {setUp})).rejects.toThrow('1.0.0');
  expect(asked).toEqual([]);
  expect((await run(desk, [{setup: true}], {setUp})).code).toBe(exitCodes.host);
  expect(asked).toEqual(['setup']);
});

test('stopped before anything was made: the reason is thrown', async () => {
  const desk = await openDesk();
  desk.stop(new InterruptedError('SIGINT'));
  await expect(run(desk, [{}])).rejects.toThrow(InterruptedError);
});

test('what an earlier run left is destroyed first, and said', async () => {
  const desk = await openDesk();
  await play(desk);
  const session = await desk.session();
  const id = 'build-spark-left-123456';
  await mkdir(join(session.paths.state, 'fake-machines'), {recursive: true});
  await session.journal.write({
    ...{formatVersion: 1, id, buildId: 'left', provider: 'fake', directory: join(session.paths.machines, id)},
    owner: {host: (await import('node:os')).hostname(), pid: 4_000_000, startedAt: 'a boot long ago:1'},
    createdAt: new Date(0).toISOString(),
  });
  const {code} = await run(desk, [{}]);
  expect(code).toBe(exitCodes.done);
  expect(desk.said()).toContain(`Destroyed ${id}, which an earlier run had left.`);
  expect(await session.journal.list()).toEqual([]);
});

test('a dist that another run made otherwise meanwhile is not replaced', async () => {
  const desk = await openDesk();
  await play(desk);
  const {report, events} = keepEvents();
  // When the report is opened all was decided, and nothing has begun.
  const openReport = async () => {
    const other = await run(desk, [{}]);
    expect(other.code).toBe(exitCodes.done);
    return report;
  };
  const late = await run(desk, [{profile: ['x']}], {openReport});
  expect(late.code).toBe(exitCodes.usage);
  expect(events).toContainEqual(
    expect.objectContaining({
      ...{type: 'build.finished', status: 'failed'},
      failure: expect.objectContaining({
        message: expect.stringContaining('argument -Px') as string,
      }) as object,
    }),
  );
});

test('a report that cannot be opened ends the run before a machine is made', async () => {
  const desk = await openDesk();
  await play(desk);
  const failing = run(desk, [{}], {openReport: () => Promise.reject(new HostError('No.', 'Make room.'))});
  await expect(failing).rejects.toThrow('No.');
  expect(await readdir(desk.output)).toEqual([]);
});
