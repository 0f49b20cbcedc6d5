import {chmod, chown, lstat, mkdir, readdir, symlink} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {expect, test} from 'vitest';
import {systemClock} from '../../src/core/clock.ts';
import {createExec} from '../../src/core/exec.ts';
import type {Machine, ProviderName} from '../../src/machine/machine.ts';
import {createProviderLock, openLockFolder} from '../../src/machine/provider-lock.ts';
import {makeFolder} from '../distribution/fake-dist.ts';

const tools = {exec: createExec({PATH: '/usr/bin:/bin'}), clock: systemClock};

/** Machines of two copies of the tool, and how many of their calls ran at one time. */
async function playCopies(provider: ProviderName) {
  const folder = await makeFolder();
  let now = 0;
  const most = {up: 0, destroy: 0};
  const work = (what: 'up' | 'destroy') => async (): Promise<void> => {
    now += 1;
    most[what] = Math.max(most[what], now);
    await wait(20);
    now -= 1;
  };
  const copies = [0, 1].map(() => createProviderLock(() => Promise.resolve(folder), tools));
  const machines = copies.flatMap((copy) =>
    [0, 1].map((index) =>
      copy.wrap({
        spec: {id: `build-spark-${index}`, provider, box: {name: 'b'}},
        up: work('up'),
        destroy: work('destroy'),
      } as unknown as Machine),
    ),
  );
  const options = {signal: new AbortController().signal};
  await Promise.all(machines.map((machine) => machine.up({} as never, options)));
  const first = {...most};
  await Promise.all(machines.map((machine) => machine.up({} as never, options)));
  await Promise.all(machines.map((machine) => machine.destroy(options)));
  expect(await readdir(folder)).toEqual([]);
  return {first, most};
}

test('VirtualBox does one thing at a time, across copies', async () => {
  expect((await playCopies('virtualbox')).most).toEqual({up: 1, destroy: 1});
});

test('libvirt: only the first boots one after the other', async () => {
  const {first, most} = await playCopies('libvirt');
  expect(first.up).toBe(1);
  expect(most.up).toBeGreaterThan(1);
  expect(most.destroy).toBeGreaterThan(1);
});

test('lxc: all at once', async () => {
  expect((await playCopies('lxc')).first.up).toBe(4);
});

test('the folder is open to all users; a link or a closed one is not taken', async () => {
  const parent = await makeFolder();
  const folder = await openLockFolder(join(parent, 'own'), undefined, [parent]);
  expect(folder).toBe(join(parent, 'build-spark'));
  expect((await lstat(folder)).mode & 0o7777).toBe(0o777);
  expect(await openLockFolder(join(parent, 'own'), undefined, [parent])).toBe(folder);
  const other = await makeFolder();
  await mkdir(join(other, 'elsewhere'));
  await symlink(join(other, 'elsewhere'), join(other, 'build-spark'));
  const lines: string[] = [];
  const announce = (line: string): void => void lines.push(line);
  expect(await openLockFolder(join(other, 'own'), announce, [other, '/proc'])).toBe(join(other, 'own'));
  expect(lines).toEqual([expect.stringMatching(/build-spark is not used for locks.*: it is not a folder/)]);
});

test.runIf(process.getuid?.() === 0)(
  'a folder that any other user made is not used, which is said',
  async () => {
    const parent = await makeFolder();
    const folder = join(parent, 'build-spark');
    await mkdir(folder);
    await chmod(folder, 0o777);
    await chown(folder, 65_534, 65_534);
    const lines: string[] = [];
    const own = join(parent, 'own');
    expect(await openLockFolder(own, (line) => lines.push(line), [parent])).toBe(own);
    expect(lines).toEqual([expect.stringContaining('it belongs to user 65534, neither to root nor to you')]);
  },
);
