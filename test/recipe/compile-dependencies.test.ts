// What is compiled in a machine: its source is sent once, and then its jars.
import {existsSync} from 'node:fs';
import {mkdir, readdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {systemClock} from '../../src/core/clock.ts';
import {planPaths} from '../../src/core/paths.ts';
import type {BuildContext} from '../../src/recipe/build-context.ts';
import {findMade, keepCompiled, stageCompiled} from '../../src/recipe/compile-dependencies.ts';
import {parseSource} from '../../src/source/location.ts';
import {openMirror} from '../../src/source/mirror.ts';
import {makeFolder, realExec} from '../core/fixtures.ts';
import {makeRepository} from '../source/fixtures.ts';

const jar = 'com/twitter/parquet-hadoop/1/parquet-hadoop-1.jar';

async function setUp() {
  const folder = await makeFolder();
  const paths = planPaths({}, folder);
  const {folder: repository} = await makeRepository(join(folder, 'parquet'), {
    'pom.xml': '<project>a</project>',
  });
  const tools = {exec: realExec, paths, clock: systemClock};
  const {commit} = await openMirror(parseSource(repository, '/'), tools).resolve('v1');
  const said: string[] = [];
  const edit = {id: 'e', why: 'w', file: 'pom.xml', find: 'a', times: 1, replace: 'b'};
  const compiled = {name: 'parquet', repository, tag: 'v1', commit, groupId: 'com.twitter', version: '1'};
  const build = async (more: Readonly<Record<string, unknown>> = {}) => {
    const guest = {
      run: (argv: readonly string[]) =>
        Promise.resolve({
          stdout: argv[0] === 'find' ? jar.replace('com/twitter/', '') : '',
          stderr: '',
          exitCode: 0,
        }),
      fetchFolder: async (_: string, to: string) => {
        await mkdir(join(to, dirname(jar)), {recursive: true});
        await writeFile(join(to, jar), 'classes');
      },
    };
    const context = {
      machineChoice: {},
      plan: {buildId: 'b', mavenOpts: ''},
      dependencyPlan: {
        settingsXml: '',
        compiled: [{...compiled, edits: [edit], arguments: [], emptyTestJars: [], ...more}],
      },
      definition: {box: 'b', puppet: 'p', hiera: 'h'},
      guest,
      clock: systemClock,
      signal: AbortSignal.timeout(60_000),
      tools: {...tools, emit: ({line}: {line?: string}) => said.push(...(line === undefined ? [] : [line]))},
    } as unknown as BuildContext;
    const home = join(folder, `home-${said.length}-${Math.random()}`);
    await stageCompiled(context, home);
    const below = join(home, 'dependencies/compiled/parquet');
    const given = {
      hasSource: existsSync(join(below, 'source/pom.xml')),
      hasJar: existsSync(join(below, 'jars', jar)),
    };
    await keepCompiled(context);
    return given;
  };
  return {build, said, paths};
}

test('the source is sent, edited; the next build of the same gets the jars, one of another source does not', async () => {
  const {build, paths, said} = await setUp();
  expect(await build()).toEqual({hasSource: true, hasJar: false});
  expect(said).toEqual(['parquet: 1 files kept for later builds']);
  expect(await readdir(paths.modules)).toHaveLength(1);
  expect(await build()).toEqual({hasSource: false, hasJar: true});
  expect(await readdir(paths.modules)).toHaveLength(1);
  expect(await build({arguments: ['-Dother']})).toEqual({hasSource: true, hasJar: false});
});

test('a source that the edits do not fit stops the build before a machine', async () => {
  const {build} = await setUp();
  const edits = [{id: 'e', why: 'w', file: 'pom.xml', find: 'not there', times: 1, replace: ''}];
  await expect(build({edits})).rejects.toThrow('The edit `e` does not fit pom.xml');
});

test('only jars and poms of a version folder are kept, no empty test jars', () => {
  expect(
    findMade([
      'a/1/a-1.jar',
      'a/1/a-1.pom',
      'a/1/a-1-tests.jar',
      'a/1/../../x.jar',
      'a/1/_remote.repositories',
      '',
    ]),
  ).toEqual(['a/1/a-1.jar', 'a/1/a-1.pom']);
});
