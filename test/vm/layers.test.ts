import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {useScenes} from '../support/machines.ts';
import {
  findDist,
  findLeftovers,
  planBuildArguments,
  runHost,
  startTool,
  type Scene,
} from '../support/scene.mjs';

const newScene = useScenes();

interface Seen {
  readonly puppet: string;
  readonly layers: string;
}

/** What is seen in a machine while Maven runs; the build then ends as it would, or is cancelled. */
async function build(scene: Scene, extra: readonly string[] = [], isCancelled = false): Promise<Seen> {
  const run = startTool(scene, planBuildArguments(scene, extra));
  await run.waitFor('step.started', 'Make distribution');
  const machine = run.machines().at(-1) ?? '';
  const layers = await readFile(`/var/lib/lxc/${machine}/layers`, 'utf8');
  // What Puppet would still change: nothing, or the golden layer is not what Puppet made.
  const folder = join(scene.state, 'build-spark/machines', machine);
  const inGuest = (...argv: readonly string[]) => runHost('lxc-attach', '-n', machine, '--', ...argv);
  const puppet = (await inGuest('sh', '-c', 'cat /etc/sparkbuilder.env; stat -c %U /home/vagrant/.m2'))
    .stdout;
  const authorized = (await inGuest('cat', '/home/vagrant/.ssh/authorized_keys')).stdout;
  expect(authorized.trim()).toBe((await readFile(join(folder, 'key.pub'), 'utf8')).trim());
  if (isCancelled) run.child.kill('SIGTERM');
  const ended = await run.waitForEnd(900_000);
  expect(ended, run.stderr()).toMatchObject({code: isCancelled ? 130 : 0});
  expect(await findLeftovers(scene, {mayHaveDist: !isCancelled})).toEqual([]);
  return {puppet, layers};
}

async function readGolden(scene: Scene): Promise<string | undefined> {
  const text = await readFile(join(findDist(scene), 'manifest.json'), 'utf8');
  return (JSON.parse(text) as {readonly box: {readonly golden?: string}}).box.golden;
}

test('a second machine starts where Puppet left the first, and is configured alike', async () => {
  let scene = await newScene();
  let packed = await build(scene);
  if ((await readGolden(scene)) === undefined) {
    // The first build of this user packs it.
    scene = await newScene();
    packed = await build(scene);
  }
  const golden = await readGolden(scene);
  expect(golden).toMatch(/^golden-[0-9a-f]{16}$/);
  expect(packed.layers).toContain(golden);

  const plain = await build(await newScene(), ['--golden-box', 'off'], true);
  expect(plain.layers).not.toContain('golden-');
  expect(packed.puppet).toBe(plain.puppet);
});
