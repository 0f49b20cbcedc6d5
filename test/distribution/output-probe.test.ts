// What the output folder is tried for before a build begins, on real file systems where that is possible.
import {spawnSync} from 'node:child_process';
import {mkdir, readdir, truncate, writeFile} from 'node:fs/promises';
import {hostname} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {HostError} from '../../src/core/errors.ts';
import {createExec} from '../../src/core/exec.ts';
import {toHostError} from '../../src/distribution/output-folder.ts';
import {checkOutputFolder, createPartial} from '../../src/distribution/publish.ts';
import {makeFolder} from './fake-dist.ts';

const exec = createExec({PATH: '/usr/bin:/bin'});

/** Runs the work in a file system of its own. @returns undefined where nothing may be mounted. */
async function inFileSystem(
  make: readonly [string, ...string[]],
  type: string,
  work: (folder: string) => Promise<void>,
): Promise<boolean> {
  const folder = await makeFolder();
  const [image, point] = [join(folder, 'image'), join(folder, 'point')];
  await writeFile(image, '');
  await truncate(image, 8 * 1024 ** 2);
  await mkdir(point);
  const [command, ...args] = make;
  const run = (...[name, ...rest]: readonly [string, ...string[]]): boolean =>
    spawnSync(name, rest).status === 0;
  if (!run(command, ...args, image)) return false;
  if (!run('mount', '-t', type, '-o', 'loop', image, point)) return false;
  try {
    await work(point);
  } finally {
    run('umount', point);
  }
  return true;
}

const problemOf = async (folder: string): Promise<HostError> => {
  const error: unknown = await checkOutputFolder(folder, {exec}).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(HostError);
  return error as HostError;
};

test.for([
  ['vfat', ['mkfs.vfat'], 'vfat'],
  ['fuseblk', ['mkfs.ntfs', '-F', '-q'], 'ntfs-3g'],
] as const)(
  '%s keeps no modes: said with its name, before a machine boots',
  async ([type, make, mountType], {skip}) => {
    const done = await inFileSystem(make, mountType, async (folder) => {
      const {message, hint, exitCode} = await problemOf(folder);
      expect(message).toContain(`(${type}) cannot hold a dist: files do not keep their modes`);
      expect(message).toContain(folder);
      expect(hint).toContain('--output');
      expect(exitCode).toBe(4);
      const before = await readdir(folder);
      // A folder that is yet to be made is tried where it will be.
      expect((await problemOf(join(folder, 'new'))).message).toContain(join(folder, 'new'));
      expect(await readdir(folder)).toEqual(before);
      expect(before).toEqual([]);
    });
    if (!done) skip(`needs root, ${make[0]}, a loop device and a kernel that knows ${type}`);
  },
);

test('a disk that has room and takes no more files is not called full', async ({skip}) => {
  const done = await inFileSystem(['mkfs.ext4', '-q', '-N', '16'], 'ext4', async (folder) => {
    const {message, hint} = await problemOf(folder);
    expect(message).toMatch(/no more files: the inodes of its file system are used up/);
    expect(hint).toContain('df -i');
  });
  if (!done) skip('needs root, mkfs.ext4 and a loop device');
});

test('an ordinary file system is accepted; a read-only one is refused', async ({skip}) => {
  const done = await inFileSystem(['mkfs.ext4', '-q'], 'ext4', async (folder) => {
    await checkOutputFolder(folder, {exec});
    expect(await readdir(folder)).toEqual(['lost+found']);
    spawnSync('mount', ['-o', 'remount,ro', folder]);
    expect((await problemOf(folder)).message).toMatch(/read-only/);
  });
  if (!done) skip('needs root, mkfs.ext4 and a loop device');
});

test('a used-up quota is named, though Node does not know it', () => {
  // As Node 20 throws it.
  const error = Object.assign(new Error('Unknown system error -122: Unknown system error -122, write'), {
    errno: -122,
    code: 'Unknown system error -122',
    syscall: 'write',
  });
  const {message, hint} = toHostError('/out', error);
  expect(message).toBe('The output folder /out cannot be written: your disk quota there is used up.');
  expect(hint).toContain('Make room');
});

test('what a killed probe left goes with the next one', async () => {
  const out = await makeFolder();
  const dead = {host: hostname(), pid: spawnSync('true').pid, startedAt: 'long ago'};
  await createPartial(out, 'build-spark-probe', {owner: dead});
  await checkOutputFolder(join(out, 'new'), {exec});
  expect(await readdir(out)).toEqual([]);
});
