// The main job from argv to exit code, with a machine that is faked and nothing else.
import {chmod, mkdir, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect} from 'vitest';
import {buildArguments, distName, playSample} from './sample-build.ts';
import {parseEvents, readText, test} from './scene.ts';

describe.concurrent('a build that succeeds', () => {
  test('gives a verified dist, says where it is and that the machine is gone; the second run is up to date', async ({
    scene,
  }) => {
    await playSample(scene);
    const first = await scene.run(buildArguments(scene));
    expect(first).toMatchObject({code: 0});
    expect(first.stdout).toContain(join(scene.output, distName));
    expect(first.stdout).toMatch(/gone/);
    for (const step of ['Prepare source', 'Boot machine', 'Make distribution', 'Verify and publish'])
      expect(first.stdout).toContain(step);
    expect(await scene.dists()).toEqual([distName]);
    expect(await readdir(join(scene.output, distName))).toEqual(
      expect.arrayContaining(['manifest.json', 'SHA256SUMS', 'RELEASE', 'undelete.patch']),
    );
    expect(await scene.run(['verify', join(scene.output, distName), '--json'])).toMatchObject({code: 0});

    const manifest = await readText(join(scene.output, distName, 'manifest.json'));
    const second = await scene.run(buildArguments(scene, '--json'));
    expect(second.code).toBe(0);
    expect(parseEvents(second.stdout)).toContainEqual(
      expect.objectContaining({type: 'build.finished', status: 'up-to-date'}),
    );
    expect(second.stdout).not.toContain('machine.created');
    expect(await readText(join(scene.output, distName, 'manifest.json'))).toBe(manifest);

    const forced = await scene.run(buildArguments(scene, '--json', '--force'));
    expect(parseEvents(forced.stdout)).toContainEqual(
      expect.objectContaining({type: 'build.finished', status: 'built'}),
    );
    expect(await scene.dists()).toEqual([distName]);

    const different = await scene.run(buildArguments(scene, '-D', 'x=y'));
    expect(different.code).toBe(2);
    expect(different.stderr).toMatch(/-Dx=y/);
    expect(different.stderr).toMatch(/--force|--label/);
  });

  test('--json: every line on stdout is an event of the schema, people read stderr', async ({scene}) => {
    await playSample(scene);
    const {code, stdout, stderr} = await scene.run(buildArguments(scene, '--json'));
    expect(code).toBe(0);
    const events = parseEvents(stdout);
    expect(events[0]).toMatchObject({type: 'run.started', builds: ['cdh5.7.0-nodeps']});
    expect(events.at(-1)).toMatchObject({type: 'run.finished', exitCode: 0});
    expect(events.map(({type}) => type)).toEqual(
      expect.arrayContaining([
        'build.started',
        'machine.created',
        'machine.destroyed',
        'log.line',
        'step.progress',
        'build.finished',
      ]),
    );
    const started = events.flatMap((event) => (event.type === 'step.started' ? [event.step] : []));
    const finished = events.flatMap((event) => (event.type === 'step.finished' ? [event.step] : []));
    expect(finished.toSorted()).toEqual(started.toSorted());
    expect(new Set(events.map(({runId}) => runId)).size).toBe(1);
    expect(stderr).toContain(distName);
  });

  test('not on a terminal nothing but plain text comes out', async ({scene}) => {
    await playSample(scene);
    const {stdout, stderr} = await scene.run(buildArguments(scene, '--verbose'));
    // eslint-disable-next-line no-control-regex
    expect(stdout + stderr).not.toMatch(/\x1b|\r/);
  });

  test('--quiet prints the result and little else', async ({scene}) => {
    await playSample(scene);
    const {code, stdout, stderr} = await scene.run(buildArguments(scene, '--quiet'));
    expect(code).toBe(0);
    expect(stdout).toContain(join(scene.output, distName));
    expect(stdout).not.toMatch(/^\d\d:\d\d:\d\d /m);
    expect(stderr).toBe('');
  });

  test('the log can be read afterwards by its build id', async ({scene}) => {
    await playSample(scene);
    await scene.run(buildArguments(scene));
    const {code, stdout} = await scene.run(['logs', 'cdh5.7.0-nodeps']);
    expect(code).toBe(0);
    expect(stdout).toContain('Building Spark Project Core');
    expect(await scene.run(['logs', 'cdh5.5.2'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('cdh5.7.0-nodeps'),
    });
  });

  test.for([false, true])(
    'a boot that fails once is tried again on a new machine; it took the tree with it: %s',
    async (takesHome, {scene}) => {
      await playSample(scene, {}, {up: 'fails-once', takesHome});
      const {code, stdout} = await scene.run(buildArguments(scene, '--json'));
      expect(code, stdout).toBe(0);
      const created = parseEvents(stdout).filter(({type}) => type === 'machine.created');
      expect(created).toHaveLength(2);
    },
  );

  test('the configuration gives defaults, a variable overrides it, and what is typed overrides both', async ({
    scene,
  }) => {
    await writeFile(join(scene.config, 'config.yaml'), 'label: file\ndeps: bundled\nmemory: 2GiB\n');
    const plan = async (...args: readonly string[]): Promise<unknown> => {
      const {stdout} = await scene.run([
        'plan',
        '--json',
        '--cdh',
        '5.7.0',
        '--source',
        'sample',
        '--provider',
        'fake',
        ...args,
      ]);
      return (JSON.parse(stdout) as {readonly builds: readonly {readonly buildId: string}[]}).builds[0]
        ?.buildId;
    };
    expect(await plan()).toBe('cdh5.7.0-file');
    scene.env.BUILD_SPARK_LABEL = 'variable';
    expect(await plan()).toBe('cdh5.7.0-variable');
    expect(await plan('--label', 'typed', '--deps', 'provided')).toBe('cdh5.7.0-nodeps-typed');
  });
});

describe.concurrent('a build that fails', () => {
  test.for([
    ['a command fails', {exitCode: 1, lines: ['[ERROR] boom']}, {}],
    ['no boot', {}, {up: 'fails' as const}],
    ['no provisioning', {}, {provision: 'fails' as const}],
  ] as const)('%s: exit 1, the reason, no dist', async ([, command, more], {scene}) => {
    await playSample(scene, {...command, lines: [...('lines' in command ? command.lines : [])]}, more);
    const {code, stdout} = await scene.run(buildArguments(scene, '--json'));
    expect(code).toBe(1);
    const events = parseEvents(stdout);
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'build.finished',
        status: 'failed',
        failure: expect.objectContaining({hint: expect.stringMatching(/./)}),
      }),
    );
    expect(events.at(-1)).toMatchObject({type: 'run.finished', exitCode: 1});
    expect(await scene.dists()).toEqual([]);
  });

  test('a dist that lacks what was asked gets no name', async ({scene}) => {
    await playSample(scene);
    await chmod(join(scene.folder, 'guest-dist/bin/beeline'), 0o644);
    const {code, stdout} = await scene.run(buildArguments(scene));
    expect(code).toBe(1);
    expect(stdout).toContain('bin/beeline is not executable');
    expect(await scene.dists()).toEqual([]);
  });

  test.for([
    ['the network', {exitCode: 1, lines: ['curl: (6) Could not resolve host: nexus.invalid']}, 2],
    [
      'the network, and --retry 0',
      {exitCode: 1, lines: ['curl: (6) Could not resolve host: nexus.invalid']},
      1,
    ],
    [
      'memory, twice as much the second time and then no more',
      {exitCode: 1, lines: ["OpenJDK 64-Bit Server VM warning: error='Cannot allocate memory' (errno=12)"]},
      2,
    ],
    ['the source', {exitCode: 1, lines: ['[ERROR] COMPILATION ERROR']}, 1],
  ] as const)('the cause was %s: so many machines', async ([what, command, count], {scene}) => {
    await playSample(scene, {...command, lines: [...command.lines]});
    const more = what.includes('--retry') ? ['--retry', '0'] : [];
    const {code, stdout} = await scene.run(buildArguments(scene, '--json', ...more));
    expect(code).toBe(1);
    expect(parseEvents(stdout).filter(({type}) => type === 'machine.created')).toHaveLength(count);
    expect(parseEvents(stdout).filter(({type}) => type === 'build.finished')).toHaveLength(1);
  });

  test('a patch that does not apply: exit 2 before any machine', async ({scene}) => {
    await playSample(scene);
    const patch = join(scene.folder, 'unfit.patch');
    await writeFile(patch, '--- a/pom.xml\n+++ b/pom.xml\n@@ -1,1 +1,1 @@\n-not there\n+x\n');
    const {code, stdout} = await scene.run(buildArguments(scene, '--json', '--patch', patch));
    expect(code).toBe(2);
    expect(stdout).toContain('unfit.patch');
    expect(stdout).not.toContain('machine.created');
    expect(await scene.dists()).toEqual([]);
  });

  test('its time over, it is failed and not cancelled', async ({scene}) => {
    await playSample(scene, {hangs: true});
    const {code, stdout} = await scene.run(buildArguments(scene, '--json', '--timeout', '4s'));
    expect(code).toBe(1);
    expect(parseEvents(stdout)).toContainEqual(
      expect.objectContaining({
        type: 'build.finished',
        status: 'failed',
        failure: expect.objectContaining({kind: 'timeout'}),
      }),
    );
  });

  test('a machine that stays is exit 3, over all else, and reap finishes it', async ({scene}) => {
    await playSample(scene, {exitCode: 1}, {destroy: 'leaks'});
    const {code, stdout, stderr} = await scene.run(buildArguments(scene, '--json'));
    expect(code).toBe(3);
    expect(stdout + stderr).toContain('build-spark reap');
    const [machine] = await scene.machines();
    expect(parseEvents(stdout)).toContainEqual(expect.objectContaining({type: 'machine.leaked', machine}));
    expect(await scene.run(['reap'])).toMatchObject({
      code: 3,
      stdout: expect.stringContaining(machine ?? '?'),
    });
    await playSample(scene);
    expect(await scene.run(['reap'])).toMatchObject({code: 0, stdout: expect.stringContaining('is gone')});
  });

  test('--on-failure keep: it stays, is listed, survives reap, and goes with reap --all', async ({scene}) => {
    await playSample(scene, {exitCode: 1});
    const {code, stdout} = await scene.run(buildArguments(scene, '--on-failure', 'keep'));
    expect(code).toBe(1);
    const [machine = ''] = await scene.machines();
    expect(stdout).toContain(machine);
    const listed = await scene.run(['machines', '--json']);
    expect(JSON.parse(listed.stdout)).toMatchObject([
      {id: machine, buildId: 'cdh5.7.0-nodeps', provider: 'fake', state: 'kept'},
    ]);
    expect(await scene.run(['reap'])).toMatchObject({code: 0});
    expect(await scene.machines()).toEqual([machine]);
    const reaped = await scene.run(['reap', '--all', '--json']);
    expect(JSON.parse(reaped.stdout)).toMatchObject([{id: machine, state: 'kept'}]);
  });

  test('a kept machine goes with the next build after its time', async ({scene}) => {
    await playSample(scene, {exitCode: 1});
    await scene.run(buildArguments(scene, '--on-failure', 'keep', '--keep-for', '1s'));
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await playSample(scene);
    expect(await scene.run(buildArguments(scene))).toMatchObject({code: 0});
  });
});

