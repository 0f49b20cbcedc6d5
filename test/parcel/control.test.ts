// Runs the role's script and the commands as they lie in a parcel, with a Spark that only says how it was called.
import {spawnSync} from 'node:child_process';
import {chmod, mkdir, readFile, rm, stat, symlink} from 'node:fs/promises';
import {createServer, type AddressInfo} from 'node:net';
import {join} from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {layOut, readSettings, write} from './node.ts';

test('start becomes spark-submit, with our Spark, the cluster without its own, and what was set for the role', async () => {
  const {home, root, process, run} = await layOut();
  const {status, stderr, stdout, lines} = run('start', {THRIFT_QUEUE: 'root.sql', CSD_JAVA_OPTS: '-Dcsd=1'});
  expect({status, stderr}).toEqual({status: 0, stderr: ''});
  expect(lines.slice(0, 3)).toEqual([
    ...['spark-submit', '--class', 'org.apache.spark.sql.hive.thriftserver.HiveThriftServer2'],
  ]);
  for (const word of [
    'hive.server2.thrift.port=17015',
    'hive.server2.enable.doAs=false',
    'hive.server2.thrift.bind.host=0.0.0.0',
  ])
    expect(lines).toContain(word);
  expect(stdout).toContain(
    `home=${home} classes=${root}/hadoop-common.jar:${root}/hive-exec.jar hadoop=${process}/conf/yarn-conf`,
  );
  expect(stdout).toContain(`-Dcsd=1 -Dlog4j.configuration=file:${process}/conf/log4j.properties`);
  expect(readSettings(lines)).toMatchObject({
    ...{'spark.driver.memory': '4096m', 'spark.executor.memory': '2048m', 'spark.yarn.queue': 'root.sql'},
    ...{'spark.ui.port': '4045', 'spark.master': 'yarn-client', 'spark.eventLog.enabled': 'true'},
    'spark.yarn.jar': `file:${home}/lib/spark-assembly-1.6.0.jar`,
    // Of the safety valve.
    'spark.executor.cores': '7',
  });
  expect(await readFile(join(process, 'conf/yarn-conf/yarn-site.xml'), 'utf8')).toBe(
    `<a>/mr2/*:${process}/conf/yarn-conf</a>\n`,
  );
});

test('a second start in the same folder is as the first', async () => {
  const {run} = await layOut();
  const first = run('start');
  expect(run('start')).toEqual(first);
});

test('nobody else can enter the folder with the copies of private configuration, also where one of before lies', async () => {
  const {process, run} = await layOut();
  await chmod(join(process, 'hive-conf/hive-site.xml'), 0o640);
  await mkdir(join(process, 'conf'));
  await chmod(join(process, 'conf'), 0o755);
  expect(run('start').status).toBe(0);
  expect(((await stat(join(process, 'conf'))).mode & 0o777).toString(8)).toBe('700');
});

test('so many executors as asked, and then no dynamic allocation', async () => {
  const {run} = await layOut();
  expect(readSettings(run('start').lines)).not.toHaveProperty(['spark.executor.instances']);
  expect(readSettings(run('start', {THRIFT_EXECUTORS: '4'}).lines)).toMatchObject({
    ...{'spark.executor.instances': '4', 'spark.dynamicAllocation.enabled': 'false'},
  });
});

test("with Kerberos Spark logs in with the role's keys, and clients get those that were set", async () => {
  const {process, run} = await layOut();
  const own = 'hive/node1.example.com@EXAMPLE.COM';
  const role = {THRIFT_ROLE_PRINCIPAL: own};
  expect(run('start', role)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('spark_thrift.keytab'),
  });
  await write(join(process, 'spark_thrift.keytab'), 'keys');
  const {lines} = run('start', role);
  const at = (word: string) => lines[lines.indexOf(word) + 1];
  expect([at('--principal'), at('--keytab')]).toEqual([own, `${process}/spark_thrift.keytab`]);
  expect(lines).toContain('hive.server2.authentication=KERBEROS');
  expect(lines).toContain(`hive.server2.authentication.kerberos.principal=${own}`);
  const balancer = {
    THRIFT_PRINCIPAL: 'hive/sql@EXAMPLE.COM',
    THRIFT_KEYTAB: join(process, 'hive-conf/hive-site.xml'),
  };
  const behind = run('start', {...role, ...balancer}).lines;
  expect(behind).toContain('hive.server2.authentication.kerberos.principal=hive/sql@EXAMPLE.COM');
  expect(behind).toContain(own);
  expect(run('start').lines).not.toContain('--keytab');
});

