// What variants of a release share: which builds may, what is sent, and what is kept.
import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {mkdir, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import type {BuildContext} from '../../src/recipe/build-context.ts';
import {
  findBuilds,
  keepNewModules,
  parseRestored,
  planModules,
  planSharing,
  stageModules,
} from '../../src/recipe/share-modules.ts';
import {findModules} from '../../src/maven/module-store.ts';
import {systemClock} from '../../src/core/clock.ts';
import {planPaths} from '../../src/core/paths.ts';
import {makeFolder, realExec} from '../core/fixtures.ts';

const plan = {
  tag: 'cdh5.7.0-release',
  commit: '1'.repeat(40),
  dependencies: 'apache',
  arguments: ['--mvn', 'mvn', '-B', '-Pyarn', '-Phive-thriftserver', '-Phadoop-provided', '-Dx=1'],
} as const;
const definition = {box: 'debian', puppet: 'p', hiera: 'h', dependencies: 'd'};
const domain = 'releases';
const name = planModules(plan, {bridges: [], compiled: []}, definition, domain);

test('the Thriftserver and deps make no difference, nor edits that go with them; all else does', () => {
  expect(name).toMatch(/^cdh5\.7\.0-[0-9a-f]{16}$/);
  const same = [
    {...plan, arguments: plan.arguments.filter((word) => word !== '-Phive-thriftserver')},
    {...plan, arguments: plan.arguments.filter((word) => word !== '-Phadoop-provided')},
  ];
  for (const other of same)
    expect(planModules(other, {bridges: [], compiled: []}, definition, domain)).toBe(name);
  expect(
    planModules(plan, {bridges: [], compiled: []}, {...definition, dependencies: 'other edits'}, domain),
  ).toBe(name);
  const others = [
    {...plan, commit: '2'.repeat(40)},
    {...plan, dependencies: 'cloudera' as const},
    {...plan, arguments: [...plan.arguments, '-Dy=2']},
    {...plan, arguments: [...plan.arguments, '-Pkinesis-asl']},
    {...plan, arguments: [...plan.arguments, '-Psparkr']},
  ];
  for (const other of others)
    expect(planModules(other, {bridges: [], compiled: []}, definition, domain)).not.toBe(name);
  expect(planModules(plan, {bridges: [], compiled: []}, {...definition, box: 'another'}, domain)).not.toBe(
    name,
  );
  // A fork, or patches of the operator's, at the same commit.
  expect(planModules(plan, {bridges: [], compiled: []}, definition, 'f'.repeat(16))).not.toBe(name);
});

test('who shares in a run: variants of one source, unless one is forced, compiles the tests or has no Scala', () => {
  const build = {
    plan: {...plan, compileTests: false},
    dependencyPlan: {bridges: [], compiled: []},
    definition,
    domain,
    sourceFacts: {plainModules: ['spark-core_2.10']},
  } as unknown as Parameters<typeof planSharing>[0][number];
  const other = {...build, plan: {...build.plan, arguments: [...plan.arguments, '-Pparquet-provided']}};
  const alone = {...build, plan: {...build.plan, commit: '2'.repeat(40)}};
  const tests = {...build, plan: {...build.plan, compileTests: true}};
  const java = {...build, sourceFacts: {...build.sourceFacts, plainModules: []}};
  const forced = {...build};
  const planned = planSharing([build, other, alone, tests, java, forced], (each) => each === forced);
  expect(planned.map(({modules}) => modules?.keeps)).toEqual([
    true,
    true,
    false,
    undefined,
    undefined,
    undefined,
  ]);
  expect(planned[0]?.modules?.name).toBe(planned[1]?.modules?.name);
});

test("Maven's line on a module that was not compiled", () => {
  const line =
    '[INFO] Found cached build, restoring org.apache.spark:spark-core_2.10 from cache by checksum f7';
  expect(parseRestored(line)).toBe('spark-core_2.10');
  expect(parseRestored('[INFO] Building Spark Project Core')).toBeUndefined();
});

test('of what Maven kept, plain modules alone', () => {
  const lines = [
    'v1.1/org.apache.spark/spark-core_2.10/f7953d6cf101af12/local/buildinfo.xml',
    'v1.1/org.apache.spark/spark-assembly_2.10/457d6e1546eba184/local/buildinfo.xml',
    'v1.1/org.apache.spark/spark-core_2.10/../x/local/buildinfo.xml',
    '',
  ];
  expect(findBuilds(lines, ['spark-core_2.10'])).toEqual([
    {artifactId: 'spark-core_2.10', folder: 'v1.1/org.apache.spark/spark-core_2.10/f7953d6cf101af12'},
  ]);
});

function newBuild(built: readonly string[], paths = planPaths({}, '/nowhere')) {
  const calls: string[] = [];
  const lines: string[] = [];
  const guest = {
    run: (argv: readonly string[]) => {
      calls.push(argv.join(' '));
      const found = built.map((id) => `v1.1/org.apache.spark/${id}/aa/local/buildinfo.xml`);
      return Promise.resolve({exitCode: 0, stdout: argv[0] === 'find' ? found.join('\n') : '', stderr: ''});
    },
    fetchFolder: async (_: string, to: string) => {
      const folder = join(to, 'v1.1/org.apache.spark/spark-core_2.10/aa');
      await mkdir(folder, {recursive: true});
      await writeFile(join(folder, 'core.jar'), 'classes');
    },
  };
  const context = {
    plan: {buildId: 'b', mavenOpts: ''},
    sourceFacts: {plainModules: ['spark-core_2.10', 'spark-sql_2.10']},
    guest,
    clock: systemClock,
    signal: AbortSignal.timeout(20_000),
    tools: {exec: realExec, paths, emit: ({line}: {line?: string}) => lines.push(line ?? '')},
  } as unknown as BuildContext;
  return {context, calls, lines};
}

test('the first of a run keeps what it compiled; the next is sent that, and keeps nothing when all was restored', async () => {
  const paths = planPaths({}, await makeFolder());
  const home = await makeFolder();
  const shared = {name, keeps: true};
  const first = newBuild(['spark-core_2.10', 'spark-assembly_2.10'], paths);
  Object.assign(first.context, {modules: shared});
  await stageModules(first.context, home);
  expect(await readdir(join(home, '.m2/build-cache'))).toEqual([]);
  expect(await readdir(join(home, 'maven/module-cache'))).toContain('extensions.xml');
  await keepNewModules(first.context);
  expect(first.lines.at(-1)).toBe('1 modules kept for other variants of this release');
  expect(await findModules({exec: realExec, paths}, name)).toBeDefined();
  expect((await readdir(paths.modules)).length).toBe(1);

  const next = newBuild(['spark-core_2.10', 'spark-assembly_2.10'], paths);
  Object.assign(next.context, {modules: {...shared, keeps: false}});
  await stageModules(next.context, home);
  const folder = join(home, '.m2/build-cache/v1.1/org.apache.spark/spark-core_2.10/aa');
  expect(await readdir(folder)).toEqual(['core.jar']);
  next.context.restoredModules?.push('spark-core_2.10');
  await keepNewModules(next.context);
  expect(next.lines).toEqual([]);
});

test('alone, with nothing there, and where nothing may be shared, Maven builds as it would by itself', async () => {
  const paths = planPaths({}, await makeFolder());
  for (const modules of [{name, keeps: false}, undefined]) {
    const {context, calls} = newBuild([], paths);
    Object.assign(context, modules === undefined ? {} : {modules});
    const home = await makeFolder();
    await stageModules(context, home);
    await keepNewModules(context);
    expect(calls).toEqual([]);
    expect(existsSync(home) && (await readdir(home))).toEqual([]);
    expect(context.restoredModules).toBeUndefined();
  }
});

test('what goes wrong is a warning', async () => {
  const paths = planPaths({}, await makeFolder());
  const {context, lines} = newBuild([], paths);
  const home = await makeFolder();
  const exec = (): Promise<never> => Promise.reject(new Error('no space left'));
  Object.assign(context, {modules: {name, keeps: true}, tools: {...context.tools, exec}});
  await mkdir(paths.modules, {recursive: true});
  await writeFile(join(paths.modules, `${name}.${createHash('sha256').digest('hex')}.tar`), '');
  await stageModules(context, home);
  expect(lines).toEqual(['No module of another build was used: no space left']);
  expect(existsSync(join(home, '.m2/build-cache'))).toBe(false);
  await keepNewModules(context);
  expect(lines).toHaveLength(1);
});
