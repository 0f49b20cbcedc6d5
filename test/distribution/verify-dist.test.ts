import {chmod, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {UsageError} from '../../src/core/errors.ts';
import {writeManifest, type ManifestFacts} from '../../src/distribution/manifest.ts';
import {verifyDist} from '../../src/distribution/verify-dist.ts';
import {commit, failures, jarsFacts, libFacts, makeFolder, writeJarsDist, writeLibDist} from './fake-dist.ts';

async function makeLibDist(facts: ManifestFacts = libFacts): Promise<string> {
  const dir = await makeFolder();
  await writeLibDist(dir);
  await writeManifest(dir, facts);
  return dir;
}

describe('a whole dist', () => {
  test('of 1.6 passes every check', async () => {
    const verdict = await verifyDist(await makeLibDist(), {
      commit,
      features: ['thriftserver'],
      deps: 'provided',
    });
    expect(failures(verdict)).toEqual([]);
    expect(verdict.checks.map(({name}) => name)).toEqual([
      'manifest',
      'files',
      'nothing-extra',
      'modes',
      'sums',
      'release',
      'scripts',
      'jars',
      'thriftserver',
      'beeline',
      'deps',
      'datanucleus',
    ]);
  });

  test('of 2.2 with SparkR passes every check', async () => {
    const dir = await makeFolder();
    await writeJarsDist(dir);
    await writeManifest(dir, {
      ...jarsFacts,
      arguments: ['--tgz', '-B', '-Phive', '-Phive-thriftserver', '-Psparkr'],
    });
    const verdict = await verifyDist(dir);
    expect(failures(verdict)).toEqual([]);
    expect(verdict.checks.map(({name}) => name)).toContain('sparkr');
  });
});

describe('bytes', () => {
  test.each<[string, (dir: string) => Promise<unknown>, readonly RegExp[]]>([
    [
      'one changed byte',
      (dir) => writeFile(join(dir, 'bin/spark-submit'), '#!/usr/bin/env bask\n'),
      [/^files: bin\/spark-submit is not what was built$/],
    ],
    [
      'a file that is gone',
      (dir) => rm(join(dir, 'bin/spark-submit')),
      [/^files: bin\/spark-submit is missing$/],
    ],
    [
      'a file more',
      (dir) => writeFile(join(dir, 'bin/new'), ''),
      [/^nothing-extra: bin\/new is not in the manifest$/],
    ],
    ['a link more', (dir) => symlink('RELEASE', join(dir, 'new')), [/^nothing-extra: new is not/]],
    [
      'a file in place of which there is a link',
      async (dir) => {
        await rm(join(dir, 'bin/spark-submit'));
        await symlink('beeline', join(dir, 'bin/spark-submit'));
      },
      [/^files: bin\/spark-submit is missing$/],
    ],
    [
      'a script that lost its x',
      (dir) => chmod(join(dir, 'bin/spark-submit'), 0o644),
      [/^modes: bin\/spark-submit is no longer executable/],
    ],
    [
      'an edited manifest',
      async (dir) => {
        const path = join(dir, 'manifest.json');
        await writeFile(path, (await readFile(path, 'utf8')).replace('"memoryMib": 6144', '"memoryMib": 1'));
      },
      [/^sums: manifest\.json was changed after/],
    ],
    ['no SHA256SUMS', (dir) => rm(join(dir, 'SHA256SUMS')), [/^sums: SHA256SUMS is missing or damaged$/]],
    [
      'a line of SHA256SUMS that is gone',
      async (dir) => {
        const path = join(dir, 'SHA256SUMS');
        await writeFile(path, (await readFile(path, 'utf8')).replace(/^.*RELEASE\n/m, ''));
      },
      [/^sums: SHA256SUMS lacks RELEASE$/],
    ],
  ])('%s is found', async (_name, change, expected) => {
    const dir = await makeLibDist();
    await change(dir);
    const found = failures(await verifyDist(dir));
    expect(found).toHaveLength(expected.length);
    expected.forEach((pattern, index) => expect(found[index]).toMatch(pattern));
  });

  test('of many problems the first five are named', async () => {
    const dir = await makeLibDist();
    for (let index = 0; index < 9; index += 1) await writeFile(join(dir, `new-${index}`), '');
    expect(failures(await verifyDist(dir))[0]).toMatch(/new-4 is not in the manifest; and 4 more$/);
  });
});

describe('what the caller asked for', () => {
  test('wins over the manifest, and a contradiction is named', async () => {
    const dir = await makeLibDist();
    const found = failures(
      await verifyDist(dir, {commit: 'f'.repeat(40), features: ['sparkr', 'thriftserver'], deps: 'bundled'}),
    );
    expect(found[0]).toMatch(
      /^manifest: .*commit 09d6.*, not ffff.*deps provided, not bundled; .*features thriftserver, not sparkr and thriftserver$/,
    );
    expect(found.map((text) => text.split(':')[0])).toEqual([
      'manifest',
      'release',
      'scripts',
      'deps',
      'sparkr',
    ]);
  });
});

describe('a dist without a manifest', () => {
  test('fails that check alone, and is held against its own RELEASE', async () => {
    const dir = await makeFolder();
    await writeLibDist(dir);
    const verdict = await verifyDist(dir);
    expect(failures(verdict)).toEqual([expect.stringMatching(/^manifest: .* has no manifest\.json/)]);
    expect(verdict.checks.map(({name}) => name)).toEqual(
      expect.arrayContaining(['thriftserver', 'deps', 'scripts']),
    );
    await rm(join(dir, 'bin/spark-sql'));
    expect(failures(await verifyDist(dir))[1]).toMatch(/^scripts: bin\/spark-sql is missing/);
  });

  test('with a damaged one: says so and goes on', async () => {
    const dir = await makeLibDist();
    await writeFile(join(dir, 'manifest.json'), '{');
    expect(failures(await verifyDist(dir))).toEqual([expect.stringMatching(/^manifest: .*is not JSON/)]);
  });

  test('an empty folder fails, a missing one and a file are refused', async () => {
    const dir = await makeFolder();
    expect(failures(await verifyDist(dir)).map((text) => text.split(':')[0])).toEqual([
      'manifest',
      'release',
      'jars',
    ]);
    await expect(verifyDist(join(dir, 'none'))).rejects.toThrow(UsageError);
    await writeFile(join(dir, 'file'), '');
    await expect(verifyDist(join(dir, 'file'))).rejects.toThrow(/is a file, not a folder/);
  });
});
