// `verify --against`, as people and scripts call it.
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect} from 'vitest';
import {writeManifest} from '../../src/distribution/manifest.ts';
import {libFacts, writeLibDist} from '../distribution/fake-dist.ts';
import {writeClassJar} from '../linking/class-writer.ts';
import {test} from './scene.ts';

const conf = 'org/apache/hadoop/hive/conf/HiveConf';

async function makeDist(folder: string, uses: readonly string[]): Promise<string> {
  const dist = join(folder, 'dist-cdh5.7.0-nodeps-apache');
  await mkdir(dist);
  await writeLibDist(dist, uses);
  await writeManifest(dist, libFacts);
  return dist;
}

describe.concurrent('verify --against', () => {
  test('a dist that links is exit 0', async ({scene}) => {
    const dist = await makeDist(scene.folder, [`${conf}.get(I)V`, 'org/apache/hadoop/fs/Path.x()V']);
    await writeClassJar(join(scene.folder, 'hive/hive.jar'), [{name: conf, has: ['get(I)V']}]);
    await writeClassJar(join(scene.folder, 'hadoop/hadoop.jar'), [
      {name: 'org/apache/hadoop/fs/Path', has: ['x()V']},
    ]);
    const {code, stdout} = await scene.run(['verify', dist, '--against', 'hive', '--against', 'hadoop']);
    expect(stdout).toMatch(/ok {6}against-hive: 2 members and classes of Hive/);
    expect(stdout).toMatch(/is whole, and links with/);
    expect(code).toBe(0);
  });

  test('what is missing is named with who names it, and is exit 1', async ({scene}) => {
    const dist = await makeDist(scene.folder, [`${conf}.get(I)V`, `${conf}.size:J`]);
    await writeClassJar(join(scene.folder, 'hive/hive.jar'), [{name: conf, has: ['get(J)V']}]);
    const {code, stdout} = await scene.run(['verify', dist, '--against', 'hive']);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /FAILED {2}against-hive: 2 of 3 members [^\n]* are missing or different in [^\n]*\n +org\.apache\.hadoop\.hive\.conf\.HiveConf\n +get\(I\)V is there only as \(J\)V; named by org\.apache\.spark\.A\n +size J is not there/,
    );
    const json = await scene.run(['verify', dist, '--against', 'hive', '--json']);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      dist,
      ok: false,
      checks: expect.arrayContaining([{name: 'against-hive', ok: false, message: expect.any(String)}]),
      against: {
        folders: [join(scene.folder, 'hive')],
        missing: [
          {
            group: 'hive',
            kind: 'member',
            class: 'org.apache.hadoop.hive.conf.HiveConf',
            name: 'get',
            descriptor: '(I)V',
            callers: ['org.apache.spark.A'],
          },
          {name: 'size', descriptor: 'J'},
        ],
      },
    });
  });

  test('much that is missing is counted; --verbose lists all of it', async ({scene}) => {
    const uses = Array.from({length: 30}, (_each, index) =>
      Array.from({length: 8}, (_other, number) => `org/apache/hadoop/C${index}.m${number}()V`),
    ).flat();
    const dist = await makeDist(scene.folder, uses);
    await writeClassJar(
      join(scene.folder, 'hadoop/x.jar'),
      Array.from({length: 30}, (_each, index) => ({name: `org/apache/hadoop/C${index}`})),
    );
    const few = await scene.run(['verify', dist, '--against', 'hadoop']);
    expect(few.stdout).toContain('and 3 more of this class');
    expect(few.stdout).toContain('and 80 more of 10 other classes');
    const all = await scene.run(['verify', dist, '--against', 'hadoop', '--verbose']);
    expect(all.stdout.match(/is not there; named by/g)).toHaveLength(240);
  });

  test('a wrong path, a folder without jars, a jar that is none: exit 2 before the dist is read', async ({
    scene,
  }) => {
    const dist = await makeDist(scene.folder, []);
    await mkdir(join(scene.folder, 'empty'));
    await mkdir(join(scene.folder, 'broken'));
    await writeFile(join(scene.folder, 'broken/x.jar'), 'x');
    for (const [folder, reason] of [
      ['gone', 'is not there'],
      ['empty', 'neither a jar nor a class'],
      ['broken', 'cannot be read as jars'],
    ] as const) {
      const {code, stdout, stderr} = await scene.run(['verify', dist, '--against', folder]);
      expect({code, stdout}).toEqual({code: 2, stdout: ''});
      expect(stderr).toContain(reason);
      expect(stderr).toContain('→');
    }
  });
});
