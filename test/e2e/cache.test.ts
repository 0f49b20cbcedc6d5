// `cache` as scripts and people use it, beside a build that runs.
import {mkdir, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'vitest';
import {buildArguments, playSample} from './sample-build.ts';
import {test} from './scene.ts';

interface Listed {
  readonly entries: readonly {
    readonly kind: string;
    readonly name: string;
    readonly usedBy: readonly string[];
  }[];
  readonly totalBytes: number;
  readonly limitBytes: number;
}

test('nothing that a running build uses is pruned; afterwards all of it is, and it is made again', async ({
  scene,
}) => {
  // A cache of its own: other tests need theirs.
  scene.env.XDG_CACHE_HOME = join(scene.folder, 'cache');
  const cache = join(scene.folder, 'cache/build-spark');
  const list = async (): Promise<Listed> => {
    const {code, stdout, stderr} = await scene.run(['cache', 'ls', '--json']);
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as Listed;
  };
  expect(await list()).toMatchObject({entries: [], totalBytes: 0});
  await mkdir(cache, {recursive: true});
  await writeFile(join(cache, 'mine.txt'), 'of somebody else');

  await playSample(scene, {hangs: true});
  const build = scene.start(buildArguments(scene));
  await build.sees('Make distribution');
  const {entries} = await list();
  for (const kind of ['git', 'sample'])
    expect(entries.find((entry) => entry.kind === kind)?.usedBy, kind).toEqual(['cdh5.7.0-nodeps']);
  const all = ['cache', 'prune', '--max-size', '0', '--json'];
  const beside = JSON.parse((await scene.run(all)).stdout) as {readonly removed: readonly {kind: string}[]};
  expect(beside.removed.filter(({kind}) => kind === 'git' || kind === 'sample')).toEqual([]);
  build.kill('SIGTERM');
  expect((await build.done).code).toBe(130);

  const after = await scene.run(all);
  expect(after.code, after.stderr).toBe(0);
  expect((await list()).entries.map(({kind, name}) => `${kind} ${name}`)).toEqual(['unknown mine.txt']);
  expect(await readdir(join(cache, 'git'))).toEqual([]);
  await playSample(scene);
  expect(await scene.run(buildArguments(scene))).toMatchObject({code: 0});
});

test('an action that is none, and a size without a unit, are refused', async ({scene}) => {
  expect(await scene.run(['cache', 'clean'])).toMatchObject({code: 2});
  expect(await scene.run(['cache', 'prune', '--max-size', '20'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('a unit'),
  });
});
