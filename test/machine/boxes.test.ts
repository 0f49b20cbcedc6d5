import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {buildBox} from '../../src/machine/box-build.ts';
import {listCatalogue, readBoxCatalogue, type Box} from '../../src/machine/box-catalogue.ts';
import {hashRecipe, listBoxes, pruneBoxes, readBoxIdentity, readBoxState} from '../../src/machine/boxes.ts';
import {systemClock} from '../../src/core/clock.ts';
import {BuildError, HostError, UsageError} from '../../src/core/errors.ts';
import {planPaths} from '../../src/core/paths.ts';
import {fakeExec, type Answer} from '../host/fake-host.ts';

/** A Vagrant and a recipe that leave the files which the real ones leave. */
async function newWorkshop(recipeAnswer: () => Answer = () => ({stdout: 'phase\tpack\t700 MiB'})) {
  const home = await mkdtemp(join(tmpdir(), 'build-spark-boxes-'));
  const recipe = join(home, 'debian.sh');
  await writeFile(recipe, 'v1');
  const store = join(home, '.vagrant.d/boxes');
  let builds = 0;
  const {exec, calls} = fakeExec({
    bash: async (argv) => {
      builds += 1;
      const folder = argv[argv.indexOf('--output') + 1] ?? '';
      const answer = recipeAnswer();
      if ((answer.exitCode ?? 0) !== 0) return answer;
      await writeFile(join(folder, 'debian.box'), 'box');
      const output = {name: 'build-spark/debian-13', provider: 'lxc', builtAt: '2026-01-01T00:00:00Z'};
      const json = {...output, sha256: `sum-${builds}`, size: 3, packages: {git: '1'}};
      await writeFile(join(folder, 'debian.json'), JSON.stringify(json));
      return answer;
    },
    'vagrant box add': async (argv) => {
      const name = argv[argv.indexOf('--name') + 1] ?? '';
      await addBox(name, argv[argv.indexOf('--provider') + 1]);
      return {};
    },
    'vagrant box remove': async (argv) => {
      await rm(join(store, (argv[3] ?? '').replace('/', '-VAGRANTSLASH-')), {recursive: true});
      return {};
    },
  });
  const addBox = async (name: string, provider = 'lxc'): Promise<void> => {
    const folder = join(store, name.replace('/', '-VAGRANTSLASH-'), '0', provider);
    await rm(folder, {recursive: true, force: true});
    await mkdir(folder, {recursive: true});
    await writeFile(join(folder, 'metadata.json'), '{}');
  };
  const tools = {exec, clock: systemClock, paths: planPaths({}, home), env: {}};
  const box: Box = {
    reference: {name: 'build-spark/debian-13'},
    provider: 'lxc',
    os: 'debian',
    isVerified: true,
    recipe,
  };
  return {tools, box, recipe, calls, addBox};
}

test('a box is outdated when what its recipe reads has changed', async () => {
  const {box, recipe} = await newWorkshop();
  const part = `${recipe}.ovf`;
  await writeFile(part, 'v1');
  const first = await hashRecipe({...box, parts: [part]});
  await writeFile(part, 'v2');
  expect(await hashRecipe({...box, parts: [part]})).not.toBe(first);
  const catalogue = listCatalogue(await readBoxCatalogue());
  const parts = catalogue.find(({os, provider}) => os === 'debian' && provider === 'virtualbox')?.parts;
  expect(parts).toEqual([expect.stringMatching(/\/vagrant\/boxes\/virtualbox\.ovf$/)]);
});

test('a box is built once, and again when its recipe changed', async () => {
  const {tools, box, recipe, calls} = await newWorkshop();
  expect(await readBoxState(tools, box)).toBe('missing');
  expect((await buildBox(tools, box)).status).toBe('built');
  expect(await readBoxState(tools, box)).toBe('ready');
  calls.length = 0;
  expect((await buildBox(tools, box)).status).toBe('up-to-date');
  expect(calls).toEqual([]);
  await writeFile(recipe, 'v2');
  expect(await readBoxState(tools, box)).toBe('outdated');
  expect(await buildBox(tools, box)).toMatchObject({status: 'built', box: {sha256: 'sum-2'}});
});

