// What is at the place of a dist, and whether this host need be looked at to say so.
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {hasDists, renderExtra} from '../../src/batch/targets.ts';
import type {TargetState} from '../../src/distribution/publish.ts';
import {openDesk} from './desk.ts';

test('a folder is worth a look when it has something called as a dist is', async () => {
  const {output} = await openDesk();
  expect(await hasDists(output)).toBe(false);
  expect(await hasDists(join(output, 'none'))).toBe(false);
  await writeFile(join(output, 'notes'), '');
  expect(await hasDists(output)).toBe(false);
  await mkdir(join(output, 'dist-x'));
  expect(await hasDists(output)).toBe(true);
});

test('what is in a dist besides the build is said of one that is up to date, and of no other', () => {
  const manifest = {} as Extract<TargetState, {status: 'same'}>['manifest'];
  expect(renderExtra('dist-x', {status: 'same', manifest, extra: ['notes.txt']})).toMatch(
    /^dist-x .*notes\.txt/,
  );
  expect(renderExtra('dist-x', {status: 'same', manifest, extra: []})).toBeUndefined();
  expect(renderExtra('dist-x', {status: 'stale', manifest, reason: 'lacks a file'})).toBeUndefined();
  expect(renderExtra('dist-x', undefined)).toBeUndefined();
});
