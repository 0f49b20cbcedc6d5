// What killed processes leave beside the machines goes by its owner or its age.
import {existsSync} from 'node:fs';
import {mkdir, readdir, utimes, writeFile} from 'node:fs/promises';
import {hostname} from 'node:os';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {sweepLeftovers} from '../../src/batch/sweep-leftovers.ts';
import type {SweepTools} from '../../src/store/sweep.ts';
import {systemClock} from '../../src/core/clock.ts';
import {planPaths, type Paths} from '../../src/core/paths.ts';
import {readOwnIdentity} from '../../src/core/process-identity.ts';
import {makeFolder, realExec} from '../core/fixtures.ts';

const dead = {host: hostname(), pid: 4_000_000, startedAt: 'a boot long ago:1'};

async function makeTools(): Promise<{readonly tools: SweepTools; readonly paths: Paths}> {
  const paths = planPaths({}, await makeFolder());
  return {tools: {exec: realExec, clock: systemClock, paths}, paths};
}

test('what a kill left of writing is swept by its age or its owner, and nothing that is at work', async () => {
  const {tools, paths} = await makeTools();
  const uuid = '01234567-89ab-cdef-0123-456789abcdef';
  const own = await readOwnIdentity(realExec);
  const temporary = join(paths.home, 'tmp');
  const put = async (path: string, text: unknown, isOld: boolean): Promise<void> => {
    await mkdir(dirname(path), {recursive: true});
    await writeFile(path, JSON.stringify(text));
    if (isOld) for (const one of [path, dirname(path)]) await utimes(one, new Date(0), new Date(0));
  };
  const mark = {formatVersion: 1, kind: 'git', name: 'a', owner: own, at: new Date().toISOString()};
  const old = [
    [`${paths.probes}/cloudera.json.123456`, {}],
    [`${paths.journal}/build-spark-a.json.123`, {}],
    [`${paths.state}/setup.json.99`, {}],
    [`${paths.runs}/a.json.99`, {}],
    [`${paths.uses}/a-b.json.${uuid}`, mark],
    [`${paths.git}/a.lock`, dead],
    [`${paths.boxes}/debian.lock.${uuid}`, dead],
    [`${paths.maven}/maven.lock.${uuid}`, 'half'],
    [`${paths.maven}/sets/a.json.77`, {}],
    [`${temporary}/build-spark-stub-aB3xYz/stub.box`, {}],
    [`${paths.source}/${uuid}/owner.json`, dead],
    [`${paths.cache}/bundle-${uuid}/0123`, {}],
  ] as const;
  const stays = [
    [`${paths.probes}/other.json.123456`, {}],
    [`${paths.state}/notes.txt`, {}],
    [`${paths.uses}/a-b.json`, mark],
    [`${paths.git}/b.lock`, own],
    [`${temporary}/build-spark-stub-123456/stub.box`, {}],
    [`${paths.cache}/bundle-${uuid.replace('0', '1')}/0123`, {}],
    [`${paths.cache}/bundle-notes/a`, {}],
  ] as const;
  for (const [path, text] of old) await put(path, text, true);
  for (const [path, text] of stays) await put(path, text, false);
  expect(await sweepLeftovers(tools, temporary)).toEqual([]);
  expect(old.map(([path]) => path).filter((path) => existsSync(path))).toEqual([]);
  expect(stays.map(([path]) => path).filter((path) => !existsSync(path))).toEqual([]);
});

test('marks, locks and trees of a host that is gone are given back, those of other hosts are not', async () => {
  const {tools, paths} = await makeTools();
  const at = new Date().toISOString();
  for (const host of ['gone', 'alive']) {
    const owner = {host, pid: 1, startedAt: `${host}:1`};
    const files = {
      [`${paths.uses}/${host}-1.json`]: {formatVersion: 1, kind: 'git', name: host, owner, at},
      [`${paths.git}/${host}.lock`]: owner,
      [`${paths.source}/${host}/owner.json`]: owner,
    };
    for (const [path, value] of Object.entries(files)) {
      await mkdir(dirname(path), {recursive: true});
      await writeFile(path, JSON.stringify(value));
    }
  }
  await sweepLeftovers({...tools, goneHost: 'gone'}, join(paths.home, 'tmp'));
  const left = await Promise.all([paths.uses, paths.git, paths.source].map((folder) => readdir(folder)));
  expect(left).toEqual([['alive-1.json'], ['alive.lock'], ['alive']]);
});
