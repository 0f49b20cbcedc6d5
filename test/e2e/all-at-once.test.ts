// What is said when several things are wrong, when nothing can be built, and when a repository is out of reach.
import {mkdir, readFile, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect} from 'vitest';
import {createExec} from '../../src/core/exec.ts';
import {makeRepository, rootPom, sparkFiles} from '../source/fixtures.ts';
import {buildArguments, playSample} from './sample-build.ts';
import {parseEvents, test, type Scene} from './scene.ts';

/** A host on which no provider works: what the tool itself calls is there, and nothing to boot machines with. */
async function takeProvidersAway(scene: Scene): Promise<void> {
  const bin = join(scene.folder, 'bin');
  await mkdir(bin);
  const exec = createExec(process.env);
  for (const name of ['git', 'bash', 'sh', 'tar', 'chmod', 'rm', 'df', 'ps']) {
    const {stdout} = await exec(['sh', '-c', 'command -v "$1"', 'sh', name]);
    await symlink(stdout.trim(), join(bin, name));
  }
  scene.env.PATH = bin;
}

const onLxc = (scene: Scene, ...args: readonly string[]): readonly string[] => [
  ...['--provider', 'lxc', '--source', 'sample', '--output', scene.output],
  ...args,
];

describe.concurrent('several things that are wrong at once', () => {
  test('a mistyped version comes before what the host lacks', async ({scene}) => {
    await takeProvidersAway(scene);
    const {code, stderr} = await scene.run(onLxc(scene, '--cdh', 'banana'));
    expect(code).toBe(2);
    expect(stderr).toMatch(/1\. .*banana[^]*2\. [^]*vagrant/i);
    // And without the mistake it is the host's alone.
    const without = await scene.run(onLxc(scene, '--cdh', '5.7.0'));
    expect(without.code).toBe(4);
    expect(without.stderr).not.toContain('banana');
  });

  test.for([
    ['a ref that is not there', ['--ref', 'cdh5.7.0-relase'], /cdh5\.7\.0-release/],
    ['a patch that is not there', ['--cdh', '5.7.0', '--patch', 'none.patch'], /none\.patch/],
    ['a label', ['--cdh', '5.7.0', '--label', 'x'.repeat(60)], /60 characters; 40/],
  ] as const)('%s is named although no provider works', async ([, args, message], {scene}) => {
    await takeProvidersAway(scene);
    const {code, stderr} = await scene.run(onLxc(scene, ...args));
    expect({code, stderr}).toMatchObject({code: 2, stderr: expect.stringMatching(message)});
    expect(stderr).toMatch(/vagrant/i);
  });

  test('a release that cannot give what is asked is named although no provider works', async ({scene}) => {
    const source = await makeClouderaSource(scene);
    await takeProvidersAway(scene);
    const args = ['--cdh', '5.1.5', '--provider', 'lxc', '--source', source, '--output', scene.output];
    const {code, stderr} = await scene.run(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/1\. cdh5\.1\.5-release cannot be built with thriftserver[^]*2\. [^]*vagrant/i);
  });

  test('all of the command line, and all rows of a batch', async ({scene}) => {
    const {code, stderr} = await scene.run(
      onLxc(scene, '--cdh', 'banana', '--cdh', '5.7.9', '--patch', 'none.patch'),
    );
    expect(code).toBe(2);
    for (const text of ['banana', '5.7.9', 'none.patch']) expect(stderr).toContain(text);
    const file = join(scene.folder, 'matrix.yaml');
    await writeFile(
      file,
      'releases: [banana, 5.7.0, {cdh: 5.7.9, label: "x y"}]\noptions: {source: sample}\n',
    );
    const batch = await scene.run(['batch', file, '--provider', 'lxc', '--output', scene.output]);
    expect(batch.code).toBe(2);
    expect(batch.stderr).toMatch(
      /matrix\.yaml:1:12: "banana"[^]*matrix\.yaml:1:27: --label "x y"[^]*matrix\.yaml:1:27: CDH 5\.7\.9/,
    );
  });

  test('with --setup nothing is installed for a mistyped version', async ({scene}) => {
    await takeProvidersAway(scene);
    const {code, stdout, stderr} = await scene.run(onLxc(scene, '--cdh', 'banana', '--setup'));
    expect({code, stdout}).toEqual({code: 2, stdout: ''});
    expect(stderr).toMatch(/^error: "banana"/);
    const other = await scene.run(onLxc(scene, '--ref', 'cdh5.7.0-relase', '--setup'));
    expect(other).toMatchObject({code: 2, stdout: ''});
  });

  test('a dist that is in the way is named although no provider works', async ({scene}) => {
    await playSample(scene);
    expect(await scene.run(buildArguments(scene))).toMatchObject({code: 0});
    await takeProvidersAway(scene);
    const {code, stderr} = await scene.run(onLxc(scene, '--cdh', '5.7.0', '-D', 'a=b'));
    expect(code).toBe(2);
    expect(stderr).toMatch(/1\. .*dist-cdh5\.7\.0-nodeps[^]*2\. [^]*vagrant/i);
  });
});