test('arguments of an operator come last, and the port that they name is the one that counts', async () => {
  const {run} = await layOut();
  const {lines} = run('start', {
    THRIFT_ARGUMENTS: '--hiveconf hive.server2.thrift.port=17016 --hiveconf a=b',
  });
  expect(lines).toContain('hive.server2.thrift.port=17016');
  expect(lines.slice(lines.indexOf('a=b') - 1, lines.indexOf('a=b') + 1)).toEqual(['--hiveconf', 'a=b']);
});

test.each([
  [
    'another CDH is active',
    async ({parcels}: Node) => {
      await rm(join(parcels, 'CDH'));
      await symlink('CDH-5.7.1-1.cdh5.7.1.p0.11', join(parcels, 'CDH'));
    },
    'is for CDH 5.7.0, and 5.7.1 is active here',
  ],
  ['there is no client configuration', ({conf}: Node) => rm(join(conf, 'classpath.txt')), 'gateway role'],
  [
    'Hive gave nothing',
    ({process}: Node) => rm(join(process, 'hive-conf'), {recursive: true}),
    'hive-site.xml',
  ],
])('refuses when %s, and says what to do', async (_, spoil, message) => {
  const node = await layOut();
  await spoil(node);
  expect(node.run('start')).toMatchObject({status: 1, stdout: '', stderr: expect.stringContaining(message)});
});

type Node = Awaited<ReturnType<typeof layOut>>;

test('without an active parcel it says so', async () => {
  const {run} = await layOut();
  expect(run('start', {BUILD_SPARK_PARCEL: ''})).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('activate'),
  });
});

test('check says in one line that nothing listens', async () => {
  const {run} = await layOut();
  expect(run('check')).toMatchObject({
    ...{status: 1, stdout: 'UNHEALTHY: Spark Thriftserver does not listen on port 17015.\n'},
  });
});

test('check says in one line that kinit failed, and why', async () => {
  const {root, process, run} = await layOut();
  await write(join(process, 'spark_thrift.keytab'), 'keys');
  await write(join(root, 'bin/kinit'), '#!/bin/sh\necho "kinit: Clock skew too great" >&2\nexit 1\n', 0o755);
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const {port} = server.address() as AddressInfo;
  const more = {
    ...{THRIFT_PORT: `${port}`, THRIFT_ROLE_PRINCIPAL: 'hive/node1@EXAMPLE.COM'},
    PATH: `${root}/bin:${globalThis.process.env.PATH}`,
  };
  expect(run('check', more)).toMatchObject({
    status: 1,
    stdout: `UNHEALTHY: kinit failed as hive/node1@EXAMPLE.COM with ${process}/spark_thrift.keytab: kinit: Clock skew too great\n`,
    stderr: '',
  });
});

test("spark-sql runs ours with the cluster's settings, called by whatever link, and leaves nothing", async () => {
  const {root, parcels, top, home} = await layOut();
  const link = join(root, 'usr-bin-spark-sql');
  await symlink(join(parcels, top, 'bin/spark-sql'), link);
  const folder = join(root, 'tmp');
  await mkdir(folder);
  const {status, stdout} = spawnSync(link, ['-e', 'select 1; x'], {
    env: {PATH: globalThis.process.env.PATH, TMPDIR: folder, SPARK_HOME: '/elsewhere'},
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  expect(stdout.split('\n').slice(0, 3)).toEqual(['spark-sql', '-e', 'select 1; x']);
  expect(stdout).toContain(`home=${home} classes=${root}/hadoop-common.jar:${root}/hive-exec.jar`);
  expect(readSettings(stdout.split('\n'))).toMatchObject({
    'spark.yarn.jar': `file:${home}/lib/spark-assembly-1.6.0.jar`,
  });
  expect(spawnSync('ls', ['-A', folder], {encoding: 'utf8'}).stdout).toBe('');
});
