// What two builds of one dist differ in, and what a repetition asks for.
import {createWriteStream} from 'node:fs';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {expect, test} from 'vitest';
import {ZipFile} from 'yazl';
import {planRepetition} from '../../src/batch/reproduce-dist.ts';
import {readManifest, writeManifest, type ManifestFacts} from '../../src/distribution/manifest.ts';
import {compareBuilds, renderReproduction, type Reproduction} from '../../src/proof/reproduction.ts';
import {libFacts, makeFolder, writeTree} from '../distribution/fake-dist.ts';
import {writeClass, writeZip} from '../linking/class-writer.ts';

const assembly = 'lib/spark-assembly-1.6.0.jar';

async function writeBuild(
  dir: string,
  entries: readonly (readonly [string, Buffer])[],
  files: Readonly<Record<string, string>>,
  facts: Partial<ManifestFacts> = {},
): Promise<void> {
  await mkdir(dir, {recursive: true});
  await writeZip(join(dir, assembly), new Map(entries));
  await writeTree(dir, files);
  await writeManifest(dir, {...libFacts, ...facts});
}

async function hold(first: string, second: string): Promise<Reproduction> {
  return compareBuilds([first, await readManifest(first)], [second, await readManifest(second)]);
}

test('each file that differs is named with the entry and the reason, and what was other about the builds', async () => {
  const folder = await makeFolder();
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  const order = ['get()V', 'put()V'];
  await writeBuild(
    first,
    [
      ['a/A.class', writeClass({name: 'a/A', has: order})],
      ['a/B.class', writeClass({name: 'a/B', has: order})],
      ['pom.properties', Buffer.from('#Fri\nversion=1\n')],
    ],
    {RELEASE: 'Spark 1\nflags a\n', 'bin/only': 'x', 'data/bytes': 'a\0b'},
  );
  await writeBuild(
    second,
    [
      ['a/A.class', writeClass({name: 'a/A', has: order.toReversed()})],
      ['a/B.class', writeClass({name: 'a/B', has: ['get()I', 'put()V']})],
      ['pom.properties', Buffer.from('#Sat\nversion=1\n')],
    ],
    {RELEASE: 'Spark 1\nflags b\n', 'data/bytes': 'a\0c'},
    {machine: {provider: 'lxc', memoryMib: 2048, cpus: 1}, startedAt: '2026-11-23T20:00:00.000Z'},
  );
  const reproduction = await hold(first, second);
  expect(reproduction.same).toBe(false);
  expect(reproduction.differences).toEqual([
    {path: 'RELEASE', reason: 'differs in line 2: "flags a" and "flags b"'},
    {path: 'bin/only', reason: 'is not there the second time'},
    {path: 'data/bytes', reason: 'differs from byte 2 on (3 and 3 bytes)'},
    {path: assembly, entry: 'a/A.class', reason: 'has the same members in a different order'},
    {path: assembly, entry: 'a/B.class', reason: 'has different members: -get()V +get()I'},
    {path: assembly, entry: 'pom.properties', reason: 'differs in line 1: "#Fri" and "#Sat"'},
  ]);
  expect(reproduction.circumstances).toEqual([
    'cores: 2, then 1',
    'memory in MiB: 6144, then 2048',
    'day: 2026-11-22, then 2026-11-23',
  ]);
  const lines = renderReproduction(reproduction, {});
  expect(lines).toContain(`DIFFERS   ${assembly} a/A.class has the same members in a different order`);
  expect(lines.at(-1)).toMatch(/differs from .* in 6 places\.$/);
});

test('an archive that is the same inside says whether the order is another', async () => {
  const folder = await makeFolder();
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  const entries = [
    ['a', Buffer.from('a')],
    ['b', Buffer.from('b')],
  ] as const;
  await writeBuild(first, entries, {});
  await writeBuild(second, entries.toReversed(), {});
  expect((await hold(first, second)).differences).toEqual([
    {path: assembly, reason: 'has the same entries in a different order'},
  ]);
});

