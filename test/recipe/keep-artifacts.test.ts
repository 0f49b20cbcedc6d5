// What builds of several sources get of each other's artifacts, with guests that say what they like.
import {createHash, randomUUID} from 'node:crypto';
import {existsSync} from 'node:fs';
import {mkdir, readdir, readFile, symlink, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import type {BuildContext} from '../../src/recipe/build-context.ts';
import {keepArtifacts, linkArtifacts, planMavenHits} from '../../src/recipe/keep-artifacts.ts';
import {systemClock} from '../../src/core/clock.ts';
import {planPaths} from '../../src/core/paths.ts';
import {makeFolder, realExec} from '../core/fixtures.ts';

const jar = 'org/example/plugin/1/plugin-1.jar';
const pom = 'org/example/plugin/1/plugin-1.pom';
const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');

async function newHost() {
  const paths = planPaths({}, await makeFolder());
  /** A build whose guest offers these files, each with the checksum that fits: a forged one does, too. */
  const build = async (
    domain: string,
    files: Readonly<Record<string, string>>,
    extra: {
      readonly lines?: readonly string[];
      readonly tag?: string;
      readonly prepare?: (folder: string) => Promise<void>;
    } = {},
  ) => {
    const said: string[] = [];
    const guest = {
      run: (_: unknown, {onLine}: {onLine: (line: string, stream: 'stdout') => void}) => {
        const own = Object.entries(files).map(([path, text]) => `${sha1(text)}\tcentral\t${path}`);
        for (const line of [...own, ...(extra.lines ?? [])]) onLine(line, 'stdout');
        return Promise.resolve({exitCode: 0, stdout: '', stderr: ''});
      },
      fetchFolder: async (_: string, to: string) => {
        for (const [path, text] of Object.entries(files)) {
          await mkdir(join(to, dirname(path)), {recursive: true});
          await writeFile(join(to, path), text);
        }
        await extra.prepare?.(to);
      },
    };
    const context = {
      plan: {
        buildId: 'b',
        tag: extra.tag ?? 'cdh5.7.0-release',
        deps: 'provided',
        features: [],
        dependencies: 'none',
        mavenOpts: '',
      },
      dependencyPlan: {settingsXml: '', localOnly: ['org/apache/spark']},
      domain,
      guest,
      clock: systemClock,
      signal: AbortSignal.timeout(60_000),
      tools: {
        exec: realExec,
        paths,
        emit: ({line}: {line?: string}) => {
          if (line !== undefined) said.push(line);
        },
      },
    } as unknown as BuildContext;
    const repository = join(paths.source, randomUUID());
    await linkArtifacts(context, repository);
    const given = existsSync(join(repository, jar))
      ? await readFile(join(repository, jar), 'utf8')
      : undefined;
    const hits = await planMavenHits(paths.maven, context);
    await keepArtifacts(context);
    return {given, hits, said, seed: context.mavenSeed?.set};
  };
  return {paths, build};
}

const fork = 'f'.repeat(16);

test('a forged plugin of a fork reaches that fork alone; what a release left reaches all', async () => {
  const {build} = await newHost();
  const hostile = {[jar]: 'forged', [pom]: 'pom'};
  expect(await build(fork, hostile)).toMatchObject({given: undefined});
  for (const domain of ['releases', 'sample', 'e'.repeat(16)])
    expect(await build(domain, {}), domain).toMatchObject({given: undefined, hits: {files: 0}});

  expect(await build('releases', {[jar]: 'good'})).toMatchObject({given: undefined});
  expect(await build('releases', {})).toMatchObject({given: 'good', hits: {files: 1}});
  // Those who have nothing of their own are given it, and keep what they add for themselves.
  expect(await build('sample', {[pom]: 'pom'})).toMatchObject({given: 'good', hits: {files: 1}});
  expect(await build('releases', {})).toMatchObject({hits: {files: 1}});
  expect(await build('sample', {})).toMatchObject({given: 'good', hits: {files: 2}});
  // The fork goes on with what is its own.
  expect(await build(fork, {})).toMatchObject({given: 'forged', hits: {files: 2}});
});

test('a build offers other bytes for what it was given: the cache keeps its own', async () => {
  const {build} = await newHost();
  await build('releases', {[jar]: 'good'});
  const {said} = await build(fork, {[jar]: 'forged'});
  expect(said.at(-1)).toContain('1 files were not taken into the Maven cache');
  expect(await build('releases', {})).toMatchObject({given: 'good'});
  expect(await build(fork, {})).toMatchObject({given: 'good'});
});

test('a ref that is named like the end of a set of the releases stays in its domain', async () => {
  const {build} = await newHost();
  const {seed = ''} = (await build('releases', {[jar]: 'good'}), await build('releases', {}));
  await build(fork, {[jar]: 'forged'}, {tag: seed});
  expect(await build('releases', {})).toMatchObject({given: 'good', seed});
});

test('links, lines that are none and paths out of the repository: a warning, and all else is kept', async () => {
  const {build, paths} = await newHost();
  const outside = join(await makeFolder(), 'secret');
  await writeFile(outside, 'secret', {mode: 0o600});
  const linked = 'org/example/linked/1/linked-1.jar';
  const lines = [
    `${sha1('secret')}\tcentral\t${linked}`,
    `${sha1('secret')}\tcentral\t../../../../${outside}`,
    'x'.repeat(300_000),
    '',
  ];
  const prepare = async (to: string): Promise<void> => {
    await mkdir(join(to, dirname(linked)), {recursive: true});
    await symlink(outside, join(to, linked));
  };
  const {said} = await build('releases', {[jar]: 'good'}, {lines, prepare});
  expect(said.at(-1)).toContain(`since they are not plain files or their checksums differ: ${linked}`);
  expect(await readFile(outside, 'utf8')).toBe('secret');
  expect(await build('releases', {})).toMatchObject({given: 'good', hits: {files: 1}});
  expect((await readdir(paths.maven)).sort()).toEqual(['builds', 'files']);
});

test('what holds for one build only is not kept, whatever the machine offers', async () => {
  const {build} = await newHost();
  const barred = [
    'org/apache/spark/spark-core/1/spark-core-1.jar',
    'org/example/plugin/1-SNAPSHOT/plugin-1-SNAPSHOT.jar',
  ];
  await build('releases', {[jar]: 'good', ...Object.fromEntries(barred.map((path) => [path, 'x']))});
  expect(await build('releases', {})).toMatchObject({given: 'good', hits: {files: 1}});
});

test('a machine that names files without end is not listened to', async () => {
  const {build} = await newHost();
  const lines = Array.from(
    {length: 30_000},
    (_, index) => `${sha1('x')}\tcentral\tg/a/${index}/a-${index}.jar`,
  );
  const {said} = await build('releases', {}, {lines});
  expect(said).toEqual(['What Maven fetched was not kept: the machine offers more than 20000 files']);
});
