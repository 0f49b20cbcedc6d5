import {execFile} from 'node:child_process';
import {mkdir, mkdtemp, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {expect, test} from 'vitest';
import {renderSparkEnv} from '../../src/distribution/spark-env.ts';
import type {SparkPlace} from '../../src/distribution/spark-place.ts';

/** Lays out files, and sources our spark-env.sh as Spark's commands do. @returns What it sets. */
async function source(
  place: Pick<SparkPlace, 'parcel' | 'jars'>,
  files: Readonly<Record<string, string>>,
  words: readonly string[] = [],
): Promise<Readonly<Record<string, string>>> {
  const folder = await mkdtemp(join(tmpdir(), 'spark-env-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), {recursive: true});
    await writeFile(join(folder, path), text);
  }
  const where = {home: '/ours', conf: '/ours/conf', cloudera: join(folder, 'conf'), parcels: folder};
  await writeFile(join(folder, 'spark-env.sh'), renderSparkEnv(place, where, 'a test'));
  const names = ['SPARK_HOME', 'HADOOP_COMMON_HOME', 'PYSPARK_ARCHIVES_PATH', 'SPARK_DIST_CLASSPATH'];
  const script = `set -a; . "$0"; set +a; ${names.map((name) => `echo "\${${name}-}"`).join('; ')}`;
  const {stdout} = await promisify(execFile)('bash', ['-c', script, join(folder, 'spark-env.sh'), ...words], {
    env: {PATH: process.env.PATH},
  });
  const values = stdout.replaceAll(`${folder}/`, '').split('\n');
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
}

test("Cloudera Manager's spark-env.sh gives its settings, and none of what names its own Spark", async () => {
  const files = {
    'conf/classpath.txt': '/cdh/jars/hadoop-common.jar\n/cdh/jars/spark-lineage.jar\n',
    'conf/spark-env.sh':
      'export SPARK_HOME=/cdh/lib/spark2 HADOOP_COMMON_HOME=/cdh/lib/hadoop\n' +
      'export PYSPARK_ARCHIVES_PATH=local:$SPARK_HOME/python/lib/pyspark.zip\n',
  };
  expect(await source({parcel: 'SPARK2', jars: 'jars'}, files)).toEqual({
    SPARK_HOME: '/ours',
    HADOOP_COMMON_HOME: '/cdh/lib/hadoop',
    PYSPARK_ARCHIVES_PATH: '',
    SPARK_DIST_CLASSPATH: '/cdh/jars/hadoop-common.jar',
  });
});

test('what a command of the dist calls its folder stays: Spark 1.5 takes another text for another Spark', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spark-env-'));
  await mkdir(join(folder, 'sbin'));
  const where = {home: folder, conf: '/conf', cloudera: '/cloudera', parcels: '/parcels'};
  const file = join(folder, 'spark-env.sh');
  await writeFile(file, renderSparkEnv({parcel: 'CDH', jars: 'lib'}, where, 'a test'));
  const homeAfter = async (before: string): Promise<string> => {
    const env = {PATH: process.env.PATH, SPARK_HOME: before};
    return (
      await promisify(execFile)('bash', ['-c', '. "$0"; echo "$SPARK_HOME"', file], {env})
    ).stdout.trim();
  };
  expect(await homeAfter(`${folder}/sbin/..`)).toBe(`${folder}/sbin/..`);
  expect(await homeAfter('/opt/cloudera/parcels/CDH/lib/spark')).toBe(folder);
});

test("CDH 6: Hive's JLine is for spark-sql and beeline; with it spark-shell ends before it asks anything", async () => {
  const files = {
    'conf/classpath.txt': '/cdh/jars/hadoop-common.jar\n',
    'CDH/lib/hive/lib/hive-cli-2.1.1.jar': '',
    'CDH/lib/hive/lib/jline-2.12.jar': '',
  };
  const classPath = async (mainClass: string): Promise<string | undefined> => {
    const words = ['org.apache.spark.deploy.SparkSubmit', '--class', mainClass, '--name', 'any'];
    return (await source({parcel: 'CDH', jars: 'jars'}, files, words)).SPARK_DIST_CLASSPATH;
  };
  const shared = '/cdh/jars/hadoop-common.jar:CDH/lib/hive/lib/hive-cli-2.1.1.jar';
  expect(await classPath('org.apache.spark.sql.hive.thriftserver.SparkSQLCLIDriver')).toBe(
    `${shared}:CDH/lib/hive/lib/jline-2.12.jar`,
  );
  expect(await classPath('org.apache.spark.repl.Main')).toBe(shared);
});
