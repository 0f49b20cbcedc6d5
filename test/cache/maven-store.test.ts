// The Maven cache on a real disk: what is taken over, what is refused, what a damaged file does, what a prune frees.
import {createHash, randomUUID} from 'node:crypto';
import {existsSync} from 'node:fs';
import {chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {createMavenKind} from '../../src/cache/maven-kind.ts';
import {
  findOrigin,
  findSeed,
  parseArtifact,
  planObjectPath,
  planSetFile,
  readSet,
  type MavenArtifact,
} from '../../src/cache/maven-sets.ts';
import {
  createIncoming,
  linkSet,
  takeOver,
  type MavenTools,
  type TakenOver,
} from '../../src/cache/maven-store.ts';
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
const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');
const artifact = (path: string, text: string): MavenArtifact => ({
  path,
  repository: 'central',
  sha1: sha1(text),
  bytes: text.length,
});

/** A build that fetched these files. */
async function keep(
  name: string,
  files: Readonly<Record<string, string>>,
  known: readonly MavenArtifact[] = [],
): Promise<TakenOver> {
  const incoming = await createIncoming(tools);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(incoming, path)), {recursive: true});
    await writeFile(join(incoming, path), text);
  }
  const fresh = Object.entries(files).map(([path, text]) => artifact(path, text));
  const result = await takeOver(tools, {name, origin: name.slice(-8), known, fresh, incoming});
  await rm(incoming, {recursive: true});
  return result;
}

test('what one build fetched the next one gets, with the notes of its repository', async () => {
  expect(await keep('a-00000000', {'g/a/1/a-1.jar': 'jar', 'g/a/1/a-1.pom': 'pom'})).toMatchObject({
    taken: 2,
    refused: [],
  });
  const set = await readSet(tools.paths.maven, 'a-00000000');
  await chmod(planObjectPath(tools.paths.maven, sha1('jar')), 0o600); // As under a narrow umask.
  const {lost, bytes} = await linkSet(tools, set?.artifacts ?? [], join(home, 'guest'), signal);
  expect({lost, bytes}).toEqual({lost: [], bytes: 6});
  expect(await readFile(join(home, 'guest/g/a/1/a-1.jar'), 'utf8')).toBe('jar');
  expect((await stat(join(home, 'guest/g/a/1/a-1.jar'))).mode & 0o777).toBe(0o644);
  expect(await readFile(join(home, 'guest/g/a/1/_remote.repositories'), 'utf8')).toBe(
    'a-1.jar>central=\na-1.pom>central=\n',
  );
});

test('a file that is not what its repository says is refused, the others are taken', async () => {
  const incoming = await createIncoming(tools);
  await mkdir(join(incoming, 'g/a'), {recursive: true});
  await writeFile(join(incoming, 'g/a/good'), 'good');
  await writeFile(join(incoming, 'g/a/bad'), 'half of i');
  const fresh = [
    artifact('g/a/good', 'good'),
    artifact('g/a/bad', 'half of it'),
    artifact('g/a/absent', 'x'),
  ];
  const {taken, refused} = await takeOver(tools, {
    name: 'a-00000000',
    origin: '00000000',
    known: [],
    fresh,
    incoming,
  });
  expect({taken, refused: [...refused].sort()}).toEqual({taken: 1, refused: ['g/a/absent', 'g/a/bad']});
});

test('the same name with other bytes is refused, unless it is of another origin', async () => {
  await keep('a-00000000', {'g/a/1/a.jar': 'one'});
  expect(await keep('b-00000000', {'g/a/1/a.jar': 'two'})).toMatchObject({
    taken: 0,
    refused: ['g/a/1/a.jar'],
  });
  expect(await keep('b-11111111', {'g/a/1/a.jar': 'two'})).toMatchObject({taken: 1, refused: []});
  expect((await readSet(tools.paths.maven, 'a-00000000'))?.artifacts[0]?.sha1).toBe(sha1('one'));
});

test('a damaged file is found, removed and left out', async () => {
  await keep('a-00000000', {'g/a/1/a.jar': 'good', 'g/b/1/b.jar': 'fine'});
  await writeFile(planObjectPath(tools.paths.maven, sha1('good')), 'gone');
  const {artifacts} = (await readSet(tools.paths.maven, 'a-00000000')) ?? {artifacts: []};
  const staged = await linkSet(tools, artifacts, join(home, randomUUID()), signal);
  expect(staged.lost).toEqual(['g/a/1/a.jar']);
  expect(staged.artifacts.map(({path}) => path)).toEqual(['g/b/1/b.jar']);
  expect(existsSync(planObjectPath(tools.paths.maven, sha1('good')))).toBe(false);
  expect(await keep('a-00000000', {'g/a/1/a.jar': 'good'}, staged.artifacts)).toMatchObject({taken: 1});
  expect((await linkSet(tools, artifacts, join(home, randomUUID()), signal)).lost).toEqual([]);
});

