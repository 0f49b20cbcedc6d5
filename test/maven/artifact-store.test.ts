// The Maven cache on a real disk: what is taken over, what is refused, what a damaged file does, what a prune frees.
import {createHash, randomUUID} from 'node:crypto';
import {existsSync} from 'node:fs';
import {chmod, link, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {createMavenKind} from '../../src/maven/artifact-kind.ts';
import {
  filesFolder,
  listSets,
  planFilePath,
  planSetFile,
  readSet,
  type MavenArtifact,
  type OfferedArtifact,
} from '../../src/maven/artifact-sets.ts';
import {
  createIncoming,
  linkSet,
  takeOver,
  type MavenTools,
  type TakenOver,
} from '../../src/maven/artifact-store.ts';
import {systemClock} from '../../src/core/clock.ts';
import {createExec} from '../../src/core/exec.ts';
import {planPaths} from '../../src/core/paths.ts';

let home = '';
let tools: MavenTools & {readonly paths: ReturnType<typeof planPaths>};

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'maven-store-'));
  tools = {exec: createExec({PATH: '/usr/bin:/bin'}), clock: systemClock, paths: planPaths({}, home)};
});

afterEach(async () => {
  await rm(home, {recursive: true, force: true});
});

const signal = new AbortController().signal;
const hash = (algorithm: string, text: string): string => createHash(algorithm).update(text).digest('hex');
const sha256 = (text: string): string => hash('sha256', text);
const offer = (path: string, text: string): OfferedArtifact => ({
  path,
  repository: 'central',
  sha1: hash('sha1', text),
});
/** Of the domain and origin that a set's name ends with. */
const setOf = (name: string): {name: string; domain: string; origin: string} => {
  const [, domain = '', origin = ''] = /-([^-]+)-([^-]+)$/.exec(name) ?? [];
  return {name, domain, origin};
};
const a = 'a-releases-00000000';
const b = 'b-releases-00000000';

/** A build that offers these files; `prepare` makes of them what a hostile one would. */
async function keep(
  name: string,
  files: Readonly<Record<string, string>>,
  known: readonly MavenArtifact[] = [],
  prepare: (incoming: string) => Promise<void> = () => Promise.resolve(),
): Promise<TakenOver> {
  const incoming = await createIncoming(tools);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(incoming, path)), {recursive: true});
    await writeFile(join(incoming, path), text);
  }
  await prepare(incoming);
  const fresh = Object.entries(files).map(([path, text]) => offer(path, text));
  const result = await takeOver(tools, {...setOf(name), known, fresh, incoming, signal});
  await rm(incoming, {recursive: true});
  return result;
}

test('what one build fetched the next one gets, with the notes of its repository', async () => {
  expect(await keep(a, {'g/a/1/a-1.jar': 'jar', 'g/a/1/a-1.pom': 'pom'})).toMatchObject({
    taken: 2,
    refused: [],
  });
  const set = await readSet(tools.paths.maven, a);
  await chmod(planFilePath(tools.paths.maven, sha256('jar')), 0o600); // As under a narrow umask.
  const {lost, bytes} = await linkSet(tools, set?.artifacts ?? [], join(home, 'guest'), signal);
  expect({lost, bytes}).toEqual({lost: [], bytes: 6});
  expect(await readFile(join(home, 'guest/g/a/1/a-1.jar'), 'utf8')).toBe('jar');
  expect((await stat(join(home, 'guest/g/a/1/a-1.jar'))).mode & 0o777).toBe(0o644);
  expect(await readFile(join(home, 'guest/g/a/1/_remote.repositories'), 'utf8')).toBe(
    'a-1.jar>central=\na-1.pom>central=\n',
  );
});

test('a file that is not what its repository says is refused, the others are taken', async () => {
  const files = {'g/a/1/a-1.jar': 'good', 'g/a/2/a-2.jar': 'half of it', 'g/a/3/a-3.jar': 'absent'};
  const {taken, refused} = await keep(a, files, [], async (incoming) => {
    await writeFile(join(incoming, 'g/a/2/a-2.jar'), 'half of i');
    await rm(join(incoming, 'g/a/3/a-3.jar'));
  });
  expect({taken, refused: [...refused].sort()}).toEqual({
    taken: 1,
    refused: ['g/a/2/a-2.jar', 'g/a/3/a-3.jar'],
  });
});

