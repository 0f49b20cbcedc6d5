import {tmpdir} from 'node:os';
import {expect, test} from 'vitest';
import {readFreeBytes} from '../../src/core/disk.ts';
import {checkDisk, checkFiles, checkMemory, readCgroup} from '../../src/host/resources.ts';
import {fakeHost} from './fake-host.ts';

const gib = 1024 ** 3;

test('needs on one file system add up', async () => {
  const need = (bytes: number) => ({path: `${tmpdir()}/not/there`, what: 'a', bytes, files: 1});
  expect((await checkDisk([need(1), need(1)])).ok).toBe(true);
  const short = await checkDisk([need(1e17), need(1e17)]);
  expect(short.ok).toBe(false);
  expect(short.message).toContain('a build needs 186264514.9 GiB');
  expect(short.remedy).toBe('df -h');
  const ofCache = {path: tmpdir(), what: 'cache', bytes: 1e17, files: 1};
  expect((await checkDisk([ofCache])).remedy).toBe('build-spark cache prune');
});

test('a disk that has no room for a second build is warned of, before a build is refused', async () => {
  const free = await readFreeBytes(tmpdir());
  const check = await checkDisk([{path: tmpdir(), what: 'cache', bytes: free - 100 * 1024 ** 2, files: 1}]);
  expect(check).toMatchObject({level: 'warning', ok: true, remedy: 'build-spark cache prune'});
  expect(check.message).toContain('nearly full');
});

test('a disk that takes no more files is refused, however much room it has; one without a limit is not', async () => {
  const need = (files: number) => ({path: tmpdir(), what: 'dists', bytes: 1, files});
  const check = (free: number | undefined) =>
    checkFiles([need(2_000), need(1_000)], () => Promise.resolve(free));
  expect(await check(3_000)).toMatchObject({name: 'inodes', ok: true});
  expect(await check(2_999)).toMatchObject({
    ok: false,
    remedy: 'df -i',
    message: expect.stringContaining('only 2,999 more files'),
  });
  expect(await check(undefined)).toMatchObject({ok: true});
  expect((await checkFiles([need(1)])).ok).toBe(true);
});

test('the interface that limits memory is found: the unified one first, then the old one, else none', async () => {
  const v1 = {'/sys/fs/cgroup/memory/memory.limit_in_bytes': '1'};
  const cgroupOf = async (files: Record<string, string>) => readCgroup((await fakeHost(files)).host);
  expect(await cgroupOf({'/sys/fs/cgroup/cgroup.controllers': 'cpu memory\n'})).toBe('v2');
  expect(await cgroupOf({'/sys/fs/cgroup/cgroup.controllers': 'cpu\n', ...v1})).toBe('v1');
  expect(await cgroupOf(v1)).toBe('v1');
  expect(await cgroupOf({})).toBe(undefined);
});

test('memory that the host does not have is refused, memory that others use is warned of', async () => {
  const check = async (totalGib: number, availableKib: number) => {
    const files = {'/proc/meminfo': `MemAvailable:   ${availableKib} kB\n`};
    return checkMemory((await fakeHost(files, {}, {memoryBytes: totalGib * gib})).host, 6144);
  };
  expect((await check(16, 8 * 1024 ** 2)).level).toBe('ok');
  expect((await check(16, 2 * 1024 ** 2)).level).toBe('warning');
  expect(await check(4, 3 * 1024 ** 2)).toMatchObject({
    level: 'failed',
    remedy: 'build-spark --cdh 5.7.0 --memory 3g',
  });
});