describe.concurrent('a run of which nothing can be built', () => {
  const range = (scene: Scene, ...more: readonly string[]): readonly string[] => [
    ...['--cdh', '>=6 <7', '--with', 'thriftserver', '--source', 'sample', '--provider', 'fake'],
    ...['--output', scene.output, ...more],
  ];

  test('ends with 2 and the reasons: for people, in events, and for a CI server', async ({scene}) => {
    const source = await makeClouderaSource(scene);
    const args = ['--cdh', '5.1.x', '--source', source, '--provider', 'fake', '--output', scene.output];
    const junit = join(scene.folder, 'junit.xml');
    const {code, stdout} = await scene.run([...args, '--junit', junit]);
    expect({code, stdout}).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(/has no module sql\/hive-thriftserver/),
    });
    expect(await readFile(junit, 'utf8')).toMatch(/errors="1"[^]*Nothing could be built/);
    const json = await scene.run([...args, '--json', '--newest-of', 'minor']);
    expect(json.code).toBe(2);
    expect(parseEvents(json.stdout)).toMatchObject([
      {type: 'run.started'},
      {type: 'build.planned', command: 'build-spark releases'},
      {
        type: 'build.finished',
        status: 'skipped',
        failure: {message: expect.stringContaining('has no module')},
      },
      {type: 'run.finished', exitCode: 2},
    ]);
    const file = join(scene.folder, 'matrix.yaml');
    await writeFile(file, `releases: ['5.1.x']\noptions: {source: ${source}, provider: fake}\n`);
    expect(await scene.run(['batch', file, '--output', scene.output])).toMatchObject({code: 2});
    await writeFile(file, `releases: ['5.1.x']\nexclude: [{cdh: 5.1.x}]\noptions: {source: ${source}}\n`);
    const excluded = await scene.run(['batch', file, '--provider', 'fake', '--output', scene.output]);
    expect(excluded).toMatchObject({code: 2, stderr: expect.stringMatching(/excluded/)});
    const latest = await scene.run(['--cdh', 'latest', ...args.slice(2)]);
    expect(latest).toMatchObject({code: 2, stderr: expect.stringMatching(/The newest: .*has no module/)});
  });

  test('is done with 0 when what is left is there already', async ({scene}) => {
    await playSample(scene);
    expect(await scene.run(buildArguments(scene))).toMatchObject({code: 0});
    const again = buildArguments(scene).map((word) => (word === '5.7.0' ? '>=5.7.0 <5.8' : word));
    expect(await scene.run(again)).toMatchObject({code: 0, stdout: expect.stringMatching(/up to date/)});
    expect(await scene.run(['plan', ...range(scene)])).toMatchObject({code: 0});
  });
});

