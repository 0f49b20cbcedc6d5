import {mkdtemp, utimes, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {findBox, readBoxCatalogue, resolveBox} from '../../src/machine/box-catalogue.ts';
import {HostError, UsageError} from '../../src/core/errors.ts';
import {providers} from '../../src/machine/machine.ts';

const catalogue = await readBoxCatalogue();
const wish = {provider: 'virtualbox', architecture: 'amd64'} as const;
const sum = `sha256:${'0'.repeat(64)}`;

test('every provider has a default box, built here for lxc and, from that one, for libvirt', () => {
  const boxes = providers.map((provider) => findBox(catalogue, {provider, architecture: 'amd64'}));
  expect(
    boxes.map(({provider, os, recipe, from}) => [provider, os, recipe !== undefined, from?.provider]),
  ).toEqual([
    ['lxc', 'debian', true, undefined],
    ['libvirt', 'debian', true, 'lxc'],
    ['virtualbox', 'el8', false, undefined],
  ]);
});

test('lxc has a box on any architecture; the others say which one theirs is for', () => {
  expect(findBox(catalogue, {provider: 'lxc', architecture: 'arm64'}).os).toBe('debian');
  expect(() => findBox(catalogue, {...wish, architecture: 'arm64'})).toThrow(HostError);
  expect(() => findBox(catalogue, {...wish, architecture: 'arm64'})).toThrow(/amd64 only.*arm64/);
});

test('--box takes the short names of the data file, and says which there are', async () => {
  const box = await resolveBox(catalogue, wish, 'centos7', undefined, '/');
  expect(box.reference).toMatchObject({
    name: 'build-spark/centos-7-2004.01',
    checksum: expect.stringMatching(/^sha256:7e83/),
  });
  await expect(
    resolveBox(catalogue, {provider: 'lxc', architecture: 'amd64'}, 'el8', undefined, '/'),
  ).rejects.toThrow(/there is debian/);
});

test('--box takes a name, a URL and a file; a file that changed gets another name, since Vagrant adds one once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'build-spark-box-'));
  await writeFile(join(folder, 'own.box'), 'x');
  const named = await resolveBox(catalogue, wish, 'almalinux/8', undefined, folder);
  expect(named.reference).toEqual({name: 'almalinux/8'});
  const url = await resolveBox(catalogue, wish, 'https://boxes.example/a.box', sum, folder);
  expect(url).toMatchObject({
    reference: {url: 'https://boxes.example/a.box', checksum: sum},
    isVerified: true,
  });
  const file = await resolveBox(catalogue, wish, './own.box', undefined, folder);
  expect(file).toMatchObject({reference: {url: join(folder, 'own.box')}, isVerified: false});
  await utimes(join(folder, 'own.box'), 1, 1);
  const changed = await resolveBox(catalogue, wish, 'own.box', undefined, folder);
  expect(changed.reference.name).not.toBe(file.reference.name);
});

test.each([
  './none.box',
  '/none',
  'ftp://boxes.example/a.box',
  'a b',
  '$(id)',
  '-x',
  '',
  '../x/y/z',
  'a/b/c',
])('--box %j is refused', async (option) => {
  const cwd = await mkdtemp(join(tmpdir(), 'build-spark-box-'));
  await expect(resolveBox(catalogue, wish, option, undefined, cwd)).rejects.toThrow(UsageError);
});

test('a checksum of a box that is built here makes no sense', async () => {
  await expect(
    resolveBox(catalogue, {provider: 'lxc', architecture: 'amd64'}, undefined, sum, '/'),
  ).rejects.toThrow(/nothing to compare/);
});
