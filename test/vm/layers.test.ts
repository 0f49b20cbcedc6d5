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

interface Built {
  readonly golden: string | undefined;
  readonly puppet: string;
  readonly layers: string;
}

/** A whole build, and what was seen in its machine while Maven ran. */
async function build(scene: Scene, extra: readonly string[] = []): Promise<Built> {
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
  const ended = await run.waitForEnd(900_000);
  expect(ended, run.stderr()).toMatchObject({code: 0});
  expect(await findLeftovers(scene)).toEqual([]);
  const manifest = JSON.parse(await readFile(join(findDist(scene), 'manifest.json'), 'utf8')) as {
    readonly box: {readonly golden?: string};
  };
  return {golden: manifest.box.golden, puppet, layers};
}

test('a second machine starts where Puppet left the first, and is configured alike', async () => {
  await build(await newScene()); // Packs, unless an earlier build did.
  const golden = await build(await newScene());
  expect(golden.golden).toMatch(/^golden-[0-9a-f]{16}$/);
  expect(golden.layers).toContain(golden.golden);

  const plain = await build(await newScene(), ['--golden-box', 'off']);
  expect(plain.golden).toBeUndefined();
  expect(plain.layers).not.toContain('golden-');
  expect(golden.puppet).toBe(plain.puppet);
});
