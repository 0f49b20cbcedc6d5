// The package as a user gets it: packed by npm, installed into an empty prefix, and compared with the checkout.
import {cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join, relative} from 'node:path';
import {env} from 'node:process';
import {afterAll, beforeAll, describe, expect} from 'vitest';
import {createExec, type CommandResult} from '../../src/core/exec.ts';
import {projectRoot} from '../../src/core/paths.ts';
import {buildArguments, distName, playSample} from './sample-build.ts';
import {test} from './scene.ts';

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly {readonly path: string}[];
}

const exec = createExec(env);
let folder: string;
let installed: string;
let packed: Packed;
let paths: readonly string[];

/** In a copy: others start the checkout's own bundle meanwhile, and packing makes it anew. */
async function copyCheckout(copy: string): Promise<void> {
  const left = /^(?:\.git|node_modules|coverage|dist-.*|source-.*)$/;
  await mkdir(copy);
  for (const name of (await readdir(projectRoot)).filter((each) => !left.test(each)))
    await cp(join(projectRoot, name), join(copy, name), {recursive: true, preserveTimestamps: true});
  await symlink(join(projectRoot, 'node_modules'), join(copy, 'node_modules'));
}

async function listFiles(root: string, part: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, part), {recursive: true, withFileTypes: true});
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'build-spark-package-'));
  const copy = join(folder, 'my copy');
  await copyCheckout(copy);
  await writeFile(join(copy, 'lib/bundle/stale.js'), '');
  const {stdout} = await exec(['npm', 'pack', '--json', '--pack-destination', folder], {
    cwd: copy,
    timeoutMs: 300_000,
  });
  packed = (JSON.parse(stdout) as readonly [Packed])[0];
  paths = packed.files.map(({path}) => path);
  const prefix = join(folder, 'my prefix');
  const file = join(folder, packed.filename);
  await exec(['npm', 'install', '--global', '--prefer-offline', '--prefix', prefix, file], {
    cwd: folder,
    timeoutMs: 300_000,
    // As on a host without a compiler, ssh2 goes without its native parts. The CA is that of a company's proxy.
    env: {CC: '/nonexistent', CXX: '/nonexistent', NODE_EXTRA_CA_CERTS: env.NODE_EXTRA_CA_CERTS},
  });
  installed = join(prefix, 'bin');
}, 600_000);

afterAll(() => rm(folder, {recursive: true, force: true}));

describe('the package', () => {
  test('has what is read when the tool runs, file by file: npm drops some names in silence', async () => {
    const read = [
      'bin/build-spark',
      'bin/impala-ha',
      'bin/launch.sh',
      'README.md',
      'CHANGELOG.md',
      'package.json',
    ];
    for (const part of ['data', 'man', 'puppet', 'patches', 'vagrant'])
      read.push(...(await listFiles(projectRoot, part)));
    expect(read.filter((path) => !paths.includes(path) && !path.includes('/.vagrant/'))).toEqual([]);
    expect(paths).toContain('lib/bundle/build-spark.js');
    expect(paths).toContain('docs/internals.md');
  });

  test('has nothing else: no sources, tests, packages, or parts of an older bundle', () => {
    const known =
      /^(?:bin|data|docs|lib\/bundle|man|patches|puppet|vagrant)\/|^(?:README|CHANGELOG)\.md$|^package\.json$/;
    expect(paths.filter((path) => !known.test(path))).toEqual([]);
    expect(paths.filter((path) => /\.(?:ts|mjs|node|log|box)$|stale|^bin\/test$/.test(path))).toEqual([]);
  });

  test('is as small as docs/adr/0021-package.md says', () => {
    expect(packed.size).toBeLessThan(2_000_000);
    expect(packed.unpackedSize).toBeLessThan(10_000_000);
  });

  test('brings the licence of each package that is in the bundle, and of no other', async () => {
    const text = await readFile(
      join(installed, '../lib/node_modules/build-spark/lib/bundle/LICENSES.txt'),
      'utf8',
    );
    for (const name of ['commander', 'execa', 'zod'])
      expect(text).toMatch(new RegExp(`^${name} \\d\\S+ \\(MIT\\)$`, 'm'));
    expect(text).toContain('Permission is hereby granted');
    expect(text).not.toMatch(/^(?:typescript|vitest|rolldown) /m);
  });

  test('brings its manual pages to where man looks for them', async () => {
    const pages = await readdir(join(installed, '../share/man/man1'));
    expect(pages.sort()).toEqual(['build-spark.1', 'impala-ha.1']);
  });

  test('brings ssh2 and hive-driver to the user, and no other package of ours', async () => {
    const root = join(installed, '../lib/node_modules/build-spark');
    const packages = await readdir(join(root, 'node_modules'));
    expect(packages).toEqual(expect.arrayContaining(['ssh2', 'hive-driver']));
    for (const name of ['zod', 'execa', 'commander', 'typescript', 'rolldown'])
      expect(packages).not.toContain(name);
  });
});

