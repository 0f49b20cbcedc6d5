// Which packages go into a bundle: what apt has just checked, and nothing that lay in the cache.
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {collectPackages} from '../../src/offline/collect.ts';
import {BundleContents} from '../../src/offline/contents.ts';
import {makeFolder} from '../core/fixtures.ts';
import {debian12, fakeHost} from '../host/fake-host.ts';

test('a package that lies in the cache already is not taken for one that apt has checked', async () => {
  const {host} = await fakeHost(
    {'/etc/os-release': debian12},
    {
      'apt-get': async (argv) => {
        const archives = /Dir::Cache::archives=(\S+)/.exec(argv.join(' '))?.[1] ?? '';
        await writeFile(join(archives, 'git_1_amd64.deb'), 'from the archive');
        return {};
      },
    },
  );
  const cached = join(host.paths.packages, 'debian-12-amd64');
  await mkdir(cached, {recursive: true});
  await writeFile(join(cached, 'evil_1_amd64.deb'), 'from anybody');
  const contents = new BundleContents();
  const session = {exec: host.exec, paths: host.paths, signal: new AbortController().signal};
  const machine = {provider: 'lxc', box: {name: 'build-spark/debian-13'}} as const;
  const said = await collectPackages(session, {host, machine}, contents, await makeFolder());
  expect(said).toContain('1 packages');
  const [packages] = contents.render({toolVersion: '1', architecture: 'amd64', builds: []}).contents;
  expect(packages).toMatchObject({system: 'debian-12-amd64', files: [{name: 'git_1_amd64.deb'}]});
});
