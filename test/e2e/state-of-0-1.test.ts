// State and caches as version 0.1 wrote them: owners by host, process and start alone, artifacts by SHA-1, an older setup record.
import {mkdir, readdir, stat, utimes, writeFile} from 'node:fs/promises';
import {hostname} from 'node:os';
import {dirname, join} from 'node:path';
import {expect} from 'vitest';
import {planPaths} from '../../src/core/paths.ts';
import {readSetupJournal} from '../../src/host/setup-journal.ts';
import {buildArguments, distName, playSample} from './sample-build.ts';
import {test, type Scene} from './scene.ts';

const createdAt = '2026-10-22T09:04:45.356Z';
const orphan = 'build-spark-cdh5.7.0-nodeps-0a1b2c';
const kept = 'build-spark-cdh5.5.2-nodeps-3d4e5f';
const sha1 = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';
/** Of a process that ended before this host was booted. */
const owner = {host: hostname(), pid: 4711, startedAt: '193480db-64c9-4542-8f5b-96e76ffd3619:10350'};

const setup = {
  formatVersion: 1,
  packages: ['lxc', 'vagrant'],
  isSudoersOurs: false,
  isLxcNetworkOurs: true,
  boxes: [{name: 'build-spark/debian-13', provider: 'lxc', os: 'debian'}],
};

const record = {
  formatVersion: 1,
  buildId: 'cdh5.7.0-nodeps',
  finishedAt: createdAt,
  release: 'cdh5.7.0',
  features: ['thriftserver'],
  variant: 'sample-provided',
  stepMs: {'Boot machine': 12_808},
  moduleMs: {'Spark Project Core': 210},
};

const mavenSetName = 'cdh5.7.0-nodeps-71eefebf';
const mavenSet = {
  formatVersion: 1,
  origin: '71eefebf',
  artifacts: [{path: 'org/slf4j/slf4j-api/1.7/slf4j-api-1.7.jar', repository: 'central', sha1, bytes: 0}],
};

/** @returns The folder of caches, of this test alone. */
async function writeOldState({folder, state}: Scene): Promise<string> {
  const cache = join(folder, 'cache');
  const entry = (id: string, buildId: string, more: object): object => {
    const directory = join(state, 'machines', id);
    return {formatVersion: 1, id, buildId, provider: 'fake', directory, owner, createdAt, ...more};
  };
  const json: Readonly<Record<string, object>> = {
    [join(state, 'journal', `${orphan}.json`)]: entry(orphan, 'cdh5.7.0-nodeps', {}),
    [join(state, 'journal', `${kept}.json`)]: entry(kept, 'cdh5.5.2-nodeps', {
      keepUntil: '2999-01-01T00:00:00.000Z',
    }),
    [join(state, 'runs/cdh5.7.0-nodeps-20261022090445356.json')]: record,
    [join(state, 'setup.json')]: setup,
    [join(cache, 'build-spark/maven/sets', `${mavenSetName}.json`)]: mavenSet,
    [join(cache, 'build-spark/uses/0de2e495d0ce-9658e59a22ad.json')]: {
      ...{formatVersion: 1, kind: 'maven', name: mavenSetName, owner, at: createdAt},
    },
  };
  const texts: Readonly<Record<string, string>> = {
    [join(state, 'logs/cdh5.7.0-nodeps/build.log')]: 'a line of 0.1\n',
    [join(state, 'machines', orphan, 'machine.json')]: '{}',
    [join(state, 'machines', kept, 'machine.json')]: '{}',
    [join(state, 'fake-machines', orphan)]: 'running',
    [join(state, 'fake-machines', kept)]: 'running',
    [join(cache, 'build-spark/maven/objects', sha1)]: '',
  };
  const files = [...Object.entries(json).map(([path, value]) => [path, JSON.stringify(value)] as const)];
  for (const [path, text] of [...files, ...Object.entries(texts)]) {
    await mkdir(dirname(path), {recursive: true});
    await writeFile(path, text);
  }
  const maven = join(cache, 'build-spark/maven');
  for (const part of ['sets', `sets/${mavenSetName}.json`, 'objects', `objects/${sha1}`])
    await utimes(join(maven, part), new Date(createdAt), new Date(createdAt));
  return cache;
}

test('machines, logs, reap, cache and setup read what 0.1 left, and builds go on with it', async ({
  scene,
}) => {
  scene.env.XDG_CACHE_HOME = await writeOldState(scene);

  const listed = await scene.run(['machines', '--json']);
  expect(listed).toMatchObject({code: 0, stderr: ''});
  expect(JSON.parse(listed.stdout)).toEqual([
    expect.objectContaining({id: kept, state: 'kept', host: hostname()}),
    expect.objectContaining({id: orphan, state: 'orphaned', host: hostname()}),
  ]);

  expect(await scene.run(['logs', 'cdh5.7.0-nodeps'])).toMatchObject({code: 0, stdout: 'a line of 0.1\n'});
  expect(await readSetupJournal(planPaths(scene.env, scene.env.HOME ?? ''))).toEqual(setup);

  const reaped = await scene.run(['reap', '--json']);
  expect(reaped).toMatchObject({code: 0, stderr: ''});
  expect(JSON.parse(reaped.stdout)).toEqual([expect.objectContaining({id: orphan, destroyed: true})]);
  expect(await scene.machines()).toEqual([kept]);
  expect(await readdir(join(scene.state, 'machines'))).toEqual([kept]);

  const cache = await scene.run(['cache', 'ls']);
  expect(cache.code).toBe(0);
  expect(cache.stdout).toContain('(of version 0.1)');

  await playSample(scene);
  const built = await scene.run(buildArguments(scene));
  expect(built).toMatchObject({code: 0});
  expect(built.stderr).not.toMatch(/runs|is damaged|another format/);
  expect(await scene.dists()).toEqual([distName]);

  expect(await scene.run(['reap', '--all'])).toMatchObject({code: 0});
  const pruned = await scene.run(['cache', 'prune', '--keep-days', '2']);
  expect(pruned.code).toBe(0);
  const maven = join(scene.env.XDG_CACHE_HOME, 'build-spark/maven');
  for (const name of ['sets', 'objects']) await expect(stat(join(maven, name))).rejects.toThrow('ENOENT');
});