test('links, pipes and second names are refused; what they point to is neither moved nor changed', async () => {
  const outside = join(home, 'outside');
  await mkdir(join(outside, '2'), {recursive: true});
  for (const path of ['secret', '2/a-2.jar', 'other'])
    await writeFile(join(outside, path), 'text', {mode: 0o600});
  const paths = [1, 2, 3, 4, 5].map((number) => `g/a/${number}/a-${number}.jar`);
  const files = Object.fromEntries(paths.map((path) => [path, 'text']));
  const result = await keep(a, {...files, 'g/b/1/b-1.jar': 'good'}, [], async (incoming) => {
    for (const path of paths) await rm(join(incoming, path));
    await symlink(join(outside, 'secret'), join(incoming, 'g/a/1/a-1.jar'));
    await rm(join(incoming, 'g/a/2'), {recursive: true});
    await symlink(join(outside, '2'), join(incoming, 'g/a/2'));
    await tools.exec(['mkfifo', join(incoming, 'g/a/3/a-3.jar')]);
    await link(join(outside, 'other'), join(incoming, 'g/a/4/a-4.jar'));
    await mkdir(join(incoming, 'g/a/5/a-5.jar'));
  });
  expect({...result, refused: [...result.refused].sort()}).toMatchObject({taken: 1, refused: paths});
  for (const path of ['secret', '2/a-2.jar', 'other']) {
    expect(await readFile(join(outside, path), 'utf8')).toBe('text');
    expect((await stat(join(outside, path))).mode & 0o777).toBe(0o600);
  }
  expect(await readdir(filesFolder(tools.paths.maven))).toEqual([sha256('good')]);
});

test('a file that was sent is not offered again with other bytes, nor one twice', async () => {
  await keep(a, {'g/a/1/a-1.jar': 'sent'});
  const {artifacts} = (await readSet(tools.paths.maven, a)) ?? {artifacts: []};
  expect(await keep(a, {'g/a/1/a-1.jar': 'forged'}, artifacts)).toMatchObject({
    taken: 0,
    refused: ['g/a/1/a-1.jar'],
  });
  expect((await readSet(tools.paths.maven, a))?.artifacts).toEqual(artifacts);
  const incoming = await createIncoming(tools);
  await mkdir(join(incoming, 'g/b/1'), {recursive: true});
  await writeFile(join(incoming, 'g/b/1/b-1.jar'), 'x');
  const twice = [offer('g/b/1/b-1.jar', 'x'), offer('g/b/1/b-1.jar', 'x')];
  const input = {...setOf(a), known: artifacts, fresh: twice, incoming, signal};
  expect(await takeOver(tools, input)).toMatchObject({taken: 1});
});

test('only this user can look into what is being taken over, and a file of the cache is no program', async () => {
  expect((await stat(await createIncoming(tools))).mode & 0o777).toBe(0o700);
  await keep(a, {'g/a/1/a-1.jar': 'x'}, [], (incoming) => chmod(join(incoming, 'g/a/1/a-1.jar'), 0o4777));
  expect((await stat(planFilePath(tools.paths.maven, sha256('x')))).mode & 0o7777).toBe(0o644);
});

test("a note of Maven's own is never written into a file of the cache", async () => {
  await keep(a, {'g/a/1/a-1.jar': 'x'});
  const {artifacts} = (await readSet(tools.paths.maven, a)) ?? {artifacts: []};
  const forged = artifacts.map((artifact) => ({...artifact, path: 'g/a/1/_remote.repositories'}));
  const repository = join(home, randomUUID());
  await expect(linkSet(tools, [...artifacts, ...forged], repository, signal)).rejects.toThrow('EEXIST');
  expect(await readFile(planFilePath(tools.paths.maven, sha256('x')), 'utf8')).toBe('x');
});

test('the same name with other bytes is refused, unless it is of another origin or domain', async () => {
  await keep(a, {'g/a/1/a-1.jar': 'one'});
  expect(await keep(b, {'g/a/1/a-1.jar': 'two'})).toMatchObject({
    taken: 0,
    refused: ['g/a/1/a-1.jar'],
  });
  for (const other of ['b-releases-11111111', `b-${'f'.repeat(16)}-00000000`])
    expect(await keep(other, {'g/a/1/a-1.jar': 'two'})).toMatchObject({taken: 1, refused: []});
  expect((await readSet(tools.paths.maven, a))?.artifacts[0]?.sha256).toBe(sha256('one'));
});