describe('the installed tool', () => {
  const run = (
    tool: string,
    args: readonly string[],
    cwd: string,
    more: Record<string, string>,
  ): Promise<CommandResult> => exec([tool, ...args], {cwd, env: more, allow: 'any', timeoutMs: 60_000});

  test.for([
    ['build-spark', '--version'],
    ['build-spark', '--help'],
    ['build-spark', 'build', '--help'],
    ['build-spark', 'releases', '--json'],
    ['build-spark', 'plan', '--source', 'sample', '--cdh', '5.7.0', '--json'],
    ['build-spark', 'plan', '--source', 'sample', '--cdh', '5.x', '--with', 'sparkr', '--json'],
    ['impala-ha', '--version'],
    ['impala-ha', 'render', '--example'],
  ] as const)('%j says word for word what the checkout says', async ([tool, ...args], {scene}) => {
    const theirs = {...scene.env, XDG_CACHE_HOME: join(scene.folder, 'cache')};
    const ofPackage = await run(join(installed, tool), args, scene.folder, theirs);
    const ofCheckout = await run(join(projectRoot, 'bin', tool), args, scene.folder, theirs);
    expect(ofPackage).toMatchObject({exitCode: 0, stderr: ''});
    expect(ofPackage.stdout).not.toBe('');
    expect(ofPackage.stdout).toBe(ofCheckout.stdout);
  });

  test('makes the same repository of the sample, id by id', async ({scene}) => {
    const ids = async (root: string, name: string): Promise<string> => {
      const cache = join(scene.folder, name);
      const args = ['plan', '--source', 'sample', '--cdh', '5.7.0'];
      await run(join(root, 'build-spark'), args, scene.folder, {...scene.env, XDG_CACHE_HOME: cache});
      const [repository = ''] = await readdir(join(cache, 'build-spark/sample'));
      const gitDir = join(cache, 'build-spark/sample', repository);
      return repository + (await exec(['git', '--git-dir', gitDir, 'for-each-ref'])).stdout;
    };
    const ofPackage = await ids(installed, 'one');
    expect(ofPackage).toContain(
      'deba45d470f118fe00d5bab4f7a857d8448993fc commit\trefs/tags/cdh5.7.0-release',
    );
    expect(ofPackage).toBe(await ids(join(projectRoot, 'bin'), 'two'));
  });

  test('builds the sample, and the checkout finds that dist up to date', async ({scene}) => {
    await playSample(scene);
    const args = buildArguments(scene);
    const built = await run(join(installed, 'build-spark'), args, scene.folder, scene.env);
    expect(built, built.stderr).toMatchObject({exitCode: 0});
    expect(await scene.dists()).toEqual([distName]);
    const again = await run(join(projectRoot, 'bin/build-spark'), args, scene.folder, scene.env);
    expect(again).toMatchObject({exitCode: 0});
    expect(again.stdout + again.stderr).toContain('up to date');
    expect(again.stdout + again.stderr).not.toContain('Boot machine');
  });

  test('writes nothing into its own folder', async () => {
    const root = join(installed, '../lib/node_modules/build-spark');
    const own = (await listFiles(root, '.')).filter((path) => !path.startsWith('node_modules/'));
    expect([...own].sort()).toEqual([...paths].sort());
  });
});
