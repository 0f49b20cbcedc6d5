import {hostname} from 'node:os';
import {expect, test} from 'vitest';
import {isAlive, readOwnIdentity} from '../../src/core/process-identity.ts';
import {realExec} from './fixtures.ts';

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
  // The shell never waits for its child, which therefore stays a zombie while the shell sleeps.
  const lines: string[] = [];
  const controller = new AbortController();
  const running = realExec(['sh', '-c', 'sh -c "exit 0" & echo $!; exec sleep 60'], {
    signal: controller.signal,
    stopGraceMs: 10,
    onLine: (line) => lines.push(line),
  }).catch(() => undefined);
  while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const pid = Number(lines[0]);
  const {stdout} = await realExec([
    'sh',
    '-c',
    'until grep -q "^State:.Z" /proc/$1/status; do sleep 0.05; done; cut -d" " -f22 /proc/$1/stat; cat /proc/sys/kernel/random/boot_id',
    'sh',
    String(pid),
  ]);
  const [start = '', bootId = ''] = stdout.split('\n');
  expect(await isAlive({host: hostname(), pid, startedAt: `${bootId}:${start}`}, realExec)).toBe(false);
  controller.abort(new Error('end'));
  await running;
});

test('a process of another host counts as alive: what it builds is not ours to destroy', async () => {
  expect(await isAlive({host: 'elsewhere.invalid', pid: 1, startedAt: 'x'}, realExec)).toBe(true);
});
