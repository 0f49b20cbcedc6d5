// Several builds of a run: what ends one of them ends no other, and every one of them is accounted for.
import {mkdir, readdir} from 'node:fs/promises';
import {setTimeout as sleep} from 'node:timers/promises';
import {expect, test} from 'vitest';
import {openTools} from '../../src/batch/build-all.ts';
import type {History} from '../../src/batch/history.ts';
import {findHistoryKey} from '../../src/batch/describe-run.ts';
import {findExitCode, planLock, runBuilds} from '../../src/batch/run-builds.ts';
import type {BuildOptions} from '../../src/batch/build-options.ts';
import {makeStateFolders} from '../../src/batch/session.ts';
import {exitCodes, HostError, InterruptedError, type ExitCode} from '../../src/core/errors.ts';
import {withLock} from '../../src/core/lock.ts';
import type {BuildResult, runBuild} from '../../src/recipe/run-build.ts';
import {keepEvents, listEnds, openDesk, type Desk} from './desk.ts';

type Build = typeof runBuild;

const noHistory: History = {records: []};

const built = ({plan}: Parameters<Build>[0], more: Partial<BuildResult> = {}): BuildResult => ({
  ...{plan, status: 'built', durationMs: 5, durations: {Boot: 3}, moduleMs: {}, exitCode: exitCodes.done},
  ...more,
});

async function prepare(desk: Desk, rows: readonly BuildOptions[], jobs = 1) {
  const session = await desk.session();
  await makeStateFolders(session.paths);
  const preflight = await desk.preflight(
    rows.map((row) => ({options: desk.options({memory: 1024, ...row})})),
    {jobs},
  );
  const {report, events} = keepEvents();
  const tools = await openTools(session, report, {...preflight, provider: 'fake'});
  /** As `runBuild` does it, the end is said by whoever builds. */
  const run = (build: Build, history = noHistory) =>
    runBuilds(session, preflight, report, tools, history, async (...given) => {
      const result = await build(...given);
      const {plan, status, durationMs, failure} = result;
      const end = {
        ...{buildId: plan.buildId, status, durationMs},
        ...(failure === undefined ? {} : {failure}),
      };
      report.emit({type: 'build.finished', ...end});
      return result;
    });
  return {session, events, run};
}

test('a bug in one build ends that one alone, and is given back to be thrown when all is over', async () => {
  const {events, run} = await prepare(await openDesk(), [{label: 'a'}, {label: 'b'}, {label: 'c'}]);
  const bug = new TypeError('x is not a function');
  const {results, bugs} = await run((inputs) => {
    if (inputs.plan.label === 'a') throw bug;
    if (inputs.plan.label === 'b') throw new HostError('The disk is full.', 'Make room.');
    return Promise.resolve(built(inputs));
  });
  expect(bugs).toEqual([bug]);
  expect(results.map(({status, exitCode}) => [status, exitCode])).toEqual([
    ['failed', exitCodes.failed],
    ['failed', exitCodes.host],
    ['built', exitCodes.done],
  ]);
  expect(listEnds(events)).toEqual([
    ['cdh5.7.0-nodeps-a', 'failed', 'unknown'],
    ['cdh5.7.0-nodeps-b', 'failed', 'unknown'],
    ['cdh5.7.0-nodeps-c', 'built'],
  ]);
});

test('a stop ends what runs, and what was not begun is said to be so', async () => {
  const desk = await openDesk();
  const {events, run} = await prepare(desk, [{label: 'a'}, {label: 'b'}]);
  const {results} = await run(() => {
    const stop = new InterruptedError('SIGINT');
    desk.stop(stop);
    throw stop;
  });
  expect(results.map(({status}) => status)).toEqual(['cancelled']);
  expect(listEnds(events)).toEqual([
    ['cdh5.7.0-nodeps-a', 'cancelled', 'interrupted'],
    ['cdh5.7.0-nodeps-b', 'cancelled', 'not-begun'],
  ]);
});

test('as many at once as there are jobs, the longest of those that are known first', async () => {
  const rows = ['a', 'b', 'c'].map((label) => ({label}));
  const desk = await openDesk();
  const {run} = await prepare(desk, [...rows, {label: 'long', with: []}], 2);
  const order: string[] = [];
  let [running, most] = [0, 0];
  const build: Build = async (inputs) => {
    order.push(inputs.plan.label ?? '');
    most = Math.max(most, ++running);
    await sleep(20);
    running -= 1;
    return built(inputs, {durations: {Boot: inputs.plan.label === 'long' ? 9_000 : 10}});
  };
  const {results} = await run(build);
  expect(most).toBe(2);
  expect(order.slice(0, 2)).not.toContain('long');
  const records = results.map(({plan, durations, moduleMs}) => ({
    ...findHistoryKey(plan),
    ...{buildId: plan.buildId, finishedAt: '2026-11-22T20:00:00Z', jobs: 2, stepMs: durations, moduleMs},
  }));
  expect(records).toHaveLength(4);
  order.length = 0;
  await run(build, {records});
  expect(order.slice(0, 2)).toContain('long');
});

