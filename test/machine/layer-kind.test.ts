import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {createLayerKind, pruneLayers} from '../../src/machine/layer-kind.ts';
import {planPaths, projectRoot} from '../../src/core/paths.ts';
import {readBaseKey} from '../../src/machine/layers.ts';
import {createAsRoot} from '../../src/core/as-root.ts';
import {createFakeExec, makeFolder} from '../core/fixtures.ts';

const script = `bash ${join(projectRoot, 'vagrant/layers.sh')}`;

test('layers are listed with their machines, and removed unless one uses them', async () => {
  const store = await makeFolder();
  const {exec} = createFakeExec({
    [`${script} list`]: {stdout: 'base-1\tbase\ta/b\t4096\t-\t1795391332\tm1\n'},
    [`${script} remove base-1`]: [{stdout: 'busy'}, {stdout: 'removed'}],
  });
  const kind = createLayerKind({exec, asRoot: createAsRoot(true)}, store);
  const [entry] = await kind.list();
  expect(entry).toEqual({
    kind: 'layer',
    name: 'base-1 (a/b)',
    paths: [join(store, 'base-1')],
    bytes: 4096,
    lastUsedMs: 1795391332000,
    usedBy: ['m1'],
  });
  if (entry === undefined) return;
  expect(await kind.remove(entry)).toBe('busy');
  expect(await kind.remove(entry)).toBe('removed');
});

test('a host that never had any is not asked, and a sudo that refuses is no failure of the others', async () => {
  const silent = createFakeExec({});
  expect(await createLayerKind({...silent, asRoot: createAsRoot(true)}, '/nowhere').list()).toEqual([]);
  expect(silent.calls).toEqual([]);
  const refused = createFakeExec({[`sudo -n ${script} list`]: new Error('a password is required')});
  expect(await createLayerKind({...refused, asRoot: createAsRoot(false)}, await makeFolder()).list()).toEqual(
    [],
  );
});

test('box prune removes the layers of boxes that Vagrant has no more, with what lies on them', async () => {
  const home = await makeFolder();
  const box = join(home, '.vagrant.d/boxes/a-VAGRANTSLASH-b/0/lxc');
  await mkdir(box, {recursive: true});
  await writeFile(join(box, 'metadata.json'), '{}');
  await writeFile(join(box, 'rootfs.tar.gz'), 'x');
  const current = (await readBaseKey(box)) ?? '';
  const lines = [
    `${current}\tbase\ta/b\t1\t-\t1\t`,
    'base-0\tbase\ta/b\t1\t-\t1\t',
    `golden-1\tgolden\ta/b\t1\t${current}\t1\t`,
    'golden-0\tgolden\ta/b\t1\tbase-0\t1\t',
  ];
  const {exec, calls} = createFakeExec({
    [`${script} list`]: {stdout: lines.join('\n')},
    [`${script} remove base-0`]: {stdout: 'busy'},
    [`${script} remove golden-0`]: {stdout: 'removed'},
  });
  const tools = {exec, asRoot: createAsRoot(true), paths: planPaths({}, home), env: {}};
  expect(await pruneLayers(tools, false, createLayerKind(tools, home))).toEqual(['golden-0 (a/b)']);
  expect(calls.filter((call) => call.includes('remove'))).toHaveLength(2);
});