test('the same bytes are said to be so, whatever the manifests say', async () => {
  const folder = await makeFolder();
  const first = join(folder, 'first');
  await writeBuild(first, [['a', Buffer.from('a')]], {RELEASE: 'x'});
  const reproduction = await hold(first, first);
  expect(reproduction).toMatchObject({same: true, differences: [], circumstances: []});
  expect(renderReproduction(reproduction, {}).at(-1)).toMatch(/has the same bytes as .*: all 2 files\.$/);
});

test('a repetition asks for what the manifest says, and takes machine and network from the operator', async () => {
  const dir = await makeFolder();
  await writeFile(join(dir, 'RELEASE'), 'x');
  const facts = {
    ...libFacts,
    patches: [{name: 'edit:paho', sha256: 'a'.repeat(64)}],
    sourceDateEpoch: 1,
    asked: {profiles: ['kinesis-asl'], defines: ['a=b'], compileTests: false},
  };
  const manifest = await writeManifest(dir, facts);
  expect(planRepetition(manifest, {cpus: 1, proxy: 'http://p:1'})).toEqual({
    ref: 'cdh5.7.0-release',
    source: 'https://github.com/cloudera/spark',
    with: ['thriftserver'],
    deps: 'provided',
    dependencies: 'apache',
    profile: ['kinesis-asl'],
    define: ['a=b'],
    ...{compileTests: false, reproducible: true, forceUnsupported: false, force: true},
    ...{cpus: 1, proxy: 'http://p:1'},
  });
  const older = {...manifest, asked: undefined, dependencies: 'none' as const, sourceDateEpoch: undefined};
  expect(planRepetition(older, {source: 'here'})).toMatchObject({
    source: 'here',
    dependencies: 'auto',
    reproducible: false,
    profile: expect.arrayContaining(['yarn', 'flume-provided', 'hadoop-provided']),
  });
});

test('patches of the operator are asked for, since the manifest has only their checksums', async () => {
  const dir = await makeFolder();
  const manifest = await writeManifest(dir, libFacts);
  expect(() => planRepetition(manifest, {})).toThrow(/built with a patch of your own.*: paho/);
  expect(planRepetition(manifest, {patch: ['x.patch']})).toMatchObject({patch: ['x.patch']});
});

test('of two entries with one name the one that differs is shown, and more of them are counted', async () => {
  const folder = await makeFolder();
  const write = async (name: string, entries: readonly (readonly [string, string])[]): Promise<string> => {
    const dir = join(folder, name);
    await writeBuild(dir, [], {});
    const zip = new ZipFile();
    for (const [entry, text] of entries) zip.addBuffer(Buffer.from(text), entry, {mtime: new Date(0)});
    zip.end();
    await pipeline(zip.outputStream, createWriteStream(join(dir, assembly)));
    return dir;
  };
  const first = await write('first', [
    ...([
      ['a', 'same'],
      ['a', 'one'],
    ] as const),
    ...([
      ['b', 'same'],
      ['c', 'only here'],
    ] as const),
  ]);
  const second = await write('second', [
    ...([
      ['a', 'same'],
      ['a', 'two'],
    ] as const),
    ...([
      ['b', 'same'],
      ['b', 'same'],
    ] as const),
  ]);
  expect((await hold(first, second)).differences).toEqual([
    {path: assembly, entry: 'a', reason: 'differs in line 1: "one" and "two"'},
    {path: assembly, entry: 'b', reason: 'is in it once the first time and 2 times the second'},
    {path: assembly, entry: 'c', reason: 'is not in it the second time'},
  ]);
});

test('what a build chose to write does not steer the terminal of who looks', () => {
  const steering = '\u001b]0;x\u0007\u009b2J';
  const lines = renderReproduction(
    {
      ...{dist: '/a', again: '/b', same: false, files: 1, circumstances: []},
      differences: [{path: `bin/${steering}`, entry: steering, reason: 'differs'}],
    },
    {},
  );
  expect(lines.join('\n')).not.toMatch(/[^\P{Cc}\n]/u);
  expect(lines.at(-1)).toBe('/b differs from /a in one place.');
});
