// The prune at the end of a run: to the operator's limits, said in a line, and never what a run fails of.
import {mkdir, readdir, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {createKinds, pruneAfterRun} from '../../src/batch/cache-kinds.ts';
import {InterruptedError} from '../../src/core/errors.ts';
import {openDesk, type Desk} from './desk.ts';

async function withOldProbe(desk: Desk) {
  const session = await desk.session();
  const file = join(session.paths.probes, 'cloudera.json');
  await mkdir(session.paths.probes, {recursive: true});
  await writeFile(file, '{}');
  await utimes(file, new Date(0), new Date(0));
  return session;
}

test("the layers and volumes of this host are not a test machine's to prune", async () => {
  const session = await (await openDesk()).session();
  const {fake, ...real} = session;
  expect(fake).toBeDefined();
  expect(createKinds(real)).toHaveLength(createKinds(session).length + 2);
});

test('what nobody used for so long goes, in one line; with nothing to do nothing is said', async () => {
  const session = await withOldProbe(await openDesk());
  const said = await pruneAfterRun(session, {keepDays: 30});
  expect(said).toEqual([expect.stringMatching(/^Cache: one entry pruned, .* freed\.$/)]);
  expect(await readdir(session.paths.probes)).toEqual([]);
  expect(await pruneAfterRun(session, {keepDays: 30})).toEqual([]);
});

test('after a stop nothing is pruned', async () => {
  const desk = await openDesk();
  const session = await withOldProbe(desk);
  desk.stop(new InterruptedError('SIGINT'));
  expect(await pruneAfterRun(session, {keepDays: 30})).toEqual([]);
  expect(await readdir(session.paths.probes)).toHaveLength(1);
});

test('a cache that cannot be pruned is said, not thrown', async () => {
  const session = await withOldProbe(await openDesk());
  const broken = {...session, paths: {...session.paths, uses: join(session.paths.probes, 'cloudera.json')}};
  const said = await pruneAfterRun(broken, {keepDays: 30});
  expect(said).toEqual([expect.stringMatching(/^The cache could not be pruned: /)]);
});
