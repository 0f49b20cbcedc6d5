import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {
  findProvisionSecrets,
  hashPuppet,
  needsOwnProvision,
  readGoldenKey,
} from '../../src/machine/golden.ts';
import type {ProvisionData} from '../../src/machine/machine.ts';
import {makeFolder} from '../core/fixtures.ts';

const data: ProvisionData = {withR: false, mavenMinimum: '3.0.4', caCertificates: {a: 'PEM a', b: 'PEM b'}};

test('the key depends on the box, on R, on Maven’s minimum and on the certificates', async () => {
  const keys = await Promise.all([
    readGoldenKey('base-1', data),
    readGoldenKey('base-2', data),
    readGoldenKey('base-1', {...data, withR: true}),
    readGoldenKey('base-1', {...data, mavenMinimum: '3.3.9'}),
    readGoldenKey('base-1', {...data, caCertificates: {a: 'PEM a'}}),
    readGoldenKey('base-1', {...data, caCertificates: {a: 'PEM a', b: 'another'}}),
  ]);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys[0]).toMatch(/^golden-[0-9a-f]{16}$/);
});

test('the key depends neither on the order of certificates nor on what is never packed', async () => {
  const key = await readGoldenKey('base-1', data);
  expect(await readGoldenKey('base-1', {...data, caCertificates: {b: 'PEM b', a: 'PEM a'}})).toBe(key);
  const personal = {...data, proxy: {http: 'http://u:p@proxy:3128'}};
  expect(await readGoldenKey('base-1', personal)).toBe(key);
});

test('any change of Puppet’s code or data, or of the bootstrap, gives another hash', async () => {
  const root = await makeFolder();
  await mkdir(join(root, 'puppet/data'), {recursive: true});
  await mkdir(join(root, 'vagrant'));
  const write = (name: string, text: string): Promise<void> => writeFile(join(root, name), text);
  await write('puppet/init.pp', 'class a {}');
  await write('puppet/data/common.yaml', 'a: 1');
  await write('vagrant/bootstrap.sh', 'true');
  await write('vagrant/Vagrantfile', '');
  const hashes = [await hashPuppet(root)];
  for (const [name, text] of [
    ['puppet/init.pp', 'class b {}'],
    ['puppet/data/common.yaml', 'a: 2'],
    ['puppet/data/more.yaml', ''],
    ['vagrant/bootstrap.sh', 'false'],
    ['vagrant/Vagrantfile', '# changed'],
  ] as const) {
    await write(name, text);
    hashes.push(await hashPuppet(root));
  }
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(await hashPuppet(root)).toBe(hashes.at(-1));
});

test('a proxy is applied to each machine, and looked for in what is packed', () => {
  expect(needsOwnProvision(data)).toBe(false);
  expect(needsOwnProvision({...data, proxy: {no: 'localhost'}})).toBe(false);
  expect(needsOwnProvision({...data, proxy: {https: 'http://proxy:3128'}})).toBe(true);
  expect(findProvisionSecrets(data)).toEqual([]);
  const proxy = {http: 'http://u:p@proxy:3128', https: 'http://u:p@proxy:3128'};
  expect(findProvisionSecrets({...data, proxy})).toEqual([proxy.http]);
});
