import {describe, expect, test} from 'vitest';
import {findMetastoreClient} from '../../src/distribution/cloudera-spark.ts';
import {planLineageOverrides, renderSparkDefaults} from '../../src/install/spark-defaults.ts';

const jar = {jar: '/opt/build-spark/d/lib/spark-assembly.jar'};

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
    expect(settings(renderSparkDefaults(text, jar, 'yarn'))).toEqual([
      'spark.sql.queryExecutionListeners=a.B,c.D',
      'spark.master=yarn-client',
      'spark.yarn.historyServer.address=http://h:18088',
      'spark.yarn.jar=file:/opt/build-spark/d/lib/spark-assembly.jar',
    ]);
  });

  test('without a file of Cloudera it names the master and our jars', () => {
    expect(settings(renderSparkDefaults(undefined, {folder: '/opt/d/jars'}, 'yarn'))).toEqual([
      'spark.master=yarn',
      'spark.yarn.jars=file:/opt/d/jars/*',
    ]);
  });
});

describe("the metastore's client", () => {
  const client = findMetastoreClient('SPARK2', '/opt/cloudera/parcels');

  test("Spark 2 on CDH 5 takes CDH's own, unless the cluster's settings name one", () => {
    expect(settings(renderSparkDefaults(undefined, {folder: '/opt/d/jars'}, 'yarn', client))).toEqual([
      'spark.master=yarn',
      'spark.sql.hive.metastore.version=1.1.0',
      'spark.sql.hive.metastore.jars=/opt/cloudera/parcels/CDH/lib/hive/lib/*:/opt/cloudera/parcels/CDH/lib/hadoop/client/*',
      'spark.yarn.jars=file:/opt/d/jars/*',
    ]);
    const theirs =
      'spark.master=yarn\nspark.sql.hive.metastore.version=1.1.0\nspark.sql.hive.metastore.jars=x\n';
    expect(renderSparkDefaults(theirs, {folder: '/d'}, 'yarn', client).match(/metastore/g)).toHaveLength(2);
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
