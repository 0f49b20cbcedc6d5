// What verify can say of a dist without a manifest.
import {createHash} from 'node:crypto';
import {readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {renderNamedVerdict, verifyNamedDist} from '../../src/batch/named-dist.ts';
import {writeManifest} from '../../src/distribution/manifest.ts';
import {checkUnlisted} from '../../src/proof/unlisted-dist.ts';
import {libFacts, makeFolder, writeLibDist, writeTree} from '../distribution/fake-dist.ts';

async function check(dir: string): Promise<Record<string, string>> {
  const checks = await checkUnlisted(dir);
  return Object.fromEntries(
    checks.map(({name, ok, message}) => [name, `${ok ? 'ok' : 'FAILED'} ${message}`]),
  );
}

test('one with a manifest, also a damaged one, is told by that', async () => {
  const dir = await makeFolder();
  await writeLibDist(dir);
  await writeManifest(dir, libFacts);
  expect(await checkUnlisted(dir)).toEqual([]);
  await writeFile(join(dir, 'manifest.json'), '{');
  expect(await checkUnlisted(dir)).toEqual([]);
});

test('which release it is, what it holds, and that nothing tells of changes', async () => {
  const dir = await makeFolder();
  await writeLibDist(dir);
  expect(await check(dir)).toEqual({
    source: expect.stringMatching(/^ok git revision 09d6fdd is that of cdh5\.7\.0-release; /),
    holds: expect.stringMatching(
      /1 jars with 4 entries; features by their classes: thriftserver; no classes of Hadoop/,
    ),
    SHA256SUMS: 'ok there is none, so nothing tells whether a file was changed',
  });
});

test('the last line does not call it damaged for that alone', async () => {
  const dir = await makeFolder();
  await writeLibDist(dir);
  const terminal = {cwd: dir, signal: new AbortController().signal} as never;
  const verdict = await verifyNamedDist(terminal, dir);
  expect(verdict.ok).toBe(false);
  expect(renderNamedVerdict(verdict, {}).at(-1)).toMatch(
    /what it seems to be, as far as can be told; without a manifest nothing proves it\.$/,
  );
  await rm(join(dir, 'bin/beeline'));
  const broken = await verifyNamedDist(terminal, dir);
  expect(renderNamedVerdict(broken, {}).at(-1)).toMatch(/is not what it should be\.$/);
});

test('a RELEASE that names another version than its commit is, and a commit that nobody knows', async () => {
  const dir = await makeFolder();
  await writeTree(dir, {RELEASE: 'Spark 1.5.0-cdh5.5.0 (git revision 09d6fdd) built for Hadoop 2.6.0\n'});
  expect((await check(dir)).source).toMatch(
    /^FAILED git revision 09d6fdd is cdh5\.7\.0-release, which is 1\.6\.0-cdh5\.7\.0, and RELEASE names 1\.5\.0-cdh5\.5\.0/,
  );
  await writeTree(dir, {RELEASE: 'Spark 1.6.0 (git revision 0000000) built for Hadoop 2.6.0\n'});
  expect((await check(dir)).source).toMatch(/^ok git revision 0000000 is of no known release/);
});

test('a SHA256SUMS that somebody wrote by hand is checked', async () => {
  const dir = await makeFolder();
  await writeLibDist(dir);
  const sum = createHash('sha256')
    .update(await readFile(join(dir, 'RELEASE')))
    .digest('hex');
  await writeFile(join(dir, 'SHA256SUMS'), `${sum}  RELEASE\n`);
  expect((await check(dir)).SHA256SUMS).toMatch(
    /^ok 1 files are as it names them; it does not name \d+ others$/,
  );
  await rm(join(dir, 'RELEASE'));
  expect((await check(dir)).SHA256SUMS).toBe(
    'FAILED RELEASE is missing, or differs from what SHA256SUMS names',
  );
});
