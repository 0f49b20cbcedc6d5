// Folders of ours that cannot be what they should be, and output that goes nowhere: each ends with a sentence.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, open, readdir, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect} from 'vitest';
import {realExec} from '../core/fixtures.ts';
import {buildArguments, playSample} from './sample-build.ts';
import {main} from './paths.ts';
import {test, type Scene} from './scene.ts';

/** A file where the state should be; removed before the scene looks whether anything is left. */
async function withFile(path: string, work: () => Promise<void>): Promise<void> {
  await writeFile(path, '');
  try {
    await work();
  } finally {
    await rm(path);
  }
}

async function runTo(
  scene: Scene,
  target: string,
  args: readonly string[],
): Promise<[number | null, string]> {
  const handle = await open(target, 'w');
  const child = spawn(process.execPath, [main, ...args], {
    cwd: scene.folder,
    env: scene.env,
    stdio: ['ignore', handle.fd, 'pipe'],
  });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  await handle.close();
  return [code, stderr];
}

describe('impossible folders', () => {
  test('a file in place of the state: exit 4 with the variable, never a bug', async ({scene}) => {
    await withFile(join(scene.folder, 'state'), async () => {
      const commands = [['machines'], ['reap'], ['logs', 'x'], buildArguments(scene)];
      for (const args of commands) {
        const {code, stderr} = await scene.run(args);
        expect({args, code, stderr}).toMatchObject({code: 4});
        expect(stderr).toContain('The state folder');
        expect(stderr).toContain('XDG_STATE_HOME=<folder>');
        expect(stderr).not.toContain('bug');
      }
      const {stdout} = await scene.run(['doctor', '--json']);
      const {checks} = JSON.parse(stdout) as {checks: {name: string; ok: boolean; message: string}[]};
      expect(checks.find(({name}) => name === 'state')).toMatchObject({ok: false});
      expect((await scene.run(['releases'])).code).toBe(0);
    });
  });

  test('a link to nowhere in place of the cache', async ({scene}) => {
    const cache = join(scene.folder, 'cache');
    await symlink(join(scene.folder, 'nowhere/deep'), cache);
    scene.env.XDG_CACHE_HOME = cache;
    const {code, stderr} = await scene.run(['plan', ...buildArguments(scene)]);
    expect({code, stderr}).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('XDG_CACHE_HOME=<folder>'),
    });
    expect(stderr).not.toContain('bug');
  });

  test('HOME unset, empty or relative is not taken for the folder we are in', async ({scene}) => {
    for (const HOME of ['', 'here']) {
      const env: Record<string, string> = {...scene.env, HOME};
      delete env.XDG_STATE_HOME;
      const {stdout} = await realExec([process.execPath, main, 'machines', '--json'], {
        cwd: scene.folder,
        env,
      });
      expect(stdout).toMatch(/^\[/);
    }
    await expect(readFile(join(scene.folder, '.local'))).rejects.toThrow('ENOENT');
    await expect(readFile(join(scene.folder, 'here'))).rejects.toThrow('ENOENT');
  });

  test.runIf(process.getuid?.() === 0)(
    'a read-only state: what only looks works, the rest says so',
    async ({scene}) => {
      const state = join(scene.folder, 'state');
      await mkdir(state);
      await realExec(['mount', '-t', 'tmpfs', '-o', 'ro', 'tmpfs', state]);
      try {
        for (const args of [['machines'], ['releases'], ['cache'], ['--help']])
          expect({args, code: (await scene.run(args)).code}).toEqual({args, code: 0});
        const {code, stderr} = await scene.run(['reap']);
        expect({code, stderr}).toMatchObject({code: 4, stderr: expect.stringContaining('read-only')});
        const {stdout} = await scene.run(['doctor', '--json']);
        expect(stdout).toContain('read-only');
      } finally {
        await realExec(['umount', state]);
      }
    },
  );

  test('a damaged journal entry is named, and the exit code says so, after all others are done', async ({
    scene,
  }) => {
    const journal = join(scene.state, 'journal');
    const file = join(journal, 'build-spark-x-aaaaaa.json');
    await mkdir(journal, {recursive: true});
    await playSample(scene);
    await withFile(file, async () => {
      for (const command of ['machines', 'reap']) {
        const {code, stderr} = await scene.run([command]);
        expect({code, stderr}).toMatchObject({code: 2, stderr: expect.stringContaining(`mv ${file}`)});
      }
      expect((await scene.run(buildArguments(scene))).code).toBe(0);
    });
  });
});

describe('a lock of another host', () => {
  const owner = {host: 'elsewhere.invalid', pid: 77, startedAt: 'another boot:1'};

  test('`plan` says whom it waits for, hears the first signal, and goes on once that host is called gone', async ({
    scene,
  }) => {
    const cache = join(scene.folder, 'cache');
    scene.env.XDG_CACHE_HOME = cache;
    const repository = join(scene.folder, 'repository');
    await realExec(['git', 'init', '-q', '-b', 'main', repository]);
    const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.org'];
    const commit = (): Promise<unknown> =>
      realExec(['git', '-C', repository, ...identity, 'commit', '-q', '--allow-empty', '-m', 'a']);
    await commit();
    const args = ['plan', '--ref', 'main', '--source', repository];
    await scene.run(args); // It has no Spark in it; what matters is the mirror that is made.
    const git = join(cache, 'build-spark/git');
    const [mirror = ''] = (await readdir(git)).filter((name) => name.endsWith('.git'));
    const lock = join(git, mirror.replace(/git$/, 'lock'));
    await commit(); // So that there is something to fetch.
    await writeFile(lock, JSON.stringify(owner));
    const waiting = scene.start(args);
    await waiting.sees('process 77 on host elsewhere.invalid is fetching');
    await waiting.sees('build-spark reap --host elsewhere.invalid');
    waiting.kill('SIGINT');
    expect((await waiting.done).code).toBe(130);
    expect(await readFile(lock, 'utf8')).toBe(JSON.stringify(owner));
    const again = scene.start(args);
    await again.sees('Waiting');
    expect((await scene.run(['reap', '--host', 'elsewhere.invalid'])).code).toBe(0);
    expect((await again.done).code).toBe(2);
  });
});

describe('output that goes nowhere', () => {
  test('a full device is not exit 0', async ({scene}) => {
    for (const args of [['releases', '--json'], ['machines', '--json'], ['--help']]) {
      const [code, stderr] = await runTo(scene, '/dev/full', args);
      expect({args, code}).toEqual({args, code: 4});
      expect(stderr).toContain('The output is not complete');
    }
  });

  test('events of a build are not lost without a word, and its dist is there', async ({scene}) => {
    await playSample(scene);
    const [code] = await runTo(scene, '/dev/full', [...buildArguments(scene), '--json']);
    expect(code).toBe(4);
    expect(await scene.dists()).toEqual(['dist-cdh5.7.0-nodeps']);
  });
});
