// Everything is decided before anything is made: all problems at once, what is there already, which builds share a name.
import {availableParallelism} from 'node:os';
import {mkdir, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {checkArguments} from '../../src/batch/preflight.ts';
import {openSessionFor} from '../../src/batch/arguments.ts';
import {ExpectedError, exitCodes} from '../../src/core/errors.ts';
import {openDesk} from './desk.ts';

const rejected = async (work: Promise<unknown>): Promise<ExpectedError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ExpectedError) return error;
  throw new Error(`It was not refused: ${String(error)}`);
};

test('a build of the sample: one plan, its machine from the host, nothing made in the output', async () => {
  const desk = await openDesk();
  const {builds, upToDate, skipped, jobs, host} = await desk.preflight([{options: desk.options()}]);
  expect(builds.map(({plan}) => plan.dist)).toEqual(['dist-cdh5.7.0-nodeps']);
  expect(builds[0]).toMatchObject({target: {status: 'free'}, replace: false, box: {name: 'fake'}});
  expect(builds[0]?.plan.features).toEqual(['thriftserver']);
  expect([upToDate, skipped]).toEqual([[], []]);
  expect(jobs.jobs).toBe(1);
  expect(host?.machine).toEqual({provider: 'fake', box: {name: 'fake'}});
  expect(await readdir(desk.output)).toEqual([]);
});

test('of several things that are wrong all are named, what was typed before what this host lacks', async () => {
  const desk = await openDesk();
  const options = desk.options({
    ...{cdh: ['5.7.99'], patch: [join(desk.folder, 'no.patch')], caCert: [join(desk.folder, 'no.pem')]},
    cpus: availableParallelism() + 1,
  });
  const error = await rejected(desk.preflight([{options}]));
  const {message} = error;
  const places = ['5.7.99', 'no.patch', 'no.pem', 'cores does not fit'].map((text) => message.indexOf(text));
  expect(places.every((place) => place >= 0)).toBe(true);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(error.exitCode).toBe(exitCodes.usage);
});

test('what this host lacks alone ends with its own exit code; a plan refuses nothing of it', async () => {
  const desk = await openDesk();
  const rows = [{options: desk.options({cpus: availableParallelism() + 1})}];
  expect((await rejected(desk.preflight(rows))).exitCode).toBe(exitCodes.host);
  expect((await desk.preflight(rows, {boots: false})).builds).toHaveLength(1);
});

test('a folder of the same name that is not a dist of ours is refused, and for a plan it is none', async () => {
  const desk = await openDesk();
  const dist = join(desk.output, 'dist-cdh5.7.0-nodeps');
  await mkdir(dist);
  await writeFile(join(dist, 'precious'), '');
  const rows = [{options: desk.options({force: true})}];
  expect((await rejected(desk.preflight(rows))).message).toContain(dist);
  const planned = await desk.preflight(rows, {boots: false});
  expect(planned.builds).toMatchObject([{target: {status: 'free'}}]);
});

test('--jobs counts for the run, and no more than its builds', async () => {
  const desk = await openDesk();
  const rows = ['a', 'b', 'c'].map((label) => ({options: desk.options({label, memory: 1024})}));
  expect((await desk.preflight(rows, {jobs: 9})).jobs.jobs).toBe(3);
  expect((await desk.preflight(rows, {jobs: 2})).jobs.jobs).toBe(2);
});

test('before setup only what is wrong on any host counts', async () => {
  const desk = await openDesk();
  const check = async (options: Parameters<typeof desk.options>[0]): Promise<void> => {
    const rows = [{options: desk.options(options)}];
    await checkArguments(await openSessionFor(desk.terminal, rows), rows, {
      ...{boots: true, onWait: () => undefined},
    });
  };
  await check({cpus: availableParallelism() + 1});
  await expect(check({cdh: ['1.0.0']})).rejects.toThrow('1.0.0');
  await expect(check({with: ['sparkr'], cdh: ['5.7.0'], label: '-'})).rejects.toThrow('--label');
});
