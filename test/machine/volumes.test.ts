import {mkdir, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {planPaths} from '../../src/core/paths.ts';
import {createVolumeKind, pruneVolumes} from '../../src/machine/volume-kind.ts';
import {hasVolume, listVolumes} from '../../src/machine/volumes.ts';
import {createTestClock, makeFolder} from '../core/fixtures.ts';
import {fakeExec} from '../host/fake-host.ts';

const images = '/var/lib/libvirt/images';
const box = (time: number): string =>
  `build-spark-VAGRANTSLASH-debian-13_vagrant_box_image_0_${time}_box.img`;
const golden = 'build-spark.golden-0123456789abcdef.img';

/** As `virsh vol-dumpxml` of libvirt 9 prints it. */
const dump = (name: string, backing?: string): string => `<volume type='file'>
  <name>${name}</name>
  <key>${images}/${name}</key>
  <capacity unit='bytes'>42949672960</capacity>
  <allocation unit='bytes'>4096</allocation>
  <target>
    <path>${images}/${name}</path>
    <format type='qcow2'/>
    <timestamps><atime>200.5</atime><mtime>100.25</mtime></timestamps>
  </target>${
    backing === undefined
      ? ''
      : `
  <backingStore>
    <path>${images}/${backing}</path>
    <format type='qcow2'/>
  </backingStore>`
  }
</volume>`;

/** A libvirt with these volumes, and what each lies on. */
function playVirsh(volumes: Map<string, string | undefined>): ReturnType<typeof fakeExec> {
  const start = 'virsh -c qemu:///system --quiet';
  return fakeExec({
    [`${start} pool-refresh default`]: {},
    [`${start} vol-list default`]: () => ({
      stdout: [...volumes.keys()].map((name) => ` ${name}   ${images}/${name}`).join('\n'),
    }),
    [`${start} vol-dumpxml --pool default`]: (argv) => {
      const name = argv.at(-1) ?? '';
      return {stdout: dump(name, volumes.get(name))};
    },
    [`${start} vol-delete --pool default`]: (argv) => ({exitCode: volumes.delete(argv.at(-1) ?? '') ? 0 : 1}),
  });
}

const machine = 'build-spark-cdh5.7.0-nodeps-aaaaaa';

test('disks of boxes are listed with what lies on them; those of others and of machines are not', async () => {
  const {exec} = playVirsh(
    new Map([
      [box(1), undefined],
      [`${machine}.img`, box(1)],
      ['debian-VAGRANTSLASH-x_vagrant_box_image_1_box.img', undefined],
    ]),
  );
  expect(await createVolumeKind({exec}).list()).toEqual([
    {
      kind: 'volume',
      name: box(1),
      paths: [`${images}/${box(1)}`],
      bytes: 4096,
      lastUsedMs: 200_500,
      usedBy: [machine],
    },
  ]);
});

test('a disk that something lies on stays, and goes afterwards', async () => {
  const volumes = new Map([
    [box(1), undefined],
    [`${machine}.img`, box(1)],
  ]);
  const kind = createVolumeKind(playVirsh(volumes));
  const [entry] = await kind.list();
  if (entry === undefined) throw new Error('nothing is listed');
  expect(await kind.remove(entry)).toBe('busy');
  volumes.delete(`${machine}.img`);
  expect(await kind.remove(entry)).toBe('removed');
  expect([...volumes.keys()]).toEqual([]);
});

test('a machine’s disk is never removed as one of a box', async () => {
  const volumes = new Map([[`${machine}.img`, undefined]]);
  const kind = createVolumeKind(playVirsh(volumes));
  expect(await kind.remove({kind: 'volume', name: `${machine}.img`, paths: []})).toBe('busy');
  expect(volumes.size).toBe(1);
});

test('whether one is there is told apart from a libvirt that does not answer', async () => {
  const ask = (stderr: string) => hasVolume(fakeExec({virsh: {exitCode: 1, stderr}}), box(1));
  expect(await ask("error: failed to get vol 'x'\nerror: Storage volume not found: no storage vol")).toBe(
    false,
  );
  expect(await ask("error: failed to get pool 'default'\nerror: Storage pool not found: no pool")).toBe(
    false,
  );
  await expect(ask('error: failed to connect to the hypervisor')).rejects.toThrow('failed to connect');
});

test('where there is no libvirt, there are none', async () => {
  expect(await listVolumes(fakeExec({virsh: 'missing'}))).toEqual([]);
  expect(await listVolumes(fakeExec({virsh: {exitCode: 1, stderr: 'failed to connect'}}))).toEqual([]);
});

test('box prune takes the disks of older boxes, with the provisioned ones that lie on them', async () => {
  const home = await makeFolder();
  const folder = join(home, '.vagrant.d/boxes/build-spark-VAGRANTSLASH-debian-13/0/libvirt');
  await mkdir(folder, {recursive: true});
  for (const name of ['metadata.json', 'box.img']) await writeFile(join(folder, name), '');
  await utimes(join(folder, 'box.img'), 5, 5);
  const other = golden.replace('0123', '3210');
  const volumes = new Map([
    [box(1), undefined],
    [golden, box(1)],
    [box(5), undefined],
    [other, box(5)],
  ]);
  const clock = createTestClock();
  const tools = {...playVirsh(volumes), paths: planPaths({}, home), clock};
  clock.now = () => new Date(200_500 + 80_000_000); // Somebody else may use them.
  expect(await pruneVolumes(tools, false)).toEqual([]);
  clock.now = () => new Date(200_500 + 90_000_000);
  expect(await pruneVolumes(tools, false)).toEqual([golden, box(1)]);
  expect([...volumes.keys()]).toEqual([box(5), other]);
  expect(await pruneVolumes(tools, true)).toEqual([other, box(5)]);
});
