// Patches of the Thriftserver as files: one that is like another, and files that it adds.
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {projectRoot} from '../../src/core/paths.ts';
import {readSourcePatches} from '../../src/maven/source-patches.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'source-patches-'));
});
afterEach(() => rm(root, {recursive: true}));

const edit = (find: string) => ({why: 'because', file: 'a', find, times: 1, replace: ''});

async function put(id: string, patch: object, files: Readonly<Record<string, string>> = {}): Promise<void> {
  const folder = join(root, 'patches/thriftserver');
  await mkdir(join(folder, id), {recursive: true});
  const whole = {formatVersion: 1, applies: {spark: '2.x'}, reason: 'because', ...patch};
  await writeFile(join(folder, `${id}.json`), JSON.stringify(whole));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, id, name), text);
}

test('a patch that is like another has its edits and its files, less those that it leaves out or has itself', async () => {
  const add = {why: 'because', file: 'A.java', add: 'A.java'};
  await put(
    'one',
    {edits: {a: edit('1'), b: edit('2'), c: edit('3'), d: {why: 'because', file: 'B', delete: true}, add}},
    {'A.java': 'class A {}'},
  );
  await put('two', {like: 'one', without: ['a'], edits: {b: edit('22')}});
  const [one, two] = await readSourcePatches(root);
  expect(one?.edits.map(({id}) => id)).toEqual(['a', 'b', 'c', 'd', 'add']);
  expect(two?.edits.map(({id}) => id)).toEqual(['c', 'd', 'add', 'b']);
  expect(two?.edits[2]).toMatchObject({text: 'class A {}'});
  expect(two?.edits[3]).toMatchObject({find: '22'});
});

test('with Spark’s own Hive in a dist, beeline speaks a version that the server of CDH 5’s Hive knows as well', async () => {
  const swaps = (await readSourcePatches(projectRoot)).filter(({id}) => id.startsWith('hive-swap-'));
  expect(swaps.map(({id}) => id)).toEqual([
    'hive-swap-2.0-beta',
    'hive-swap-2.0',
    'hive-swap-2.2',
    'hive-swap-2.3',
  ]);
  for (const {edits} of swaps)
    expect(edits.find(({id}) => id === 'hive-swap-protocol')).toMatchObject({
      find: 'HIVE_CLI_SERVICE_PROTOCOL_V8',
      replace: 'HIVE_CLI_SERVICE_PROTOCOL_V7',
    });
});
