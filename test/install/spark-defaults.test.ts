import {describe, expect, test} from 'vitest';
import {findMetastoreClient, findSparkJars, type SparkJars} from '../../src/distribution/cloudera-spark.ts';
import {planLineageOverrides, renderSparkDefaults} from '../../src/install/spark-defaults.ts';

const one: SparkJars = {master: 'yarn-client', setting: 'spark.yarn.jar=file:/d/lib/spark-assembly.jar'};
const two: SparkJars = {master: 'yarn', setting: 'spark.yarn.jars=file:/opt/d/jars/*'};

/** The settings that Spark reads from a file. */
const settings = (text: string): readonly string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('renderSparkDefaults', () => {
  test("takes out what names Cloudera's own Spark, whatever stands between key and value", () => {
    const text = [
      '# a comment with spark.lineage.enabled=true',
      'spark.yarn.jar local:/x.jar',
      ' spark.yarn.archive : hdfs:///x.zip',
      'spark.lineage.log.dir=/var/log/spark/lineage',
      'spark.extraListeners=com.cloudera.spark.lineage.ClouderaNavigatorListener',
      'spark.sql.queryExecutionListeners  a.B , com.cloudera.spark.lineage.NavigatorQueryListener,c.D',
      'spark.master=yarn-client',
      'spark.yarn.historyServer.address=http://h:18088',
      '',
    ].join('\r\n');
    expect(settings(renderSparkDefaults(text, one))).toEqual([
      'spark.sql.queryExecutionListeners=a.B,c.D',
      'spark.master=yarn-client',
      'spark.yarn.historyServer.address=http://h:18088',
      'spark.yarn.jar=file:/d/lib/spark-assembly.jar',
    ]);
  });

  test('without a file of Cloudera it names the master and our jars', () => {
    expect(settings(renderSparkDefaults(undefined, two))).toEqual([
      'spark.master=yarn',
      'spark.yarn.jars=file:/opt/d/jars/*',
    ]);
  });
});

describe('the jars that YARN hands on', () => {
  const find = (parcel: 'CDH' | 'SPARK2', jars: 'lib' | 'jars', ...paths: readonly string[]) =>
    findSparkJars(
      paths.map((path) => ({path})),
      {parcel, jars},
      '/d',
      '/p',
    );

  test('are the assembly of Spark 1', () => {
    expect(find('CDH', 'lib', 'lib/spark-examples.jar', 'lib/spark-assembly-1.jar')).toEqual({
      master: 'yarn-client',
      setting: 'spark.yarn.jar=file:/d/lib/spark-assembly-1.jar',
    });
  });

  test('are the folder of Spark 2', () => {
    expect(find('SPARK2', 'jars', 'jars/a.jar')).toEqual({
      master: 'yarn',
      setting: 'spark.yarn.jars=file:/d/jars/*',
    });
  });

  test('with CDH 6 Hive besides: the one of each node, or that of the dist', () => {
    const cluster = 'spark.yarn.jars=file:/d/jars/*,local:/p/CDH/lib/spark/hive/*';
    expect(find('CDH', 'jars', 'jars/a.jar').setting).toBe(cluster);
    expect(find('CDH', 'jars', 'jars/a.jar', 'hive/b.jar').setting).toBe(
      'spark.yarn.jars=file:/d/jars/*,file:/d/hive/*',
    );
  });
});

describe("the metastore's client", () => {
  const client = findMetastoreClient('SPARK2', '/opt/cloudera/parcels');

  test("Spark 2 on CDH 5 takes CDH's own, unless the cluster's settings name one", () => {
    expect(settings(renderSparkDefaults(undefined, two, client))).toEqual([
      'spark.master=yarn',
      'spark.sql.hive.metastore.version=1.1.0',
      'spark.sql.hive.metastore.jars=/opt/cloudera/parcels/CDH/lib/hive/lib/*:/opt/cloudera/parcels/CDH/lib/hadoop/client/*',
      'spark.yarn.jars=file:/opt/d/jars/*',
    ]);
    const theirs =
      'spark.master=yarn\nspark.sql.hive.metastore.version=1.1.0\nspark.sql.hive.metastore.jars=x\n';
    expect(renderSparkDefaults(theirs, two, client).match(/metastore/g)).toHaveLength(2);
  });

  test("what is built on the cluster's Hive needs none", () => {
    expect(findMetastoreClient('CDH', '/opt/cloudera/parcels')).toBeUndefined();
  });
});

describe('planLineageOverrides', () => {
  test.each([
    [undefined, []],
    ['spark.extraListeners=a.B\nspark.master=yarn\n', []],
    ['#spark.extraListeners=com.cloudera.spark.lineage.X\n', []],
    ['spark.lineage.enabled=false\nspark.lineage.log.dir=/x\n', []],
    [
      'spark.lineage.enabled true\nspark.extraListeners com.cloudera.spark.lineage.X\n',
      ['spark.lineage.enabled=false', 'spark.extraListeners='],
    ],
    ['spark.extraListeners=a.B, com.cloudera.spark.lineage.X ,c.D', ['spark.extraListeners=a.B,c.D']],
    ['spark.extraListeners=com.cloudera.spark.lineage.X\nspark.extraListeners=a.B', []],
    [
      'spark.sql.queryExecutionListeners=com.cloudera.spark.lineage.NavigatorQueryListener',
      ['spark.sql.queryExecutionListeners='],
    ],
  ])('%j', (text, expected) => {
    expect(planLineageOverrides(text)).toEqual(expected);
  });
});
