// What one Spark has that another has not, on dists that are written here.
import {execFileSync} from 'node:child_process';
import {mkdir, rm, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {compareSparks} from '../../src/proof/compare.ts';
import {renderComparison} from '../../src/proof/render-comparison.ts';
import {makeFolder, writeTree} from '../distribution/fake-dist.ts';
import {writeClass, writeZip, type ClassText} from '../linking/class-writer.ts';

const pom = 'META-INF/maven/com.example/lib/pom.properties';

async function writeSpark(
  dir: string,
  jar: string,
  classes: readonly ClassText[],
  {version = '1', others = {}}: {version?: string; others?: Readonly<Record<string, string>>} = {},
): Promise<void> {
  const entries = new Map([
    ...classes.map((each) => [`${each.name}.class`, writeClass(each)] as const),
    [pom, Buffer.from(`#made today\nversion=${version}\ngroupId=com.example\nartifactId=lib\n`)] as const,
  ]);
  await writeZip(join(dir, jar), entries);
  await writeTree(dir, others);
}

const assembly = 'lib/spark-assembly-1.6.0.jar';

test('an equal dist is the same, whatever its manifest says', async () => {
  const folder = await makeFolder();
  for (const name of ['a', 'b']) {
    await writeSpark(join(folder, name), assembly, [{name: 'org/apache/spark/A'}], {
      others: {'manifest.json': name, SHA256SUMS: name},
    });
  }
  // A zip holds the time of its entries in pairs of seconds.
  await rm(join(folder, 'b', assembly));
  await writeSpark(join(folder, 'b'), assembly, [{name: 'org/apache/spark/A'}]);
  const {same, files, classes} = await compareSparks(join(folder, 'a'), join(folder, 'b'));
  expect(files.differences.filter(({status}) => status !== 'same-inside')).toEqual([]);
  expect(same).toBe(files.differences.length === 0);
  expect(classes).toMatchObject({left: 1, right: 1, same: 1, differences: []});
});

test('files, entries, classes by content, members of public classes and versions that differ are named', async () => {
  const folder = await makeFolder();
  await writeSpark(
    join(folder, 'left'),
    assembly,
    [
      {name: 'org/apache/spark/Same'},
      {name: 'org/apache/spark/Changed', has: ['get(I)V', 'private hidden()V']},
      {name: 'org/apache/spark/Gone'},
      {name: 'org/apache/spark/Gone$1'},
      {name: 'org/apache/spark/Inner', access: 0},
    ],
    {others: {RELEASE: 'one', 'bin/only': 'x'}},
  );
  await writeSpark(
    join(folder, 'right'),
    assembly,
    [
      {name: 'org/apache/spark/Same'},
      {name: 'org/apache/spark/Changed', has: ['get(J)V', 'private other()V']},
      {name: 'org/apache/spark/Come'},
    ],
    {version: '2', others: {RELEASE: 'two'}},
  );
  const comparison = await compareSparks(join(folder, 'left'), join(folder, 'right'));
  expect(comparison).toMatchObject({
    same: false,
    files: {
      same: 0,
      differences: [
        {path: 'RELEASE', status: 'changed'},
        {path: 'bin/only', status: 'only-left'},
        {
          path: assembly,
          status: 'changed',
          entries: expect.arrayContaining([{entry: pom, status: 'changed'}]),
        },
      ],
    },
    classes: {
      same: 1,
      differences: [
        {class: 'org.apache.spark.Changed', status: 'changed', onlyLeft: ['get(I)V'], onlyRight: ['get(J)V']},
        {class: 'org.apache.spark.Come', status: 'only-right', isPublic: true},
        {class: 'org.apache.spark.Gone', status: 'only-left', isPublic: true},
        {class: 'org.apache.spark.Gone$1', status: 'only-left', isPublic: false},
        {class: 'org.apache.spark.Inner', status: 'only-left', isPublic: false},
      ],
    },
    versions: {same: 0, differences: [{library: 'com.example:lib', left: '1', right: '2'}]},
    broken: [],
  });
  const text = renderComparison(comparison, {}).join('\n');
  expect(text).toContain(
    'public classes of Spark: 1 only on the left, 1 only on the right, 1 with different members',
  );
  expect(text).toContain('      - get(I)V\n      + get(J)V');
  expect(text).toContain('com.example:lib: 1 | 2');
});

test('a parcel is one side, with its links, its second name of the assembly and links that lead nowhere', async () => {
  const folder = await makeFolder();
  const parcel = join(folder, 'CDH');
  await writeSpark(parcel, 'jars/spark-assembly-1.6.0-cdh5.7.0.jar', [{name: 'org/apache/spark/A'}]);
  await mkdir(join(parcel, 'lib/spark/lib'), {recursive: true});
  const inner = '../../../jars/spark-assembly-1.6.0-cdh5.7.0.jar';
  await symlink(inner, join(parcel, 'lib/spark/lib/spark-assembly-1.6.0-cdh5.7.0.jar'));
  await symlink('spark-assembly-1.6.0-cdh5.7.0.jar', join(parcel, 'lib/spark/lib/spark-assembly.jar'));
  await symlink('/etc/spark/gone', join(parcel, 'lib/spark/conf'));
  await symlink('.', join(parcel, 'lib/spark/circle'));
  const thriftserver = 'org/apache/spark/sql/hive/thriftserver/HiveThriftServer2';
  await writeSpark(join(folder, 'dist'), assembly, [{name: 'org/apache/spark/A'}, {name: thriftserver}]);
  const {right, classes} = await compareSparks(join(folder, 'dist'), parcel);
  expect(right).toBe(join(parcel, 'lib/spark'));
  expect(classes).toMatchObject({left: 2, right: 1, same: 1});
  expect(classes.differences.map((each) => each.class)).toEqual([thriftserver.replaceAll('/', '.')]);
});

test('a folder without Spark, and one that is not there, are refused; a broken jar is named', async () => {
  const folder = await makeFolder();
  await writeSpark(join(folder, 'spark'), assembly, [{name: 'org/apache/spark/A'}]);
  await mkdir(join(folder, 'empty'));
  await expect(compareSparks(join(folder, 'spark'), join(folder, 'empty'))).rejects.toThrow(/no Spark in/);
  await expect(compareSparks(join(folder, 'gone'), join(folder, 'spark'))).rejects.toThrow(
    /gone is not there/,
  );
  await writeFile(join(folder, 'spark/lib/broken.jar'), 'x');
  const {broken} = await compareSparks(join(folder, 'spark'), join(folder, 'spark'));
  expect(broken).toHaveLength(2);
});

test('links that lead out of the folder are named and not followed; pipes are not opened', async () => {
  const folder = await makeFolder();
  const dist = join(folder, 'dist');
  await writeSpark(dist, assembly, [{name: 'org/apache/spark/A'}]);
  await writeTree(folder, {'secret/key': 'x', 'distant/key': 'x'});
  await symlink('../secret', join(dist, 'data'));
  await symlink('../distant', join(dist, 'near'));
  await symlink('lib', join(dist, 'inner'));
  execFileSync('mkfifo', [join(dist, 'pipe')]);
  const {files, broken, same} = await compareSparks(dist, dist);
  expect({same: files.same, isSame: same}).toEqual({same: 2, isSame: true});
  expect(broken.filter((each) => each.includes('leads outside'))).toHaveLength(4);
});

test('folders of links to folders of links end, and are not a Spark', async () => {
  const folder = await makeFolder();
  const dist = join(folder, 'dist');
  await writeSpark(dist, assembly, [{name: 'org/apache/spark/A'}], {others: {'d20/x': 'x'}});
  for (let level = 0; level < 20; level += 1) {
    await mkdir(join(dist, `d${level}`));
    for (const name of ['a', 'b']) await symlink(`../d${level + 1}`, join(dist, `d${level}/${name}`));
  }
  await expect(compareSparks(dist, dist)).rejects.toThrow(/more than 20000 files/);
});

test('the parcel of Spark 2 and one of ours are named as readily as the Spark in them', async () => {
  const folder = await makeFolder();
  const places = ['SPARK2/lib/spark2', 'BUILD_SPARK/lib/build-spark', 'BUILD_SPARK2/lib/build-spark2'];
  for (const place of places)
    await writeSpark(join(folder, place), 'jars/spark-core_2.11-2.4.0.jar', [{name: 'org/apache/spark/A'}]);
  for (const place of places) {
    const {left} = await compareSparks(join(folder, place.replace(/\/.*/, '')), join(folder, place));
    expect(left).toBe(join(folder, place));
  }
});

test('names that would steer a terminal are shown as what they are', async () => {
  const folder = await makeFolder();
  const steering = '\u001b]0;x\u0007\u009b2J';
  await writeSpark(join(folder, 'a'), assembly, [{name: `org/apache/spark/${steering}`}], {
    version: steering,
    others: {[`bin/${steering}`]: 'x'},
  });
  await writeSpark(join(folder, 'b'), assembly, [{name: 'org/apache/spark/A'}]);
  const text = renderComparison(await compareSparks(join(folder, 'a'), join(folder, 'b')), {}).join('\n');
  expect(text).not.toMatch(/[^\P{Cc}\n]/u);
  expect(text).toContain('bin/\\u{1b}]0;x');
});
