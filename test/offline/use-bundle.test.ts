// `bundle use`: what is taken of a bundle on which host, and where it lies then.
import {createHash} from 'node:crypto';
import {mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {systemClock} from '../../src/core/clock.ts';
import {readSet} from '../../src/maven/artifact-sets.ts';
import {planLayout} from '../../src/offline/layout.ts';
import type {BundleContent} from '../../src/offline/manifest.ts';
import {useBundle} from '../../src/offline/use.ts';
import {writeBundle} from '../../src/offline/write-bundle.ts';
import {debian12, fakeHost, type Commands} from '../host/fake-host.ts';
import {makeFolder} from '../core/fixtures.ts';

const {signal} = new AbortController();
const sum = (text: string): string => createHash('sha256').update(text).digest('hex');
const setName = 'cdh5.7.0-nodeps-none-releases-01234567';
const jar = {path: 'org/example/a/1.0/a-1.0.jar', repository: 'central', sha256: sum('jar'), bytes: 3};
const set = JSON.stringify({formatVersion: 2, domain: 'releases', origin: '01234567', artifacts: [jar]});
const maven: BundleContent = {kind: 'maven', name: setName, sha256: sum(set)};

async function use(contents: readonly BundleContent[], texts: readonly string[], commands: Commands = {}) {
  const folder = await makeFolder();
  const all = [set, 'jar', ...texts];
  for (const text of all) await writeFile(join(folder, sum(text)), text);
  const file = join(folder, 'a.tar');
  const files = all.map((text) => ({sha256: sum(text), bytes: text.length}));
  const manifest = {formatVersion: 1 as const, toolVersion: '1', architecture: 'amd64', builds: [], files};
  const layout = planLayout({...manifest, contents: [...contents, maven]});
  await writeBundle(file, layout, {find: (sha256) => join(folder, sha256), signal});
  const {host, calls} = await fakeHost({'/etc/os-release': debian12}, commands);
  await mkdir(host.paths.cache, {recursive: true});
  const said: string[] = [];
  const tools = {exec: host.exec, clock: systemClock, env: {}, paths: host.paths, signal};
  const using = useBundle(tools, file, {say: (line) => said.push(line)}, host);
  return {using, said, calls, paths: host.paths};
}

const packagesOf = (system: string): BundleContent => ({
  kind: 'packages',
  system,
  files: [{name: 'git_1_amd64.deb', sha256: sum('deb')}],
});

test('packages of another system are left out, which is said, and all else arrives', async () => {
  const {using, said, paths} = await use([packagesOf('ubuntu-22.04-amd64')], ['deb'], {
    'dpkg-deb': 'missing',
  });
  await using;
  expect(said).toContain(
    'the packages in it are for hosts with ubuntu-22.04-amd64, and this one has debian-12-amd64: left out',
  );
  expect(await readSet(paths.maven, setName)).toMatchObject({artifacts: [jar]});
  expect(await readdir(paths.cache)).not.toContain('packages');
});

test('packages of this system are listed with the checksum and the size that the bundle was held against', async () => {
  const {using, calls, paths} = await use([packagesOf('debian-12-amd64')], ['deb'], {
    'dpkg-deb --field': {stdout: 'Package: git\nVersion: 1\n'},
  });
  await using;
  const index = await readFile(join(paths.packages, 'debian-12-amd64/Packages'), 'utf8');
  expect(index).toBe(
    `Package: git\nVersion: 1\nFilename: ./git_1_amd64.deb\nSize: 3\nSHA256: ${sum('deb')}\n`,
  );
  expect(calls.filter((line) => /^(sha256sum|stat) /.test(line))).toEqual([]);
});

const name = 'build-spark/debian-13';
const recordOf = (provider: string) =>
  JSON.stringify({
    ...{formatVersion: 1, name, provider, recipeHash: 'r', builtAt: '2026', sha256: sum('box'), size: 3},
    ...{packages: {}, addedMtimeMs: 5},
  });
const boxOf = (provider: string, record: string): BundleContent => ({
  ...{kind: 'box', name, provider, folder: 'debian'},
  files: [
    {name: 'debian.box', sha256: sum('box')},
    {name: 'built.json', sha256: sum(record)},
  ],
});

test.each([
  ['lxc', 'debian'],
  ['libvirt', 'debian-libvirt'],
])(
  'the box of %s goes where that provider looks for it, without what Vagrant had of it',
  async (provider, place) => {
    const record = recordOf(provider);
    const {using, paths} = await use([boxOf(provider, record)], ['box', record]);
    await using;
    expect(await readFile(join(paths.boxes, place, 'debian.box'), 'utf8')).toBe('box');
    const built = JSON.parse(await readFile(join(paths.boxes, place, 'built.json'), 'utf8')) as object;
    expect(built).toMatchObject({provider, sha256: sum('box')});
    expect(built).not.toHaveProperty('addedMtimeMs');
  },
);

test.each([
  ['no record of ours', '{"sha256": 5}'],
  ['that of another provider', recordOf('virtualbox')],
])('a box with %s is refused before anything is taken', async (_what, record) => {
  const {using, paths} = await use([boxOf('libvirt', record)], ['box', record]);
  await expect(using).rejects.toThrow(`The bundle's record of the box ${name} for libvirt is inconsistent.`);
  expect(await readSet(paths.maven, setName)).toBeUndefined();
  expect(await readdir(paths.cache)).toEqual([]);
});
