import {createReadStream} from 'node:fs';
import {stat} from 'node:fs/promises';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import {extract} from 'tar-stream';
import {expect, test} from 'vitest';
import {writeProvisionTar} from '../../src/machine/provision-tar.ts';
import {makeFolder} from '../core/fixtures.ts';
import {writeTree} from '../distribution/fake-dist.ts';

async function readTar(file: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for await (const entry of createReadStream(file).pipe(extract()))
    found[entry.header.name] = await text(entry);
  return found;
}

test('Puppet’s files and the machine’s own are one file, which may hold a proxy’s password', async () => {
  const folder = await makeFolder();
  const large = 'x'.repeat(200_000);
  await writeTree(folder, {'puppet/hiera.yaml': 'a', 'puppet/modules/b/manifests/init.pp': large});
  const file = join(folder, 'provision.tar');
  await writeProvisionTar(file, {
    puppet: join(folder, 'puppet'),
    texts: {'ca/corp.crt': 'PEM', 'puppet/own.json': '{}'},
  });
  expect(await readTar(file)).toEqual({
    'puppet/hiera.yaml': 'a',
    'puppet/modules/b/manifests/init.pp': large,
    'ca/corp.crt': 'PEM',
    'puppet/own.json': '{}',
  });
  expect((await stat(file)).mode & 0o077).toBe(0);
});
