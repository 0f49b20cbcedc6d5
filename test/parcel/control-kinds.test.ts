// What the role and the commands of each kind of Spark read and are told: as with `install`, by the same rules.
import {spawnSync} from 'node:child_process';
import {readlink, realpath} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {findMetastoreClient, findSparkJars} from '../../src/distribution/cloudera-spark.ts';
import {findSparkPlace} from '../../src/distribution/spark-place.ts';
import {renderSparkDefaults} from '../../src/install/spark-defaults.ts';
import {clouderaDefaults, layOut, readSettings, write, type Kind} from './node.ts';

const one: Kind = {
  release: 'cdh5.7.0',
  projectVersion: '1.6.0-cdh5.7.0',
  jars: ['lib/spark-assembly-1.6.0.jar'],
  parcels: ['CDH-5.7.0-1.cdh5.7.0.p0.45'],
};
const two: Kind = {
  release: 'spark2-2.3.0-cloudera4',
  projectVersion: '2.3.0.cloudera4',
  jars: ['jars/spark-core.jar'],
  parcels: ['CDH-5.13.3-1.cdh5.13.3.p0.2', 'SPARK2-2.3.0.cloudera4-1.cdh5.13.3.p0.611179'],
};
const six: Kind = {
  release: 'cdh6.3.3',
  projectVersion: '2.4.0-cdh6.3.3',
  jars: ['jars/spark-core.jar'],
  parcels: ['CDH-6.3.3-1.cdh6.3.3.p0.1'],
  theirs: [
    'CDH/lib/spark/hive/hive-exec-2.1.1.jar',
    ...['hive-cli-2.1.1.jar', 'jline-2.12.jar', 'hive-exec-2.1.1.jar'].map(
      (name) => `CDH/lib/hive/lib/${name}`,
    ),
    'CDH/jars/logredactor-2.0.7.jar',
  ],
};

/** Set for the role, and so not by Cloudera's file. */
const ofRole = ['spark.driver.memory', 'spark.executor.memory', 'spark.executor.cores', 'spark.ui.port'];

test.each([
  ['Spark 1', one],
  ['Spark 2', two],
  ['CDH 6', six],
  ['CDH 6 with a Hive of its own', {...six, jars: [...six.jars, 'hive/hive-exec.jar']}],
])("%s: takes of Cloudera's settings what install takes, and says the same of its own", async (_, kind) => {
  const {home, parcels, run} = await layOut(kind);
  const place = findSparkPlace(kind.release, kind.projectVersion);
  const files = kind.jars.map((path) => ({path}));
  const rendered = renderSparkDefaults(
    clouderaDefaults,
    findSparkJars(files, place, home, parcels),
    findMetastoreClient(place.parcel, parcels),
  );
  const without = (lines: readonly string[]) =>
    Object.fromEntries(Object.entries(readSettings(lines)).filter(([key]) => !ofRole.includes(key)));
  const {status, stderr, lines} = run('start');
  expect({status, stderr}).toEqual({status: 0, stderr: ''});
  expect(without(lines)).toEqual(without(rendered.split('\n').filter((line) => !line.startsWith('#'))));
});

describe('Spark 2', () => {
  test("has CDH's client for the metastore, and no Hive of the cluster on its class path", async () => {
    const {root, parcels, home, run} = await layOut(two);
    const {stdout, lines} = run('start');
    expect(readSettings(lines)).toMatchObject({
      'spark.master': 'yarn',
      'spark.yarn.jars': `file:${home}/jars/*`,
      'spark.sql.hive.metastore.version': '1.1.0',
      'spark.sql.hive.metastore.jars': `${parcels}/CDH/lib/hive/lib/*:${parcels}/CDH/lib/hadoop/client/*`,
    });
    expect(stdout).toContain(`home=${home} classes=${root}/hadoop-common.jar hadoop=`);
  });

  test("a client that the cluster's settings name stays", async () => {
    const {conf, run} = await layOut(two);
    await write(
      join(conf, 'spark-defaults.conf'),
      'spark.sql.hive.metastore.version=2.1.1\nspark.sql.hive.metastore.jars=x\n',
    );
    expect(run('start').stdout.match(/metastore[.]jars.*/g)).toEqual(['metastore.jars=x']);
  });

  test('refuses beside another SPARK2, and says which', async () => {
    const {run} = await layOut({
      ...two,
      parcels: [...two.parcels.slice(0, 1), 'SPARK2-2.3.0.cloudera3-1.x.p0.1'],
    });
    expect(run('start')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('is for SPARK2 2.3.0.cloudera4, and 2.3.0.cloudera3 is active here'),
    });
  });
});

