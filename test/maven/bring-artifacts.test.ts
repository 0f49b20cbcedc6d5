// Artifacts out of a bundle into a cache that has some of them.
import {createHash} from 'node:crypto';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {systemClock} from '../../src/core/clock.ts';
import {filesFolder, planFilePath, readSet, writeSet, type MavenSet} from '../../src/maven/artifact-sets.ts';
import {bringArtifacts} from '../../src/maven/bring-artifacts.ts';
import {makeFolder, realExec} from '../core/fixtures.ts';

const name = 'cdh5.7.0-nodeps-none-releases-01234567';
const sha256 = createHash('sha256').update('abc').digest('hex');
const path = 'org/example/a/1.0/a-1.0.jar';
const set: MavenSet = {
  domain: 'releases',
  origin: '01234567',
  artifacts: [{path, repository: 'central', sha256, bytes: 3}],
};

async function bring(before: (maven: string) => Promise<void>, brought: MavenSet): Promise<string> {
  const folder = await makeFolder();
  const maven = join(folder, 'maven');
  await mkdir(filesFolder(maven), {recursive: true});
  await before(maven);
  await writeFile(join(folder, sha256), 'abc');
  const tools = {exec: realExec, clock: systemClock, paths: {maven}};
  await bringArtifacts(tools, new Map([[name, brought]]), (sum) => join(folder, sum));
  return maven;
}

test('a file that was damaged in the cache is replaced by the one of the bundle', async () => {
  const maven = await bring((folder) => writeFile(planFilePath(folder, sha256), 'xyz'), set);
  expect(await readFile(planFilePath(maven, sha256), 'utf8')).toBe('abc');
  expect(await readSet(maven, name)).toMatchObject({artifacts: set.artifacts});
});

test('a set without what a smoke query fetches does not take the place of one that has it', async () => {
  const more = {
    ...set,
    smoke: true,
    artifacts: [...set.artifacts, {...set.artifacts[0], path: `${path}.more`}],
  };
  const kept = await bring((maven) => writeSet(maven, name, more as MavenSet), set);
  expect(await readSet(kept, name)).toMatchObject({smoke: true, artifacts: more.artifacts});
  const replaced = await bring((maven) => writeSet(maven, name, set), more as MavenSet);
  expect(await readSet(replaced, name)).toMatchObject({smoke: true});
});