test('a damaged list is removed and counts as none', async () => {
  await keep('a-00000000', {'g/a/1/a.jar': 'x'});
  await writeFile(planSetFile(tools.paths.maven, 'a-00000000'), '{');
  expect(await readSet(tools.paths.maven, 'a-00000000')).toBeUndefined();
  expect(existsSync(planSetFile(tools.paths.maven, 'a-00000000'))).toBe(false);
});

test('two builds at once end with both sets whole', async () => {
  const files = Object.fromEntries(
    Array.from({length: 40}, (_, index) => [`g/a/1/a-${index}.jar`, `text ${index}`]),
  );
  await Promise.all(['a-00000000', 'b-00000000', 'c-00000000'].map((name) => keep(name, files)));
  for (const name of ['a-00000000', 'b-00000000', 'c-00000000']) {
    const {artifacts} = (await readSet(tools.paths.maven, name)) ?? {artifacts: []};
    expect((await linkSet(tools, artifacts, join(home, randomUUID()), signal)).artifacts).toHaveLength(40);
  }
});

test('a prune of one set keeps what another one needs', async () => {
  await keep('a-00000000', {'g/a/1/a.jar': 'shared', 'g/b/1/b.jar': 'only a'});
  await keep('b-00000000', {'g/a/1/a.jar': 'shared'});
  const kind = createMavenKind({...tools, asRoot: (argv) => argv});
  const entries = await kind.list();
  expect(entries.map(({name}) => name).sort()).toEqual(['a-00000000', 'b-00000000']);
  const entry = entries.find(({name}) => name === 'a-00000000');
  if (entry === undefined) throw new Error('no entry');
  expect(await kind.remove(entry)).toBe('removed');
  const {maven} = tools.paths;
  expect(existsSync(planObjectPath(maven, sha1('shared')))).toBe(true);
  expect(existsSync(planObjectPath(maven, sha1('only a')))).toBe(false);
  expect(await kind.list()).toHaveLength(1);
  expect((await readdir(maven)).filter((name) => name.endsWith('.lock'))).toEqual([]);
});

test('paths that leave the repository are no artifacts', () => {
  for (const path of ['../x', '/etc/passwd', 'a/../../b', 'a//b', 'a/./b', 'file'])
    expect(parseArtifact({path, repository: 'central', sha1: sha1(''), bytes: 1})).toBeUndefined();
  expect(parseArtifact(artifact('org/x/1.0/x-1.0.jar', ''))).toBeDefined();
});

test('the seed is the own set, else the most alike one of the same origin', () => {
  const names = ['cdh5.7.0-nodeps-00000000', 'cdh5.16.2-nodeps-00000000', 'cdh5.7.1-nodeps-11111111'];
  expect(findSeed(names, 'cdh5.7.0-nodeps-00000000')).toBe('cdh5.7.0-nodeps-00000000');
  expect(findSeed(names, 'cdh5.7.1-nodeps-00000000')).toBe('cdh5.7.0-nodeps-00000000');
  expect(findSeed(names, 'cdh5.7.0-nodeps-22222222')).toBeUndefined();
});

test('the set of a build with dependencies of the same kind is sent before that of a release nearer by', () => {
  const sample = 'cdh5.5.2-nodeps-thriftserver-none-00000000';
  const real = 'cdh5.7.0-nodeps-thriftserver-apache-00000000';
  expect(findSeed([sample, real], 'cdh5.5.6-nodeps-thriftserver-apache-00000000')).toBe(real);
  expect(findSeed([sample, real], 'cdh5.7.1-nodeps-thriftserver-none-00000000')).toBe(sample);
  expect(findSeed([sample], 'cdh5.7.0-nodeps-thriftserver-apache-00000000')).toBe(sample);
});

test('another address under the same id is another origin; the order of mirrors is not', () => {
  const settings = (...urls: readonly string[]): string =>
    `<!-- Written by build-spark -->${urls.map((url) => `<mirror><id>central</id><mirrorOf>*</mirrorOf><url>${url}</url></mirror>`).join('\n')}`;
  expect(findOrigin(settings('a', 'b'))).toBe(findOrigin(settings('b', 'a')));
  expect(findOrigin(settings('a'))).not.toBe(findOrigin(settings('b')));
});
