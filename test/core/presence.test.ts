import {mkdir, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {expect, test} from 'vitest';
import {isTaken, isThere, readNames} from '../../src/core/presence.ts';

const folder = mkdtempSync(join(tmpdir(), 'presence-'));

test('a link that leads nowhere is not there, and yet takes its name', async () => {
  const link = join(folder, 'link');
  await symlink(join(folder, 'nowhere'), link);
  expect([await isThere(link), await isTaken(link)]).toEqual([false, true]);
  expect([await isThere(join(folder, 'other')), await isTaken(join(folder, 'other'))]).toEqual([
    false,
    false,
  ]);
});

test('only a folder that is not there has no names; one that cannot be read is an error', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  await mkdir(join(folder, 'names/one'), {recursive: true});
  expect(await readNames(join(folder, 'names'))).toEqual(['one']);
  expect(await readNames(join(folder, 'missing'))).toEqual([]);
  await expect(readNames(file)).rejects.toMatchObject({code: 'ENOTDIR'});
  expect(await readNames(file, 'ENOTDIR')).toEqual([]);
});