test('how far a run of several is, at the beginning and the end of each; a single build says nothing', async () => {
  const several = await prepare(await openDesk(), [{label: 'a'}, {label: 'b'}]);
  await several.run((inputs) => Promise.resolve(built(inputs)));
  const counts = several.events.flatMap((event) =>
    event.type === 'run.progress' ? [[event.finished, event.running, event.total]] : [],
  );
  expect(counts).toEqual([
    [0, 1, 2],
    [1, 0, 2],
    [1, 1, 2],
    [2, 0, 2],
  ]);
  const one = await prepare(await openDesk(), [{}]);
  await one.run((inputs) => Promise.resolve(built(inputs)));
  expect(one.events.some(({type}) => type === 'run.progress')).toBe(false);
});

test('a build that another run is at is put off, and waited for when all else is done', async () => {
  const desk = await openDesk();
  const {session, events, run} = await prepare(desk, [{label: 'a'}, {label: 'b'}]);
  const order: string[] = [];
  let leave = (): void => undefined;
  const other = new Promise<void>((resolve) => (leave = resolve));
  const lock = planLock({output: desk.output, dist: 'dist-cdh5.7.0-nodeps-a'}, session);
  const holding = withLock(lock, session, () => other, {doing: 'is building'});
  while (!(await readdir(session.paths.locks)).some((name) => name.startsWith('dist-'))) await sleep(5);
  const running = run((inputs) => {
    order.push(inputs.plan.label ?? '');
    return Promise.resolve(built(inputs));
  });
  // The other leaves only once it was said that it is waited for.
  const isSaid = (): boolean =>
    events.some(
      (event) => event.type === 'log.line' && event.buildId === 'cdh5.7.0-nodeps-a' && event.level === 'warn',
    );
  while (!isSaid()) await sleep(5);
  leave();
  await Promise.all([holding, running]);
  expect(order).toEqual(['b', 'a']);
  const waits = events.filter(({type}) => type.startsWith('wait.'));
  expect(waits.map(({type}) => type)).toEqual(['wait.started', 'wait.started', 'wait.finished']);
  expect(waits[1]).toMatchObject({
    buildId: 'cdh5.7.0-nodeps-a',
    for: expect.stringContaining('is building dist-cdh5.7.0-nodeps-a'),
  });
});

test('a dist that came into being since preflight and was made otherwise is not replaced', async () => {
  const desk = await openDesk();
  const {run} = await prepare(desk, [{}]);
  await mkdir(`${desk.output}/dist-cdh5.7.0-nodeps`);
  const {results, bugs} = await run(() => Promise.reject(new Error('It must not be built.')));
  expect(results).toMatchObject([{status: 'failed', exitCode: exitCodes.usage}]);
  expect(bugs).toEqual([]);
});

test('one lock for each place of a dist', async () => {
  const desk = await openDesk();
  const session = await desk.session();
  const lock = (output: string, dist: string): string => planLock({output, dist}, session);
  expect(lock('/a', 'dist-x')).toBe(lock('/a', 'dist-x'));
  expect(new Set([lock('/a', 'dist-x'), lock('/b', 'dist-x'), lock('/a', 'dist-y')]).size).toBe(3);
});

test('builds that take alike: of one release, with the same features, deps and tests', async () => {
  const {builds} = await (
    await openDesk()
  ).preflight([
    {options: {cdh: ['5.7.0'], source: 'sample', provider: 'fake', memory: 1024, output: '/tmp'}},
  ]);
  const plan = builds[0]!.plan;
  expect(findHistoryKey(plan)).toEqual({
    ...{release: 'cdh5.7.0', features: ['thriftserver'], variant: 'sample-provided'},
  });
  expect(findHistoryKey({...plan, source: 'https://x', deps: 'bundled', compileTests: true})).toMatchObject({
    variant: 'spark-bundled-tests',
  });
});

test.each<[ExitCode, boolean, readonly ExitCode[]]>([
  [exitCodes.done, false, []],
  [exitCodes.interrupted, true, [exitCodes.done]],
  [exitCodes.leaked, true, [exitCodes.leaked, exitCodes.done]],
  [exitCodes.failed, false, [exitCodes.done, exitCodes.failed]],
  [exitCodes.leaked, false, [exitCodes.failed, exitCodes.leaked]],
])('exit code %i', (expected, isInterrupted, codes) => {
  const results = codes.map((exitCode) => ({exitCode}) as BuildResult);
  expect(findExitCode(results, isInterrupted)).toBe(expected);
});
