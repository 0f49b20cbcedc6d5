// The archives that a box names.
import {expect, test} from 'vitest';
import {parseSources, readArchives} from '../../src/machine/box-central.ts';
import {fakeExec} from '../host/fake-host.ts';

const sources = `Types: deb
URIs: http://archive.test/debian/
Suites: trixie trixie-updates
Components: main

Types: deb-src
URIs: http://archive.test/src
Suites: trixie

Enabled: no
Types: deb
URIs: http://off.test/debian
Suites: trixie

Types: deb
URIs: file:/srv/debian http://flat.test/
Suites: ./
`;

test('the signed list of each suite is what apt asks first; sources, what is switched off and flat folders have none', () => {
  expect(parseSources(sources)).toEqual([
    'http://archive.test/debian/dists/trixie/InRelease',
    'http://archive.test/debian/dists/trixie-updates/InRelease',
  ]);
});

test('where nobody may look there is none', async () => {
  const asRoot = (argv: readonly [string, ...string[]]) => argv;
  const {exec} = fakeExec({find: {exitCode: 1, stderr: 'Permission denied'}});
  expect(await readArchives({exec, asRoot}, 'base-0')).toEqual([]);
});