test('one that Vagrant lost is only added again', async () => {
  const {tools, box, calls} = await newWorkshop();
  await buildBox(tools, box);
  await rm(join(tools.paths.home, '.vagrant.d'), {recursive: true});
  calls.length = 0;
  expect((await buildBox(tools, box)).status).toBe('added');
  expect(calls.map((call) => call.slice(0, 15))).toEqual(['vagrant box add']);
});

test('two that build at once build once', async () => {
  const {tools, box, calls} = await newWorkshop();
  const results = await Promise.all([buildBox(tools, box), buildBox(tools, box)]);
  expect(results.map(({status}) => status).sort()).toEqual(['built', 'up-to-date']);
  expect(calls.filter((call) => call.startsWith('bash'))).toHaveLength(1);
});

test('the manifest names the file and the recipe, and claims nothing of a box that somebody else added', async () => {
  const {tools, box, addBox} = await newWorkshop();
  await addBox('build-spark/debian-13');
  expect(await readBoxIdentity(tools, box)).toEqual({name: 'build-spark/debian-13', verified: false});
  expect(await readBoxState(tools, box)).toBe('outdated');
  await buildBox(tools, box);
  expect(await readBoxIdentity(tools, box)).toEqual({
    name: 'build-spark/debian-13',
    checksum: 'sha256:sum-1',
    recipeHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    verified: true,
  });
});

test.each([
  [4, HostError, 'The box could not be built: the disk is full.', 'free some.'],
  [2, UsageError, 'The box could not be built: the disk is full.', 'free some.'],
  [1, BuildError, 'The box could not be built: the disk is full.', 'free some.'],
])('a recipe that ends with %i fails in its own words', async (exitCode, type, message, hint) => {
  const stderr = 'some output\nerror: the disk is full\nhint: free some';
  const {tools, box} = await newWorkshop(() => ({exitCode, stderr}));
  const error = await buildBox(tools, box).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(type);
  expect(error).toMatchObject({message, hint});
});

test("prune removes what no build would take, and never somebody else's box", async () => {
  const {tools, box, addBox, recipe} = await newWorkshop();
  await buildBox(tools, box);
  for (const name of ['almalinux/8', 'build-spark/url-0123456789ab', 'build-spark/golden-x'])
    await addBox(name);
  expect(await pruneBoxes(tools, [box], false)).toEqual(['build-spark/url-0123456789ab']);
  expect(await pruneBoxes(tools, [box], false)).toEqual([]);
  expect((await listBoxes(tools, [box])).map(({name, state}) => [name, state])).toEqual([
    ['build-spark/debian-13', 'ready'],
  ]);
  await writeFile(recipe, 'v2');
  expect(await pruneBoxes(tools, [box], false)).toEqual(['build-spark/debian-13']);
  expect(await readBoxState(tools, box)).toBe('missing');
});

test('a damaged record is named, not misread', async () => {
  const {tools, box} = await newWorkshop();
  await buildBox(tools, box);
  const file = join(tools.paths.boxes, 'debian/built.json');
  await writeFile(file, (await readFile(file, 'utf8')).slice(0, 20));
  await expect(readBoxState(tools, box)).rejects.toThrow(/built\.json is damaged/);
});

test('a box made of another is built from its file, which Vagrant need not have', async () => {
  const {tools, box: from, recipe, calls} = await newWorkshop();
  const box: Box = {...from, provider: 'libvirt', from};
  expect((await buildBox(tools, box)).status).toBe('built');
  const file = join(tools.paths.boxes, 'debian/debian.box');
  expect(calls.map((call) => call.split(' ').slice(0, 2).join(' '))).toEqual([
    `bash ${recipe}`,
    `bash ${recipe}`,
    'vagrant box',
  ]);
  expect(calls[1]).toContain(`--provider libvirt --from ${file}`);
  expect(calls[1]).toContain(`--output ${join(tools.paths.boxes, 'debian-libvirt')}`);
  await buildBox(tools, box, {isForced: true});
  expect(calls.filter((call) => call.startsWith('bash'))).toHaveLength(3); // The other one is whole.
  await writeFile(recipe, 'v2');
  expect(await readBoxState(tools, box)).toBe('outdated');
});
