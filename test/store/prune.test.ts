import {spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import {link, mkdir, readdir, readFile, rename, symlink, utimes, writeFile} from 'node:fs/promises';
import {hostname} from 'node:os';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {createBoxKind, planBoxItem} from '../../src/machine/box-kind.ts';
import {readInventory, type CacheKind, type ListedEntry} from '../../src/store/inventory.ts';
import {createJdkKind} from '../../src/machine/jdk-kind.ts';
import {createModulesKind, createProbeKind} from '../../src/maven/maven-kinds.ts';
import {createSourceKinds} from '../../src/source/source-kinds.ts';
import {planLimit, planPrune, pruneToLimit} from '../../src/store/prune.ts';
import {moveToTrash} from '../../src/store/trash.ts';
import {markUse, readUses} from '../../src/store/uses.ts';
import {systemClock} from '../../src/core/clock.ts';
import {UsageError} from '../../src/core/errors.ts';
import {planPaths} from '../../src/core/paths.ts';
import {readOwnIdentity} from '../../src/core/process-identity.ts';
import {createJournal} from '../../src/machine/journal.ts';
import {listBuilding} from '../../src/machine/reaper.ts';
import {makeFolder, realExec} from '../core/fixtures.ts';
import {makeEntry} from '../machine/fixtures.ts';

const day = 86_400_000;
const gib = 1024 ** 3;
const dead = {host: hostname(), pid: 4_000_000, startedAt: 'a boot long ago:1'};

/** A cache with one entry of each kind; all were last used so many days ago. */
async function newCache(ages: Readonly<Record<string, number>> = {}) {
  const home = await makeFolder();
  const paths = planPaths({}, home);
  const journal = createJournal(paths.journal);
  const tools = {
    exec: realExec,
    clock: systemClock,
    paths,
    env: {},
    asRoot: (argv: readonly [string, ...string[]]) => argv,
    journal,
    listBuilding: () => listBuilding({journal, exec: realExec, clock: systemClock}),
  };
  const kinds: readonly CacheKind[] = [
    ...createSourceKinds(tools),
    createProbeKind(tools),
    createJdkKind(tools),
    createModulesKind(tools),
    createBoxKind(tools),
  ];
  const put = async (path: string, ageDays: number): Promise<void> => {
    const file = join(paths.cache, path);
    await mkdir(dirname(file), {recursive: true});
    await writeFile(file, 'x'.repeat(8192));
    const at = new Date(Date.now() - ageDays * day);
    for (let one = file; one !== paths.cache; one = dirname(one)) await utimes(one, at, at);
  };
  for (const [path, age] of Object.entries(ages)) await put(path, age);
  const list = async (): Promise<readonly string[]> =>
    (await readInventory(tools, kinds)).map(({kind, name}) => `${kind} ${name}`);
  return {tools, kinds, paths, put, list};
}

const some = {
  'git/old.git/config': 9,
  'git/new.git/config': 1,
  'sample/sample-123456789012.git/HEAD': 5,
  'probes/cloudera.json': 3,
  'boxes/jdk8/amd64/jre.deb': 7,
};

test('every kind is listed with size, last use and users, the least recently used first', async () => {
  const {tools, kinds, paths} = await newCache(some);
  const entries = await readInventory(tools, kinds);
  expect(entries.map(({kind, name}) => `${kind} ${name}`)).toEqual([
    'git old',
    'jdk jdk8 amd64',
    'sample sample-123456789012.git',
    'probe cloudera',
    'git new',
  ]);
  expect(entries[0]).toMatchObject({paths: [join(paths.git, 'old.git')], usedBy: []});
  expect(entries[0]!.bytes).toBeGreaterThanOrEqual(8192);
  expect(Math.round((Date.now() - entries[0]!.lastUsedMs!) / day)).toBe(9);
});

test('a file with two names counts once, and what a link points to not at all', async () => {
  const {tools, kinds, paths, put} = await newCache({'git/a.git/x': 1});
  const [before] = await readInventory(tools, kinds);
  // A short link has no block of its own.
  await link(join(paths.git, 'a.git/x'), join(paths.git, 'a.git/y'));
  await put('outside', 1);
  await symlink('../../outside', join(paths.git, 'a.git/z'));
  expect((await readInventory(tools, kinds))[0]!.bytes).toBe(before!.bytes);
});

test('what is too old goes, and what nobody knows stays although it counts', async () => {
  const {tools, kinds, paths, list, put} = await newCache(some);
  await put('notes.txt', 100);
  await put('git/README', 100);
  const result = await pruneToLimit(tools, kinds, {limits: {keepDays: 4}});
  expect(result!.removed.map(({entry}) => entry.name)).toEqual([
    'old',
    'jdk8 amd64',
    'sample-123456789012.git',
  ]);
  const unknown = ['unknown git/README', 'unknown notes.txt'];
  expect(result!.failed).toEqual([]);
  expect((await list()).slice(0, 2)).toEqual(['probe cloudera', 'git new']);
  expect((await list()).slice(2).toSorted()).toEqual(unknown);
  await pruneToLimit(tools, kinds, {limits: {maxBytes: 0}});
  expect((await list()).toSorted()).toEqual(unknown);
  expect(await readFile(join(paths.cache, 'notes.txt'), 'utf8')).toHaveLength(8192);
});

test('down to a size the least recently used goes first, and no more than that', () => {
  const entry = (
    name: string,
    bytes: number,
    lastUsedMs: number,
    usedBy: readonly string[] = [],
  ): ListedEntry => ({
    kind: 'git',
    name,
    paths: [],
    bytes,
    lastUsedMs,
    usedBy,
  });
  const entries = [
    entry('used', 10, 1, ['a build']),
    entry('c', 30, 30),
    entry('a', 10, 10),
    entry('b', 20, 20),
  ];
  const names = (maxBytes: number): readonly string[] =>
    planPrune(entries, {maxBytes}, new Date(1e6)).map((planned) => planned.entry.name);
  expect(names(70)).toEqual([]);
  expect(names(60)).toEqual(['a']);
  expect(names(59)).toEqual(['a', 'b']);
  expect(names(0)).toEqual(['a', 'b', 'c']);
});

test('the limit by default: a fifth of the disk, and room for the next build', () => {
  const limit = (diskGib: number, freeGib: number, cacheGib: number): number =>
    planLimit({diskBytes: diskGib * gib, freeBytes: freeGib * gib, cacheBytes: cacheGib * gib}) / gib;
  expect(limit(250, 100, 30)).toBe(50);
  expect(limit(10, 8, 1)).toBe(4);
  expect(limit(250, 2, 30)).toBe(22);
  expect(limit(100, 0, 1)).toBe(0);
});

test('what a living process marked stays, whichever build it is; what an ended one marked does not', async () => {
  const {tools, kinds, paths, list} = await newCache(some);
  await markUse(tools, {kind: 'git', name: 'old'});
  await markUse(tools, {kind: 'sample', name: '*'});
  const mark = {formatVersion: 1, kind: 'git', name: 'new', owner: dead, at: new Date().toISOString()};
  await writeFile(join(paths.uses, 'other.json'), JSON.stringify(mark));
  const own = await readOwnIdentity(realExec);
  await tools.journal.write(makeEntry({owner: own, buildId: 'cdh5.7.0-nodeps'}));
  const entries = await readInventory(tools, kinds);
  expect(entries.find(({name}) => name === 'old')).toMatchObject({usedBy: ['cdh5.7.0-nodeps']});
  expect(entries.find(({name}) => name === 'new')).toMatchObject({usedBy: []});
  await pruneToLimit(tools, kinds, {limits: {maxBytes: 0}});
  expect((await list()).toSorted()).toEqual(['git old', 'sample sample-123456789012.git']);
});

test('a mark is the last use, also when the process has ended, until a later one takes its place', async () => {
  const {tools, kinds, paths, list} = await newCache(some);
  await mkdir(paths.uses, {recursive: true});
  const mark = {formatVersion: 1, kind: 'git', name: 'old', owner: dead, at: new Date().toISOString()};
  await markUse(tools, {kind: 'probe', name: 'x'});
  const [prefix] = (await readdir(paths.uses)).map((name) => name.slice(0, 12));
  expect(prefix).toHaveLength(12);
  await writeFile(join(paths.uses, 'other.json'), JSON.stringify(mark));
  expect((await list()).at(-1)).toBe('git old');
  expect(await readUses(tools)).toHaveLength(2);
  await writeFile(join(paths.uses, `${prefix!}-0.json`), JSON.stringify({...mark, kind: 'probe', name: 'x'}));
  const later = {...tools, clock: {...systemClock, now: () => new Date(Date.now() + 120_000)}};
  await markUse(later, {kind: 'probe', name: 'x'});
  expect((await readUses(tools)).map(({owner}) => owner.pid).sort()).toEqual([process.pid, dead.pid].sort());
  expect(kinds).toHaveLength(7);
});

test('a running build that marked nothing may use everything', async () => {
  const {tools, kinds, list} = await newCache(some);
  const before = await list();
  await tools.journal.write(makeEntry({owner: await readOwnIdentity(realExec), buildId: 'an-older-version'}));
  expect((await pruneToLimit(tools, kinds, {limits: {maxBytes: 0}}))!.removed).toEqual([]);
  expect(await list()).toEqual(before);
});

test('a journal that cannot be read stops a prune: nobody knows what is used', async () => {
  const {tools, kinds, paths} = await newCache(some);
  await mkdir(paths.journal, {recursive: true});
  await writeFile(join(paths.journal, 'build-spark-x.json'), '{');
  await expect(pruneToLimit(tools, kinds, {limits: {maxBytes: 0}})).rejects.toThrow(UsageError);
});

test('a mirror that is being fetched into, and a box that is being built, are left alone', async () => {
  const {tools, kinds, paths, list, put} = await newCache(some);
  await put('boxes/debian/debian.box', 9);
  const own = JSON.stringify(await readOwnIdentity(realExec));
  await writeFile(join(paths.git, 'old.lock'), own);
  await writeFile(join(paths.boxes, 'debian.lock'), own);
  const result = await pruneToLimit(tools, kinds, {limits: {maxBytes: 0}});
  expect(result!.busy.map(({kind}) => kind).sort()).toEqual(['box', 'git', 'jdk']);
  expect((await list()).toSorted()).toEqual(['box build-spark/debian-13 (lxc)', 'git old', 'jdk jdk8 amd64']);
});

test('a source tree stays as long as whoever prepares it lives', async () => {
  const {tools, kinds, paths, list, put} = await newCache();
  const [own, left] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
  await put(`source/${own}/tree/pom.xml`, 9);
  await put(`source/${left}/tree/pom.xml`, 9);
  await writeFile(join(paths.source, own, 'owner.json'), JSON.stringify(await readOwnIdentity(realExec)));
  await writeFile(join(paths.source, left, 'owner.json'), JSON.stringify(dead));
  const entries = await readInventory(tools, kinds);
  expect(entries.find(({name}) => name === own)).toMatchObject({usedBy: [`process ${process.pid}`]});
  await pruneToLimit(tools, kinds, {limits: {maxBytes: 0}});
  expect(await list()).toEqual([`source ${own}`]);
});

test('what a killed prune left is deleted by the next, within any limit; what only looks like it is not', async () => {
  const {tools, kinds, paths, list, put} = await newCache({'git/a.git/config': 1});
  await moveToTrash(join(paths.git, 'a.git'), tools);
  await put('git/.trash-mine', 1);
  expect((await list()).map((line) => line.split(' ')[0])).toEqual(['trash', 'unknown']);
  const result = await pruneToLimit(tools, kinds);
  expect(result!.removed.map(({reason}) => reason)).toEqual(['left behind']);
  expect(await list()).toEqual(['unknown git/.trash-mine']);
});

test('a dry run says the same and removes nothing', async () => {
  const {tools, kinds, list} = await newCache(some);
  const before = await list();
  const dry = await pruneToLimit(tools, kinds, {limits: {keepDays: 4}, isDryRun: true});
  expect(await list()).toEqual(before);
  const real = await pruneToLimit(tools, kinds, {limits: {keepDays: 4}});
  expect(dry!.removed.map(({entry}) => entry.name)).toEqual(real!.removed.map(({entry}) => entry.name));
});

test('two prunes at once: one works, the other waits or, after a run, leaves it to that one', async () => {
  const {tools, kinds, paths} = await newCache(some);
  const other = spawn('sleep', ['60']);
  const stat = await readFile(`/proc/${other.pid!}/stat`, 'utf8');
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const startedAt = `${bootId}:${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!}`;
  await mkdir(paths.uses, {recursive: true});
  await writeFile(
    join(paths.uses, 'prune.lock'),
    JSON.stringify({host: hostname(), pid: other.pid, startedAt}),
  );
  expect(await pruneToLimit(tools, kinds, {limits: {maxBytes: 0}})).toBe(undefined);
  const lines: string[] = [];
  const announce = (line: string): void => {
    lines.push(line);
    other.kill('SIGKILL'); // Its lock is then a dead owner's.
  };
  const waiting = pruneToLimit({...tools, announce}, kinds, {limits: {maxBytes: 0}, waits: true});
  expect((await waiting)!.removed).toHaveLength(5);
  expect(lines).toEqual([expect.stringContaining(`process ${other.pid} is pruning the cache`)]);
});

test('a box that another copy with its own cache uses is not pruned, whatever cache prunes', async () => {
  const {tools, kinds, paths} = await newCache();
  const other = planPaths({XDG_CACHE_HOME: join(paths.home, 'other')}, paths.home);
  const added = join(paths.home, '.vagrant.d/boxes/build-spark-VAGRANTSLASH-debian-13/0/lxc');
  await mkdir(added, {recursive: true});
  await writeFile(join(added, 'metadata.json'), '{"provider": "lxc"}');
  await markUse({...tools, paths: other}, planBoxItem('build-spark/debian-13', 'lxc'));
  expect(await readInventory(tools, kinds)).toMatchObject([
    {kind: 'box', usedBy: [`process ${process.pid}`]},
  ]);
  const result = await pruneToLimit(tools, kinds, {limits: {maxBytes: 0}});
  expect(result).toMatchObject({removed: [], failed: []});
  // As version 0.1 wrote them.
  const [mark] = (await readdir(other.boxUses)).filter((name) => name.endsWith('.json'));
  await mkdir(paths.uses, {recursive: true});
  await rename(join(other.boxUses, mark!), join(paths.uses, mark!));
  expect(await readUses(tools)).toMatchObject([{kind: 'box', isLive: true}]);
});

test.runIf(process.getuid?.() === 0)(
  'what is mounted in an entry is not deleted with it, and is named',
  async () => {
    const {tools, kinds, paths} = await newCache({'git/a.git/objects/x': 9, 'git/b.git/x': 9});
    const [from, to] = [join(paths.home, 'precious'), join(paths.git, 'a.git/objects')];
    await mkdir(from);
    await writeFile(join(from, 'file'), 'x');
    await realExec(['mount', '--bind', from, to]);
    try {
      const result = await pruneToLimit(tools, kinds, {limits: {maxBytes: 0}});
      expect(result!.failed.map(({error}) => error.message)).toEqual([expect.stringContaining(to)]);
      expect(result!.removed.map(({entry}) => entry.name)).toEqual(['b']);
      expect(existsSync(join(from, 'file'))).toBe(true);
    } finally {
      await realExec(['umount', to]);
    }
    expect((await pruneToLimit(tools, kinds, {limits: {maxBytes: 0}}))!.removed).toHaveLength(1);
  },
);
