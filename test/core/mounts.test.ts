import {exec} from 'node:child_process';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {expect, test} from 'vitest';
import {findFileSystem, findMounts, removeTree} from '../../src/core/mounts.ts';
import {makeFolder} from './fixtures.ts';

const shell = promisify(exec);

test('mount points at or below a path are found, with spaces in their names', () => {
  const line = (point: string): string => `36 35 98:0 / ${point} rw - ext4 /dev/sda rw`;
  const table = [line('/a/b'), line('/a/b/c\\040d'), line('/a/bc'), line('/')].join('\n');
  expect(findMounts(table, '/a/b')).toEqual(['/a/b', '/a/b/c d']);
});

test('the file system of a path is that of the nearest mount above it, the last where several are at one point', () => {
  const line = (point: string, type: string): string =>
    `36 35 98:0 / ${point} rw shared:1 - ${type} /dev/x rw`;
  const table = [line('/', 'ext4'), line('/a', 'ext4'), line('/a', 'vfat'), line('/ab', 'xfs')].join('\n');
  expect(findFileSystem(table, '/a/b')).toBe('vfat');
  expect(findFileSystem(table, '/abc')).toBe('ext4');
  expect(findFileSystem('', '/a')).toBeUndefined();
});

test.skipIf(process.getuid?.() !== 0)(
  'a folder with a bind mount below it is not deleted, and the mount is named',
  async () => {
    const folder = await makeFolder();
    await mkdir(join(folder, 'kept'));
    await writeFile(join(folder, 'kept/precious'), 'x');
    await mkdir(join(folder, 'tree/inner'), {recursive: true});
    await shell(`mount --bind '${folder}/kept' '${folder}/tree/inner'`);
    try {
      await expect(removeTree(join(folder, 'tree'))).rejects.toThrow(`${folder}/tree/inner`);
      expect(await readFile(join(folder, 'kept/precious'), 'utf8')).toBe('x');
    } finally {
      await shell(`umount '${folder}/tree/inner'`);
    }
    await removeTree(join(folder, 'tree'));
    await expect(readFile(join(folder, 'tree'))).rejects.toThrow('ENOENT');
  },
);
