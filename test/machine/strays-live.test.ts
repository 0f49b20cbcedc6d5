import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {systemClock} from '../../src/core/clock.ts';
import {killStrays, machineMark} from '../../src/machine/strays.ts';
import {isRunning, makeFolder, realExec, until} from '../core/fixtures.ts';

const tools = {exec: realExec, clock: systemClock, asRoot: (argv: readonly [string, ...string[]]) => argv};

test('kills every marked process and its children, and nobody else', async () => {
  const folder = await makeFolder();
  const start = async (
    name: string,
    id: string,
  ): Promise<{readonly pid: number; readonly done: Promise<unknown>}> => {
    const file = join(folder, name);
    // Its own session and without a parent that waits: what a killed copy of the tool leaves.
    const script = `(trap '' TERM INT HUP; echo $(exec sh -c 'echo $PPID') > "$1.new"; mv "$1.new" "$1"; sleep 60) & wait`;
    const done = realExec(['sh', '-c', script, 'sh', file], {env: machineMark(id), allow: 'any'}).catch(
      () => undefined,
    );
    await until(() => existsSync(file));
    return {pid: Number(await readFile(file, 'utf8')), done};
  };
  const ours = await start('ours', 'build-spark-test-strays-a');
  const other = await start('other', 'build-spark-test-strays-ab');
  await killStrays('build-spark-test-strays-a', tools);
  await ours.done;
  await until(() => !isRunning(ours.pid));
  expect(isRunning(other.pid)).toBe(true);
  await killStrays('build-spark-test-strays-ab', tools);
  await other.done;
  await until(() => !isRunning(other.pid));
});

test('nothing marked, nothing done', async () => {
  await killStrays('build-spark-test-strays-none', tools);
});