describe.concurrent('secrets', () => {
  test('reach neither output, log, event nor manifest', async ({scene}) => {
    await playSample(scene, {
      lines: ['Downloading http://user:hunter2pass@proxy.invalid:3128/x', 'token 0123456789abcdef0123'],
    });
    const secrets = /hunter2|0123456789abcdef0123/;
    const args = [
      '--proxy',
      'http://user:hunter2pass@proxy.invalid:3128',
      '--mirror',
      'central=https://0123456789abcdef0123@nexus.invalid/central/',
    ];
    const runs = [
      await scene.run(buildArguments(scene, ...args, '--json', '--verbose')),
      await scene.run(buildArguments(scene, ...args)),
    ];
    for (const {code, stdout, stderr} of runs) {
      expect(code).toBe(0);
      expect(stdout + stderr).not.toMatch(secrets);
    }
    for (const folder of [scene.state, join(scene.output, distName)]) {
      for (const entry of await readdir(folder, {recursive: true, withFileTypes: true})) {
        if (!entry.isFile()) continue;
        const path = join(entry.parentPath, entry.name);
        expect(await readText(path), path).not.toMatch(secrets);
      }
    }
  });

  test.for([
    [['--mirror', '=https://user:hunter2pass@nexus.invalid/']],
    [['--proxy', 'user:hunter2pass@proxy.invalid:3128']],
    [['--source', 'https://user:hunter2pass@git.invalid/spark.git', '--ref', 'x y']],
    [['--no-such-option=https://user:hunter2pass@nexus.invalid/']],
  ] as const)('nor the message about a wrong option: %j', async ([args], {scene}) => {
    await mkdir(scene.output, {recursive: true});
    const {code, stdout, stderr} = await scene.run([
      '--provider',
      'fake',
      '--source',
      'sample',
      '--cdh',
      '5.7.0',
      ...args,
    ]);
    expect(code).toBe(2);
    expect(stdout + stderr).not.toContain('hunter2');
  });
});
