// The cache as `cache` has it: listed with the limit that counts, pruned to the operator's own.
import {mkdir, readdir, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {pruneCache, readCache} from '../../src/batch/own-cache.ts';
import {openDesk} from './desk.ts';

async function openOldDesk() {
  const desk = await openDesk();
  const {probes} = (await desk.session()).paths;
  await mkdir(probes, {recursive: true});
  const file = join(probes, 'cloudera.json');
  await writeFile(file, '{}');
  await utimes(file, new Date(0), new Date(0));
  return {...desk, probes};
}

test("the operator's limit of size takes the place of the disk's", async () => {
  const {terminal} = await openOldDesk();
  const {entries, disk} = await readCache(terminal, {});
  expect(entries).toMatchObject([{kind: 'probe'}]);
  expect(disk.limitBytes).toBeGreaterThan(1);
  expect((await readCache(terminal, {maxSize: 1})).disk.limitBytes).toBe(1);
});

test('a dry run removes nothing of what the prune itself removes', async () => {
  const {terminal, probes} = await openOldDesk();
  const dry = await pruneCache(terminal, {keepDays: 30, isDryRun: true});
  expect(dry?.removed).toHaveLength(1);
  expect(await readdir(probes)).toHaveLength(1);
  expect((await pruneCache(terminal, {keepDays: 30, isDryRun: false}))?.removed).toHaveLength(1);
  expect(await readdir(probes)).toEqual([]);
});
