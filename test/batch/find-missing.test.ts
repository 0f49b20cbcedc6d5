// What --offline names: builds without their artifacts, artifacts without their files, a smoke query that fetched nothing yet.
import {createHash} from 'node:crypto';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {findMissing} from '../../src/batch/find-missing.ts';
import {planPaths} from '../../src/core/paths.ts';
import {readGoldenKey} from '../../src/machine/golden.ts';
import {readBaseKey} from '../../src/machine/layers.ts';
import {filesFolder, planFilePath, writeSet} from '../../src/maven/artifact-sets.ts';
import {planSet} from '../../src/recipe/keep-artifacts.ts';
import {fakeExec} from '../host/fake-host.ts';

type Needs = Parameters<typeof findMissing>[0][number];
type Tools = Parameters<typeof findMissing>[1];

let folder = '';
let maven = '';
const artifact = {path: 'org/example/a/1.0/a-1.0.jar', repository: 'central', bytes: 3};
const sha256 = createHash('sha256').update('abc').digest('hex');
const build = {
  plan: {
    buildId: 'cdh5.7.0-nodeps',
    tag: 'cdh5.7.0-release',
    deps: 'provided',
    features: ['thriftserver'],
    dependencies: 'apache',
    compileTests: false,
    smoke: false,
  },
  dependencyPlan: {settingsXml: '<settings/>', compiled: []},
  domain: 'releases',
  definition: {},
  provision: {withR: false, mavenMinimum: '3', caCertificates: {}},
  machineChoice: {provider: 'lxc', box: {name: 'build-spark/debian-13'}},
} as unknown as Needs;
const withSmoke = {...build, plan: {...build.plan, smoke: true}} as Needs;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'find-missing-'));
  maven = join(folder, 'maven');
});
afterEach(async () => {
  await rm(folder, {recursive: true, force: true});
});

async function ask(needs: Needs, layers: readonly string[] = []): Promise<readonly string[]> {
  const {exec} = fakeExec({
    bash: {stdout: layers.map((key) => `${key}\tgolden\tb\t1\t-\t1\t\n`).join('')},
  });
  const home = join(folder, 'home');
  const paths: Tools['paths'] = {...planPaths({}, home), maven, modules: join(folder, 'modules')};
  const missing = await findMissing([needs], {exec, paths, asRoot: (argv) => argv});
  return missing.map(({message}) => message);
}

test('nothing is here, then all is, then a file has gone, then a smoke query is wanted', async () => {
  expect(await ask(build)).toEqual([
    'cdh5.7.0-nodeps cannot be built with --offline: no such build has left its Maven artifacts in the cache.',
  ]);
  // Of another origin: who asks nobody does not mind.
  const {name, domain} = planSet(build);
  await writeSet(maven, `${name.slice(0, -8)}01234567`, {
    domain,
    origin: '01234567',
    artifacts: [{...artifact, sha256}],
  });
  await mkdir(filesFolder(maven), {recursive: true});
  await writeFile(planFilePath(maven, sha256), 'abc');
  expect(await ask(build)).toEqual([]);
  expect(await ask(withSmoke)).toEqual([
    'cdh5.7.0-nodeps cannot be built with --offline: what the smoke query fetches is not among the Maven artifacts in the cache.',
  ]);
  await writeFile(planFilePath(maven, sha256), 'ab');
  expect(await ask(build)).toEqual([
    `cdh5.7.0-nodeps cannot be built with --offline: 1 of its 1 Maven artifacts are no longer in the cache, for example ${artifact.path}.`,
  ]);
});

test('a dependency that is compiled is named by its own', async () => {
  const compiled = {
    name: 'parquet-cdh5',
    tag: 'cdh5.13.3-release',
    commit: '0',
    version: '1',
    edits: [],
    arguments: [],
  };
  const needs = {
    ...build,
    dependencyPlan: {...build.dependencyPlan, compiled: [compiled]},
  } as unknown as Needs;
  expect((await ask(needs))[1]).toContain(
    'the jars of parquet-cdh5 (cdh5.13.3-release), which are compiled once, are not in the cache',
  );
});

test('R is missing until a golden box of this host has it', async () => {
  const withR = {
    ...build,
    plan: {...build.plan, goldenBox: 'auto'},
    provision: {...build.provision, withR: true},
  } as Needs;
  const lack = 'its machine would install R, which no golden box of this host has';
  expect((await ask(withR))[1]).toContain(lack);
  const boxFolder = join(folder, 'home/.vagrant.d/boxes/build-spark-VAGRANTSLASH-debian-13/0/lxc');
  await mkdir(boxFolder, {recursive: true});
  for (const name of ['metadata.json', 'rootfs.tar.gz']) await writeFile(join(boxFolder, name), '');
  const base = (await readBaseKey(boxFolder)) ?? '';
  const keyOf = (has: boolean) => readGoldenKey(base, {...withR.provision, withR: has});
  expect((await ask(withR, [await keyOf(false)]))[1]).toContain(lack);
  expect(await ask(withR, [await keyOf(true)])).toHaveLength(1);
  const foreign = {...withR, machineChoice: {...withR.machineChoice, box: {name: 'almalinux/8'}}} as Needs;
  expect(await ask(foreign)).toHaveLength(1);
});