/** A source with Cloudera's parent, as far as it is read before a build, under a tag of the catalogue's. */
async function makeClouderaSource(scene: Scene): Promise<string> {
  const folder = join(scene.folder, 'cloudera');
  const parent =
    '<parent><groupId>com.cloudera.cdh</groupId><artifactId>cdh-root</artifactId><version>5.1.5</version></parent>';
  const files = Object.entries(sparkFiles).filter(([path]) => !path.startsWith('sql/hive-thriftserver/'));
  const {git} = await makeRepository(folder, {
    ...Object.fromEntries(files),
    'pom.xml': rootPom.replace('<project>', `<project>${parent}`).replace('1.6.0', '1.0.0-cdh5.1.5'),
  });
  await git('tag', 'cdh5.1.5-release');
  return folder;
}

describe.concurrent("Cloudera's repository is out of reach", () => {
  const out = ['--mirror', 'cdh.repo=http://127.0.0.1:1/'];

  test.for(['auto', 'cloudera', 'apache'])('plan and source say so, with %s', async (whose, {scene}) => {
    const source = await makeClouderaSource(scene);
    const args = ['--cdh', '5.1.5', '--source', source, '--dependencies', whose, ...out];
    const common = [...args, '--with', 'none', '--provider', 'fake', '--output', scene.output];
    const reason = whose === 'apache' ? /knows the lines/ : /Cloudera's repository does not answer/;
    const plan = await scene.run(['plan', ...common]);
    expect(plan).toMatchObject({code: 0, stdout: expect.stringMatching(reason)});
    const json = await scene.run(['plan', '--json', ...common]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      builds: [{dependenciesReason: expect.stringMatching(reason)}],
    });
    const tree = await scene.run(['source', ...common]);
    expect(tree).toMatchObject({code: 0, stderr: expect.stringMatching(reason)});
    expect(await scene.dists()).toEqual(['source-cdh5.1.5']);
    expect(await scene.run(common)).toMatchObject({code: whose === 'apache' ? 2 : 4});
  });
});

describe.concurrent('what of a source is not built', () => {
  test('uncommitted changes, submodules and files in Git LFS are named', async ({scene}) => {
    const folder = join(scene.folder, 'spark');
    const {git, commit, first} = await makeRepository(folder);
    await mkdir(join(folder, 'external/other'), {recursive: true});
    await git('update-index', '--add', '--cacheinfo', `160000,${first},external/other`);
    await commit({
      '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
      'data/large.bin': `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`,
    });
    await writeFile(join(folder, 'core/new.txt'), 'x');
    await writeFile(join(folder, 'pom.xml'), `${rootPom}\n`);
    const args = ['--ref', 'main', '--source', folder, '--provider', 'fake', '--output', scene.output];
    const said = [
      /uncommitted changes, which are not built: .*pom\.xml/,
      /submodules.*external\/other/,
      /Git LFS.*data\/large\.bin/,
    ];
    const plan = await scene.run(['plan', ...args]);
    const source = await scene.run(['source', ...args]);
    const inspect = await scene.run(['inspect', ...args.slice(0, 4), '--json']);
    const {warnings} = JSON.parse(inspect.stdout) as {readonly warnings: readonly string[]};
    const build = await scene.run(args);
    for (const message of said) {
      expect(plan.stdout).toMatch(message);
      expect(source.stderr).toMatch(message);
      expect(warnings.join('\n')).toMatch(message);
      expect(build.stdout + build.stderr).toMatch(message);
    }
    expect(await readFile(join(scene.output, 'source-main/data/large.bin'), 'utf8')).toMatch(
      /^version https/,
    );
    expect({plan: plan.code, source: source.code}).toEqual({plan: 0, source: 0});
    const sample = await scene.run(['plan', ...buildArguments(scene)]);
    expect(sample.stdout).not.toContain('warning');
  });
});
