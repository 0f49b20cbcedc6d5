// The commands beside the main job, as scripts use them.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect} from 'vitest';
import {buildArguments} from './sample-build.ts';
import {main} from './paths.ts';
import {test} from './scene.ts';

const commands = [
  'build',
  'plan',
  'source',
  'inspect',
  'doctor',
  'setup',
  'machines',
  'reap',
  'ssh',
  'logs',
  'verify',
  'box',
];

describe.concurrent('commands', () => {
  test.for(commands)('%s --help', async (command, {scene}) => {
    const {code, stdout, stderr} = await scene.run([command, '--help']);
    expect({code, stderr}).toEqual({code: 0, stderr: ''});
    expect(stdout).toContain(`build-spark ${command}`);
    expect(Math.max(...stdout.split('\n').map(({length}) => length))).toBeLessThanOrEqual(110);
  });

  test('--version and --help', async ({scene}) => {
    expect(await scene.run(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    const {code, stdout} = await scene.run(['--help']);
    expect(code).toBe(0);
    for (const command of commands) expect(stdout).toContain(command);
    expect(await readdir(join(scene.folder))).not.toContain('state');
  });

  test('plan --json has what scripts rely on, boots nothing, and has no escape codes', async ({scene}) => {
    const {code, stdout} = await scene.run(['plan', '--json', ...buildArguments(scene)]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      builds: [
        {
          buildId: 'cdh5.7.0-nodeps',
          tag: 'cdh5.7.0-release',
          commit: expect.stringMatching(/^[0-9a-f]{40}$/),
          dist: 'dist-cdh5.7.0-nodeps',
          dependencies: 'none',
          arguments: expect.arrayContaining(['-Phive-thriftserver']),
          undelete: {
            status: 'edited',
            kept: ['bin/spark-sql', 'bin/beeline', 'sbin/start-thriftserver.sh', 'sbin/stop-thriftserver.sh'],
          },
          patches: [],
        },
      ],
    });
    expect(await scene.dists()).toEqual([]);
    expect(await scene.run(['plan', ...buildArguments(scene)])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('./make-distribution.sh --mvn mvn'),
    });
  });

  test.for([
    [['--cdh', '5.4.11'], 'source-cdh5.4.11', 'nothing'],
    [['--cdh', '5.5.2'], 'source-cdh5.5.2', 'edited'],
    [['--cdh', '5.7.0'], 'source-cdh5.7.0', 'edited'],
    [['--cdh', '5.16.2'], 'source-cdh5.16.2', 'edited'],
    [['--cdh', '6.3.2'], 'source-cdh6.3.2', 'edited'],
    [['--spark2', '2.4.0-cloudera2'], 'source-spark2-2.4.0-cloudera2', 'edited'],
  ] as const)('source of the sample, %j', async ([selection, folder, status], {scene}) => {
    const {code, stdout, stderr} = await scene.run([
      'source',
      '--json',
      ...selection,
      '--source',
      'sample',
      '--provider',
      'fake',
      '--output',
      scene.output,
    ]);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({source: join(scene.output, folder), undelete: {status}});
    expect(await scene.dists()).toEqual([folder]);
    expect(await readdir(join(scene.output, folder))).toContain('pom.xml');
  });

  test('a range takes what the source has and can be built, the newest of a line or all', async ({scene}) => {
    const plan = async (...selection: readonly string[]): Promise<readonly string[]> => {
      const {stdout} = await scene.run([
        'plan',
        '--json',
        '--source',
        'sample',
        '--provider',
        'fake',
        ...selection,
      ]);
      return (JSON.parse(stdout) as {readonly builds: readonly {readonly tag: string}[]}).builds.map(
        ({tag}) => tag,
      );
    };
    const [five, seven] = ['cdh5.5.2-release', 'cdh5.7.0-release'];
    expect(await plan('--cdh', '>=5.5 <5.8')).toEqual([five, seven]);
    expect(await plan('--cdh', '5.7.x', '--cdh', '5.5.2')).toEqual([seven, five]);
    expect(await plan('--cdh', '>=5.5 <5.8', '--newest-of', 'major')).toEqual([seven]);
    expect(await plan('--cdh', 'latest')).toEqual(['cdh6.3.2-release']);
  });

  test('inspect --json', async ({scene}) => {
    const {code, stdout} = await scene.run([
      'inspect',
      '--source',
      'sample',
      '--ref',
      'cdh5.7.0-release',
      '--json',
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      tag: 'cdh5.7.0-release',
      thriftserver: {status: 'yes'},
      removal: {status: 'present'},
    });
  });

  test('machines and reap of nothing', async ({scene}) => {
    expect(await scene.run(['machines', '--json'])).toMatchObject({code: 0, stdout: '[]\n'});
    expect(await scene.run(['reap', '--json'])).toMatchObject({code: 0, stdout: '[]\n'});
    expect(await scene.run(['reap'])).toMatchObject({code: 0, stdout: 'Nothing to reap.\n'});
  });

  test('a reader that goes away, as `| head -1`, is no error', async ({scene}) => {
    const child = spawn(
      'sh',
      [
        '-c',
        '{ "$@"; echo "code $?" >&2; } | head -n 1 >/dev/null',
        'sh',
        process.execPath,
        main,
        'build',
        '--help',
      ],
      {
        env: scene.env,
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await once(child, 'close');
    expect(stderr).toBe('code 0\n');
  });
});
