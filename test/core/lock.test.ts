import {existsSync} from 'node:fs';
import {readdir, readFile, writeFile} from 'node:fs/promises';
import {hostname} from 'node:os';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {systemClock} from '../../src/core/clock.ts';
import {removeDeadLocks, tryLock, withLock} from '../../src/core/lock.ts';
import {readOwnIdentity} from '../../src/core/process-identity.ts';
import {makeFolder, realExec, until} from './fixtures.ts';

const tools = {exec: realExec, clock: systemClock};

async function makeLockPath(): Promise<string> {
  return join(await makeFolder(), 'a.lock');
}

/** A living process other than ours, with its identity as a lock records it. */
async function startOther(): Promise<{readonly identity: string; readonly stop: () => Promise<void>}> {
  const controller = new AbortController();
  let pid = 0;
  const done = realExec(['sh', '-c', 'echo $$; exec sleep 60'], {
    signal: controller.signal,
    stopGraceMs: 10,
    onLine: (line) => (pid = Number(line)),
  }).catch(() => undefined);
  await until(() => pid !== 0);
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  return {
    identity: JSON.stringify({host: hostname(), pid, startedAt: `${bootId}:${start}`}),
    stop: async () => {
      controller.abort(new Error('end'));
      await done;
    },
  };
}

describe('locks', () => {
  test('only one at a time works under a lock, and it is gone afterwards', async () => {
    const path = await makeLockPath();
    let [inside, most] = [0, 0];
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => withLock(path, tools, work)));
    expect(most).toBe(1);
    expect(await readdir(join(path, '..'))).toEqual([]);
  });

  test('it is given back when the work throws', async () => {
    const path = await makeLockPath();
    await expect(withLock(path, tools, () => Promise.reject(new Error('work')))).rejects.toThrow('work');
    expect(existsSync(path)).toBe(false);
  });

  test("a living process's lock is waited for, its owner named once; it is ours when that process is dead", async () => {
    const path = await makeLockPath();
    const other = await startOther();
    await writeFile(path, other.identity);
    const owners: string[] = [];
    const waiting = withLock(path, tools, () => Promise.resolve('done'), {
      onWait: (owner) => owners.push(JSON.stringify(owner)),
    });
    await until(() => owners.length > 0);
    expect(await tryLock(path, tools, () => Promise.resolve('taken'))).toBeUndefined();
    expect(await readFile(path, 'utf8')).toBe(other.identity);
    await other.stop();
    expect(await waiting).toBe('done');
    expect(owners).toEqual([other.identity]);
  });

  test('an abort ends the waiting, and leaves nothing but the lock of the other', async () => {
    const path = await makeLockPath();
    const other = await startOther();
    await writeFile(path, other.identity);
    const controller = new AbortController();
    const waiting = withLock(path, tools, () => Promise.resolve(), {
      signal: controller.signal,
      onWait: () => controller.abort(),
    });
    await expect(waiting).rejects.toMatchObject({name: 'AbortError'});
    expect(await readdir(join(path, '..'))).toEqual(['a.lock']);
    await other.stop();
  });

  test.each([
    [
      'of a process that is gone',
      async () => JSON.stringify({...(await readOwnIdentity(realExec)), pid: 4_194_303}),
    ],
    [
      'of an earlier process with our number',
      async () => JSON.stringify({...(await readOwnIdentity(realExec)), startedAt: 'boot:1'}),
    ],
    ['that is empty', () => Promise.resolve('')],
    ['that is cut off', () => Promise.resolve('{"host": "x", "pi')],
    ['of another shape', () => Promise.resolve('{"pid": "many"}')],
  ])('a lock %s is taken over', async (_what, makeContent) => {
    const path = await makeLockPath();
    await writeFile(path, await makeContent());
    expect(await tryLock(path, tools, () => Promise.resolve('mine'))).toBe('mine');
    expect(await readdir(join(path, '..'))).toEqual([]);
  });

  test('what killed processes left in a folder is removed, and nothing else', async () => {
    const path = await makeLockPath();
    const folder = join(path, '..');
    const own = await readOwnIdentity(realExec);
    const dead = JSON.stringify({...own, pid: 4_194_303});
    const alive = JSON.stringify(own);
    const files = {
      'a.lock': dead, 'b.lock': '{"cut', 'c.lock': alive, 'notes.txt': '{}',
      'a.lock.1-2': dead, 'c.lock.3-4': alive, 'c.lock.5-6': '', 'a.lock.breaking': dead,
    }; // prettier-ignore
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    await removeDeadLocks(folder, tools);
    expect((await readdir(folder)).toSorted()).toEqual(['c.lock', 'c.lock.3-4', 'c.lock.5-6', 'notes.txt']);
  });

  test('a lock of another host counts as alive', async () => {
    const path = await makeLockPath();
    await writeFile(path, JSON.stringify({host: 'elsewhere.invalid', pid: 1, startedAt: 'x'}));
    expect(await tryLock(path, tools, () => Promise.resolve('mine'))).toBeUndefined();
  });

  test('of many that find a dead owner at once, one at a time gets it', async () => {
    const path = await makeLockPath();
    await writeFile(path, '{"damaged');
    let [inside, most] = [0, 0];
    await Promise.all(
      Array.from({length: 8}, () =>
        withLock(path, tools, async () => {
          inside += 1;
          most = Math.max(most, inside);
          await new Promise((resolve) => setTimeout(resolve, 5));
          inside -= 1;
        }),
      ),
    );
    expect(most).toBe(1);
  });
});
