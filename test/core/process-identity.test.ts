import {readFile} from 'node:fs/promises';
import {hostname} from 'node:os';
import {describe, expect, onTestFinished, test} from 'vitest';
import {
  findMachine,
  isAlive,
  isElsewhere,
  readOwnIdentity,
  type ProcessIdentity,
} from '../../src/core/process-identity.ts';
import {realExec, until} from './fixtures.ts';

test('we are alive, under the same name each time', async () => {
  const own = await readOwnIdentity(realExec);
  expect(own).toMatchObject({host: hostname(), pid: process.pid});
  expect(own.startedAt).not.toBe('unknown');
  expect(await readOwnIdentity(realExec)).toEqual(own);
  expect(await isAlive(own, {exec: realExec})).toBe(true);
});

test('another process that has our number later is not us', async () => {
  const own = await readOwnIdentity(realExec);
  expect(await isAlive({...own, startedAt: `${own.startedAt}0`}, {exec: realExec})).toBe(false);
  expect(await isAlive({...own, pid: 4_194_303}, {exec: realExec})).toBe(false);
});

test('a process that ended and was not waited for yet is dead', async () => {
  const lines: string[] = [];
  const controller = new AbortController();
  const running = realExec(['sh', '-c', 'sleep 60 & echo $! $$; exec sleep 60'], {
    signal: controller.signal,
    stopGraceMs: 10,
    onLine: (line) => lines.push(line),
  }).catch(() => undefined);
  onTestFinished(async () => {
    controller.abort(new Error('end'));
    await running;
  });
  await until(() => lines.length > 0);
  const [pid = 0, parent = 0] = (lines[0] ?? '').split(' ').map(Number);
  const stat = (): Promise<string> => readFile(`/proc/${pid}/stat`, 'utf8');
  // A shell takes notice of children that ended between two of its commands; `sleep` never does. The child's name
  // says that it has begun.
  for (const each of [pid, parent])
    await until(async () => (await readFile(`/proc/${each}/comm`, 'utf8')) === 'sleep\n');
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const identity = {host: hostname(), pid, startedAt: `${bootId}:${(await stat()).split(' ')[21]}`};
  expect(await isAlive(identity, {exec: realExec})).toBe(true);
  process.kill(pid, 'SIGKILL');
  await until(async () => (await stat()).split(' ')[2] === 'Z');
  expect(await isAlive(identity, {exec: realExec})).toBe(false);
});

test('a process of another host counts as alive: what it builds is not ours to destroy', async () => {
  expect(await isAlive({host: 'elsewhere.invalid', pid: 1, startedAt: 'x'}, {exec: realExec})).toBe(true);
});

describe('whose process it is', () => {
  const self: ProcessIdentity = {
    host: 'a',
    pid: 1,
    startedAt: 'boot-1:5',
    machine: 'm1',
    pidNamespace: 'pid:[1]',
  };
  test.each([
    ['of this boot', {pid: 2}, false],
    ['of this boot, before the host got another name', {host: 'b'}, false],
    ['of another container on this kernel', {pidNamespace: 'pid:[2]'}, true],
    [
      'of another container that shares our disk image',
      {host: 'a', pidNamespace: 'pid:[3]', machine: 'm1'},
      true,
    ],
    ['of an earlier boot of this host', {startedAt: 'boot-0:5'}, false],
    ['of a host of the same name', {startedAt: 'boot-2:5', machine: 'm2'}, true],
    ['of a host that was copied from this one', {host: 'b', startedAt: 'boot-2:5'}, true],
    ['of another host', {host: 'b', startedAt: 'boot-2:5', machine: 'm2'}, true],
  ])('%s', (_what, more, expected) => {
    expect(isElsewhere({...self, ...more}, self)).toBe(expected);
  });

  test.each([
    ['of this host', {host: 'a', pid: 1, startedAt: 'boot-1:5'}, false],
    ['of this host before a boot', {host: 'a', pid: 1, startedAt: 'boot-0:5'}, false],
    ['of another host', {host: 'b', pid: 1, startedAt: 'boot-2:5'}, true],
  ])('as version 0.1 wrote it: %s', (_what, identity, expected) => {
    expect(isElsewhere(identity, self)).toBe(expected);
  });

  test('an id that a host image has instead of one is none, and the id itself is not shown', () => {
    expect(['', 'uninitialized\n', '0'.repeat(32)].map(findMachine)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const id = '3d1219c7c4c5404aaa1f6d2a48adfda4';
    expect(findMachine(`${id}\n`)).toMatch(/^[0-9a-f]{16}$/);
    expect(id).not.toContain(findMachine(id));
  });

  test('a host that the operator calls gone has no living process, and all others still have', async () => {
    const there = {host: 'elsewhere.invalid', pid: 1, startedAt: 'x'};
    expect(await isAlive(there, {exec: realExec, goneHost: 'elsewhere.invalid'})).toBe(false);
    const own = await readOwnIdentity(realExec);
    expect(await isAlive(own, {exec: realExec, goneHost: own.host})).toBe(true);
  });
});
