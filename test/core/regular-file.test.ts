import {execFileSync} from 'node:child_process';
import {readFile, stat, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {NotRegularError, openRegular, readRegular, writeNew} from '../../src/core/regular-file.ts';
import {makeFolder} from './fixtures.ts';

test('a link, a folder and a FIFO without a writer are refused at once', async () => {
  const folder = await makeFolder();
  await writeFile(join(folder, 'file'), 'content');
  await symlink('file', join(folder, 'link'));
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  for (const name of ['link', 'fifo', '.'])
    await expect(openRegular(join(folder, name)), name).rejects.toBeInstanceOf(NotRegularError);
  expect(String(await readRegular(join(folder, 'file')))).toBe('content');
  await expect(readRegular(join(folder, 'file'), 3)).rejects.toThrow('more than 3');
});

test('nothing is written over or through what is there', async () => {
  const folder = await makeFolder();
  await writeFile(join(folder, 'victim'), 'precious');
  await symlink(join(folder, 'victim'), join(folder, 'link'));
  await symlink(join(folder, 'new'), join(folder, 'dangling'));
  for (const name of ['victim', 'link', 'dangling'])
    await expect(writeNew(join(folder, name), 'bad', 0o644), name).rejects.toThrow('EEXIST');
  expect(await readFile(join(folder, 'victim'), 'utf8')).toBe('precious');
  const before = process.umask(0o077);
  await writeNew(join(folder, 'own'), 'x', 0o644).finally(() => process.umask(before));
  expect((await stat(join(folder, 'own'))).mode & 0o777).toBe(0o644);
});
