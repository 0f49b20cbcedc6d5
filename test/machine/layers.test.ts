import {mkdir, stat, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {
  listLayers,
  packLayer,
  parseLxcConfig,
  readBaseKey,
  readLayerKeys,
  removeLayer,
  seedLayers,
} from '../../src/machine/layers.ts';
import {createAsRoot} from '../../src/core/as-root.ts';
import {projectRoot} from '../../src/core/paths.ts';
import {createFakeExec, makeFolder, type FakeExec} from '../core/fixtures.ts';

const script = `bash ${join(projectRoot, 'vagrant/layers.sh')}`;
const {signal} = new AbortController();
const id = 'build-spark-x-aaaaaa';
const make = (
  answers: Parameters<typeof createFakeExec>[0],
): FakeExec & {readonly asRoot: ReturnType<typeof createAsRoot>} => ({
  ...createFakeExec(answers),
  asRoot: createAsRoot(true),
});

test('the key of a base changes with the box that Vagrant has', async () => {
  const folder = await makeFolder();
  expect(await readBaseKey(folder)).toBeUndefined();
  const tarball = join(folder, 'rootfs.tar.gz');
  await writeFile(tarball, 'one');
  const first = await readBaseKey(folder);
  expect(first).toMatch(/^base-[0-9a-f]{16}$/);
  expect(await readBaseKey(folder)).toBe(first);
  await utimes(tarball, new Date(), new Date((await stat(tarball)).mtimeMs + 1_000));
  expect(await readBaseKey(folder)).not.toBe(first);
});

test('the box’s own configuration of LXC, a repeated key included', () => {
  const text =
    '# comment\n\nlxc.include = /a b/common.conf\nlxc.mount.entry=x y none bind 0 0\n lxc.include = /c\nother = 1\n';
  expect(parseLxcConfig(text)).toEqual([
    ['include', '/a b/common.conf'],
    ['mount.entry', 'x y none bind 0 0'],
    ['include', '/c'],
  ]);
});

test('what a machine gets: layers, or why not', async () => {
  const boxFolder = await makeFolder();
  await mkdir(boxFolder, {recursive: true});
  await writeFile(join(boxFolder, 'lxc-config'), 'lxc.arch = x86_64\n');
  const seed = `${script} seed ${id} base-1 a/b ${boxFolder}/rootfs.tar.gz`;
  const options = {id, base: 'base-1', boxName: 'a/b', boxFolder, publicKey: 'ssh-rsa A', signal};
  const tools = make({
    [`${seed} golden-1 /home-folder`]: {
      stdout:
        'golden\tgolden-1\nhome\tgiven\nguest\tdebian\nkey\tseeded\noptions\tvolatile\nrootfs\toverlay:/g:/b:/u',
    },
    [`${seed} - -`]: [{stdout: 'rootfs\toverlay:/b:/u'}, {stdout: 'none\tno overlayfs'}],
  });
  expect(await seedLayers(tools, {...options, golden: 'golden-1', home: '/home-folder'})).toEqual({
    rootfs: 'overlay:/g:/b:/u',
    options: 'volatile',
    config: [['arch', 'x86_64']],
    guest: 'debian',
    hasKey: true,
    hasHome: true,
    golden: 'golden-1',
  });
  expect(await seedLayers(tools, options)).toEqual({
    rootfs: 'overlay:/b:/u',
    options: '',
    config: [['arch', 'x86_64']],
    hasKey: false,
    hasHome: false,
  });
  expect(await seedLayers(tools, options)).toEqual({reason: 'no overlayfs'});
});

test('lists, removes and packs as the script answers', async () => {
  const pack = `${script} pack ${id} golden-1 a/b`;
  const tools = make({
    [`${script} list`]: {
      stdout: 'base-1\tbase\ta/b\t4096\t-\t1795391332\tm1,m2\ngolden-1\tgolden\ta/b\t1\tbase-1\t2\t',
    },
    [`${script} remove base-1`]: {stdout: 'busy'},
    [`${script} remove golden-1`]: {stdout: 'removed'},
    [`${script} keys ${id}`]: {stdout: 'ssh-ed25519 AAA x\nnonsense\necdsa-sha2-nistp256 BBB'},
    [pack]: [{stdout: 'packed\t4096'}, {stdout: 'there'}, {stdout: 'busy'}],
  });
  expect(await listLayers(tools)).toEqual([
    {key: 'base-1', kind: 'base', boxName: 'a/b', bytes: 4096, usedAtMs: 1795391332000, usedBy: ['m1', 'm2']},
    {key: 'golden-1', kind: 'golden', boxName: 'a/b', bytes: 1, base: 'base-1', usedAtMs: 2000, usedBy: []},
  ]);
  expect(await removeLayer(tools, 'base-1')).toBe('busy');
  expect(await removeLayer(tools, 'golden-1')).toBe('removed');
  expect(await readLayerKeys(tools, id)).toEqual(['ssh-ed25519 AAA x', 'ecdsa-sha2-nistp256 BBB']);
  const options = {id, golden: 'golden-1', boxName: 'a/b', secrets: [], signal};
  expect(await packLayer(tools, options)).toBe('packed');
  expect(await packLayer(tools, options)).toBe('there');
  expect(await packLayer(tools, options)).toBe('busy');
});
