// A source that attacks the host through its dist, built in real machines: what is wrong is named, and nothing is touched.
import {mkdir, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {makeHostileFork} from '../support/hostile-fork.ts';
import {useScenes} from '../support/machines.ts';
import {findDist, findLeftovers, planBuildArguments, runTool, type Scene} from '../support/scene.mjs';

const newScene = useScenes();

async function attack(scene: Scene, script: string) {
  const folder = join(scene.folder, 'fork');
  await mkdir(folder);
  const source = await makeHostileFork(folder, script);
  const argv = planBuildArguments(scene).map((word) => (word === 'sample' ? source : word));
  return runTool(scene, argv, {timeoutMs: 600_000});
}

test('links out, pipes, devices and odd names: each is named, and nothing of the host changes', async () => {
  const scene = await newScene();
  const canary = join(scene.folder, 'canary');
  await writeFile(canary, 'precious', {mode: 0o600});
  const before = await stat(canary);
  const {code, events} = await attack(
    scene,
    `ln -s ${canary} undelete.patch
mkfifo manifest.json
rm RELEASE; mkfifo RELEASE
sudo mknod disk b 7 0
ln -s ../../canary lib/out`,
  );
  expect(code).toBe(1);
  const message = events.find(({type}) => type === 'build.finished')?.failure?.message ?? '';
  for (const problem of [
    /undelete\.patch is a link to .*canary, which is outside/,
    /manifest\.json is a pipe/,
    /RELEASE is a pipe/,
    /disk is a device/,
    /lib\/out is a link to \.\.\/\.\.\/canary, which is outside/,
  ])
    expect(message).toMatch(problem);
  const {ino, mode, mtimeMs, ctimeMs} = await stat(canary);
  expect({ino, mode, mtimeMs, ctimeMs}).toEqual({
    ...{ino: before.ino, mode: before.mode},
    ...{mtimeMs: before.mtimeMs, ctimeMs: before.ctimeMs},
  });
  expect(await readFile(canary, 'utf8')).toBe('precious');
  expect(await findLeftovers(scene, {mayHaveDist: false})).toEqual([]);
});

test('modes are ours: nothing is setuid or for all to write, and two names are two files', async () => {
  const scene = await newScene();
  const {code, stderr} = await attack(
    scene,
    `cp /bin/true bin/rootly; sudo chown root bin/rootly; sudo chmod 6777 bin/rootly
chmod 0777 bin lib; chmod 0666 RELEASE; ln RELEASE second; ln -s RELEASE inside; sudo chmod 2777 .`,
  );
  expect(code, stderr).toBe(0);
  const dist = findDist(scene);
  const modes = await Promise.all(
    ['.', 'bin', 'bin/rootly', 'lib', 'RELEASE', 'second'].map(async (name) => {
      const entry = await stat(join(dist, name));
      return [name, (entry.mode & 0o7777).toString(8), entry.uid, entry.nlink > 1 && entry.isFile()];
    }),
  );
  const own = process.getuid?.();
  expect(modes).toEqual([
    ...[
      ['.', '755', own, false],
      ['bin', '755', own, false],
      ['bin/rootly', '755', own, false],
    ],
    ...[
      ['lib', '755', own, false],
      ['RELEASE', '644', own, false],
      ['second', '644', own, false],
    ],
  ]);
  expect(await findLeftovers(scene)).toEqual([]);
});