test('a damaged file is found, removed and left out', async () => {
  await keep(a, {'g/a/1/a-1.jar': 'good', 'g/b/1/b-1.jar': 'fine'});
  await writeFile(planFilePath(tools.paths.maven, sha256('good')), 'gone');
  const {artifacts} = (await readSet(tools.paths.maven, a)) ?? {artifacts: []};
  const staged = await linkSet(tools, artifacts, join(home, randomUUID()), signal);
  expect(staged.lost).toEqual(['g/a/1/a-1.jar']);
  expect(staged.artifacts.map(({path}) => path)).toEqual(['g/b/1/b-1.jar']);
  expect(existsSync(planFilePath(tools.paths.maven, sha256('good')))).toBe(false);
  expect(await keep(a, {'g/a/1/a-1.jar': 'good'}, staged.artifacts)).toMatchObject({taken: 1});
  expect((await linkSet(tools, artifacts, join(home, randomUUID()), signal)).lost).toEqual([]);
});

test('a damaged list is removed and counts as none', async () => {
  await keep(a, {'g/a/1/a-1.jar': 'x'});
  await writeFile(planSetFile(tools.paths.maven, a), '{');
  expect(await readSet(tools.paths.maven, a)).toBeUndefined();
  expect(existsSync(planSetFile(tools.paths.maven, a))).toBe(false);
});

test('two builds at once end with both sets whole', async () => {
  const files = Object.fromEntries(
    Array.from({length: 40}, (_, index) => [`g/a/1/a-1-${index}.jar`, `text ${index}`]),
  );
  await Promise.all([a, b, 'c-releases-00000000'].map((name) => keep(name, files)));
  for (const name of [a, b, 'c-releases-00000000']) {
    const {artifacts} = (await readSet(tools.paths.maven, name)) ?? {artifacts: []};
    expect((await linkSet(tools, artifacts, join(home, randomUUID()), signal)).artifacts).toHaveLength(40);
  }
});

test('a prune of one set keeps what another one needs', async () => {
  await keep(a, {'g/a/1/a-1.jar': 'shared', 'g/b/1/b-1.jar': 'only a'});
  await keep(b, {'g/a/1/a-1.jar': 'shared'});
  const kind = createMavenKind({...tools, asRoot: (argv) => argv});
  const entries = await kind.list();
  expect(entries.map(({name}) => name).sort()).toEqual([a, b]);
  const entry = entries.find(({name}) => name === a);
  if (entry === undefined) throw new Error('no entry');
  expect(await kind.remove(entry)).toBe('removed');
  const {maven} = tools.paths;
  expect(existsSync(planFilePath(maven, sha256('shared')))).toBe(true);
  expect(existsSync(planFilePath(maven, sha256('only a')))).toBe(false);
  expect(await kind.list()).toHaveLength(1);
  expect((await readdir(maven)).filter((name) => name.endsWith('.lock'))).toEqual([]);
});

test('what version 0.1 kept is used by no build, and goes with a prune', async () => {
  const {maven} = tools.paths;
  for (const path of [
    'objects/da39a3ee5e6b4b0d3255bfef95601890afd80709',
    'sets/cdh5.7.0-none-00000000.json',
  ]) {
    await mkdir(dirname(join(maven, path)), {recursive: true});
    await writeFile(join(maven, path), '{"formatVersion": 1, "artifacts": []}');
  }
  await keep(a, {'g/a/1/a-1.jar': 'x'});
  expect(await listSets(maven)).toEqual([a]);
  const kind = createMavenKind({...tools, asRoot: (argv) => argv});
  const entry = (await kind.list()).find(({name}) => name === '(of version 0.1)');
  if (entry === undefined) throw new Error('no entry');
  expect(await kind.remove(entry)).toBe('removed');
  expect((await kind.list()).map(({name}) => name)).toEqual([a]);
  expect((await readdir(maven)).filter((name) => !name.startsWith('.')).sort()).toEqual(['builds', 'files']);
});
