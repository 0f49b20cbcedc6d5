import {existsSync} from 'node:fs';
import {readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {hostname} from 'node:os';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {systemClock} from '../../src/core/clock.ts';
import {InterruptedError} from '../../src/core/errors.ts';
import {removeDeadLocks, tryLock, withLock} from '../../src/core/lock.ts';
import {readOwnIdentity} from '../../src/core/process-identity.ts';
import {createTestClock, makeFolder, realExec, until} from './fixtures.ts';

const tools = {exec: realExec, clock: systemClock};
const elsewhere = {host: 'elsewhere.invalid', pid: 7, startedAt: 'another boot:1'};

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
    await Promise.all([1, 2, 3].map(() => withLock(path, tools, work, {doing: 'works'})));
    expect(most).toBe(1);
    expect(await readdir(join(path, '..'))).toEqual([]);
  });

  test('it is given back when the work throws', async () => {
    const path = await makeLockPath();
    await expect(
      withLock(path, tools, () => Promise.reject(new Error('work')), {doing: 'works'}),
    ).rejects.toThrow('work');
    expect(existsSync(path)).toBe(false);
  });

  test("a living process's lock is waited for, its owner named once; it is ours when that process is dead", async () => {
    const path = await makeLockPath();
    const other = await startOther();
    await writeFile(path, other.identity);
    const lines: string[] = [];
    const waiting = withLock(path, tools, () => Promise.resolve('done'), {
      doing: 'builds the box',
      announce: (line) => lines.push(line),
    });
    await until(() => lines.length > 0);
    expect(await tryLock(path, tools, () => Promise.resolve('taken'))).toBeUndefined();
    expect(await readFile(path, 'utf8')).toBe(other.identity);
    await other.stop();
    expect(await waiting).toBe('done');
    const {pid} = JSON.parse(other.identity) as {pid: number};
    expect(lines).toEqual([
      expect.stringMatching(`^Waiting: process ${pid} builds the box, since 20.*Z\\.$`),
    ]);
  });

  test('an abort ends the waiting, and leaves nothing but the lock of the other', async () => {
    const path = await makeLockPath();
    const other = await startOther();
    await writeFile(path, other.identity);
    const controller = new AbortController();
    const waiting = withLock(path, tools, () => Promise.resolve(), {
      doing: 'works',
      signal: controller.signal,
      announce: () => controller.abort(),
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
    await writeFile(path, JSON.stringify(elsewhere));
    expect(await tryLock(path, tools, () => Promise.resolve('mine'))).toBeUndefined();
    await removeDeadLocks(join(path, '..'), tools);
    expect(await readdir(join(path, '..'))).toEqual(['a.lock']);
  });

  test('who waits for another host is told what to type, and that host may be called gone', async () => {
    const path = await makeLockPath();
    await writeFile(path, JSON.stringify(elsewhere));
    const controller = new AbortController();
    const lines: string[] = [];
    const announce = (line: string): void => {
      lines.push(line);
      controller.abort(new InterruptedError('SIGINT'));
    };
    // As every command has them: nobody can wait unheard, or without hearing the signal.
    const session = {...tools, announce, signal: controller.signal};
    const work = withLock(path, session, () => Promise.resolve(), {doing: 'is fetching'});
    await expect(work).rejects.toThrow();
    expect(lines).toEqual([
      expect.stringMatching(/process 7 on host elsewhere\.invalid is fetching, since /),
    ]);
    expect(lines[0]).toContain('build-spark reap --host elsewhere.invalid');
    await removeDeadLocks(join(path, '..'), {...tools, goneHost: 'elsewhere.invali'});
    expect(existsSync(path)).toBe(true);
    await removeDeadLocks(join(path, '..'), {...tools, goneHost: 'elsewhere.invalid'});
    expect(existsSync(path)).toBe(false);
  });

  test('a pipe in place of a lock is a damaged lock, and nobody waits for its writer', async () => {
    const path = await makeLockPath();
    await realExec(['mkfifo', path]);
    expect(await tryLock(path, tools, () => Promise.resolve('mine'))).toBe('mine');
  });

  test('a lock that others read gets its mode whatever the umask is, and through no link', async () => {
    const path = await makeLockPath();
    const before = process.umask(0o077);
    try {
      await withLock(path, tools, async () => expect((await stat(path)).mode & 0o777).toBe(0o644), {
        doing: 'works',
        mode: 0o644,
      });
    } finally {
      process.umask(before);
    }
  });

  test('a wait of milliseconds is not announced', async () => {
    const path = await makeLockPath();
    const lines: string[] = [];
    const session = {...tools, announce: (line: string) => lines.push(line)};
    let release: () => void = () => undefined;
    const held = withLock(path, tools, () => new Promise<void>((resolve) => (release = resolve)), {
      doing: 'works',
    });
    await until(() => existsSync(path));
    const clock = createTestClock();
    const waiting = withLock(path, {...session, clock}, () => Promise.resolve(clock.monotonicMs()), {
      doing: 'works',
      quietMs: 60_000,
    });
    await until(() => clock.monotonicMs() > 1_000);
    const silent = lines.length;
    await until(() => clock.monotonicMs() > 60_000);
    release();
    await Promise.all([held, waiting]);
    expect([silent, lines.length]).toEqual([0, 1]);
  });

  test('of many that find a dead owner at once, one at a time gets it', async () => {
    const path = await makeLockPath();
    await writeFile(path, '{"damaged');
    let [inside, most] = [0, 0];
    await Promise.all(
      Array.from({length: 8}, () =>
        withLock(
          path,
          tools,
          async () => {
            inside += 1;
            most = Math.max(most, inside);
            await new Promise((resolve) => setTimeout(resolve, 5));
            inside -= 1;
          },
          {doing: 'works'},
        ),
      ),
    );
    expect(most).toBe(1);
  });
});