describe('CDH 6', () => {
  test("has the parcel's Hive where its launcher looks for it, and what else spark-sql needs", async () => {
    const {root, parcels, home, run} = await layOut(six);
    expect(await readlink(join(home, 'hive'))).toBe('../../../CDH/lib/spark/hive');
    expect(await realpath(join(home, 'hive'))).toBe(await realpath(join(parcels, 'CDH/lib/spark/hive')));
    const {stdout, lines} = run('start');
    expect(readSettings(lines)).toMatchObject({
      'spark.master': 'yarn',
      'spark.yarn.jars': `file:${home}/jars/*,local:${parcels}/CDH/lib/spark/hive/*`,
    });
    expect(stdout).not.toContain('hive.metastore.version');
    const more = [
      'lib/hive/lib/hive-cli-2.1.1.jar',
      'lib/hive/lib/jline-2.12.jar',
      'jars/logredactor-2.0.7.jar',
    ];
    const classes = [
      ...[`${root}/hadoop-common.jar`, `${root}/hive-exec.jar`],
      ...more.map((path) => `${parcels}/CDH/${path}`),
    ];
    expect(stdout).toContain(`classes=${classes.join(':')} hadoop=`);
  });
});

describe.each([
  ['Spark 1', one, 'spark-sql'],
  ['Spark 2', two, 'spark2-sql'],
  ['CDH 6', six, 'spark-sql'],
])('%s counts hive-site.xml, --hiveconf and the environment in an order of its own', (_, kind, command) => {
  test('where it listens is said in all of them', async () => {
    const {run} = await layOut(kind);
    const {stdout} = run('start', {THRIFT_BIND_HOST: '127.0.0.9'});
    expect(stdout).toContain('\nport=17015 http= host=127.0.0.9\n');
    expect(stdout).toContain('--hiveconf\nhive.server2.thrift.port=17015\n');
  });

  test("hive-site.xml's doAs, and what an operator sets, hold too", async () => {
    const {run} = await layOut(kind);
    const {stdout, lines} = run('start', {
      THRIFT_ARGUMENTS:
        '--hiveconf hive.server2.transport.mode=http --hiveconf=hive.server2.thrift.http.path=x --other',
    });
    for (const setting of [
      ...[
        'hive.server2.enable.doAs=false',
        'hive.server2.map.fair.scheduler.queue=false',
        'hive.server2.transport.mode=http',
        'hive.server2.thrift.http.path=x',
      ],
    ])
      expect(stdout).toContain(`\n--conf\nspark.hadoop.${setting}\n`);
    expect(stdout).toContain('\nport= http=17015 host=');
    expect(lines.indexOf('spark-internal')).toBeGreaterThan(lines.lastIndexOf('--conf'));
  });

  test('its commands read the same settings', async () => {
    const {parcels, top, home, run} = await layOut(kind);
    const {status, stdout} = spawnSync(join(parcels, top, 'bin', command), ['-e', 'select 1'], {
      env: {PATH: process.env.PATH},
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    const keys = ['spark.master', 'spark.yarn.jar', 'spark.yarn.jars', 'spark.sql.hive.metastore.jars'];
    const pick = (text: string) =>
      Object.entries(readSettings(text.split('\n'))).filter(([key]) => keys.includes(key));
    expect(pick(stdout)).toEqual(pick(run('start').stdout));
    expect(stdout).toContain(`home=${home} `);
  });
});
