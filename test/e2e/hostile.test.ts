// What a build may leave in its dist to get at this host, from argv to exit code, with a machine that is faked.
import {execFileSync} from 'node:child_process';
import {rm, stat, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect} from 'vitest';
import {buildArguments, distName, playSample} from './sample-build.ts';
import {readText, test, type Scene} from './scene.ts';

const fifo = (path: string): Buffer => execFileSync('mkfifo', [path]);

describe.concurrent('a dist that attacks', () => {
  const attacks: readonly (readonly [string, (dist: string, scene: Scene) => unknown, RegExp])[] = [
    [
      'by a link out',
      (dist, {folder}) => symlink(join(folder, 'canary'), join(dist, 'undelete.patch')),
      /undelete\.patch is a link to .*canary, which is outside/,
    ],
    [
      'by pipes',
      async (dist) => {
        fifo(join(dist, 'manifest.json'));
        await rm(join(dist, 'RELEASE'));
        fifo(join(dist, 'RELEASE'));
      },
      /manifest\.json is a pipe; .*RELEASE is a pipe|RELEASE is a pipe; .*manifest\.json is a pipe/,
    ],
    [
      'by a name of ours',
      (dist) => symlink('RELEASE', join(dist, 'undelete.patch')),
      /The build made undelete\.patch itself/,
    ],
  ];
  for (const [name, attack, expected] of attacks)
    test(`${name} ends the build with its name, and nothing is touched`, async ({scene}) => {
      const canary = join(scene.folder, 'canary');
      await writeFile(canary, 'precious', {mode: 0o600});
      await playSample(scene);
      await attack(join(scene.folder, 'guest-dist'), scene);
      const {code, stdout, stderr} = await scene.run(buildArguments(scene));
      expect(code).toBe(1);
      expect(stdout + stderr).toMatch(expected);
      expect(await readText(canary)).toBe('precious');
      expect((await stat(canary)).mode & 0o777).toBe(0o600);
      expect(await scene.dists()).toEqual([]);
    });

  test('by modes has ours, also where the umask is 077, and what is changed later is seen', async ({
    scene,
  }) => {
    await playSample(scene);
    const from = join(scene.folder, 'guest-dist');
    execFileSync('chmod', ['6777', join(from, 'bin/beeline'), join(from, 'bin')]);
    const before = process.umask(0o077);
    const running = scene.start(buildArguments(scene));
    process.umask(before);
    expect(await running.done).toMatchObject({code: 0});
    const dist = join(scene.output, distName);
    const modes = ['.', 'bin', 'bin/beeline', 'RELEASE', 'undelete.patch', 'manifest.json', 'SHA256SUMS'];
    expect(
      await Promise.all(
        modes.map(async (name) => ((await stat(join(dist, name))).mode & 0o7777).toString(8)),
      ),
    ).toEqual(['755', '755', '755', '644', '644', '644', '644']);
    execFileSync('chmod', ['6777', join(dist, 'bin/beeline')]);
    await writeFile(join(dist, 'mine'), '');
    const plan = await scene.run(['plan', ...buildArguments(scene)]);
    expect(plan.stdout).toMatch(/bin\/beeline has mode 6777/);
    execFileSync('chmod', ['755', join(dist, 'bin/beeline')]);
    const again = await scene.run(buildArguments(scene));
    expect(again).toMatchObject({code: 0});
    expect(again.stdout + again.stderr).toMatch(/up to date; not of the build is mine/);
  });
});
