import {readFile} from 'node:fs/promises';
import {hostname} from 'node:os';
import {expect, onTestFinished, test} from 'vitest';
import {isAlive, readOwnIdentity} from '../../src/core/process-identity.ts';
import {realExec, until} from './fixtures.ts';

test('we are alive, under the same name each time', async () => {
  const own = await readOwnIdentity(realExec);
  expect(own).toMatchObject({host: hostname(), pid: process.pid});
  expect(own.startedAt).not.toBe('unknown');
  expect(await readOwnIdentity(realExec)).toEqual(own);
  expect(await isAlive(own, realExec)).toBe(true);
});

test('another process that has our number later is not us', async () => {
  const own = await readOwnIdentity(realExec);
  expect(await isAlive({...own, startedAt: `${own.startedAt}0`}, realExec)).toBe(false);
  expect(await isAlive({...own, pid: 4_194_303}, realExec)).toBe(false);
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
  expect(await isAlive(identity, realExec)).toBe(true);
  process.kill(pid, 'SIGKILL');
  await until(async () => (await stat()).split(' ')[2] === 'Z');
  expect(await isAlive(identity, realExec)).toBe(false);
});

test('a process of another host counts as alive: what it builds is not ours to destroy', async () => {
  expect(await isAlive({host: 'elsewhere.invalid', pid: 1, startedAt: 'x'}, realExec)).toBe(true);
});
