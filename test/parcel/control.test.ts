// Runs the role's script and the commands as they lie in a parcel, with a Spark that only says how it was called.
import {spawnSync} from 'node:child_process';
import {chmod, mkdir, readFile, rm, stat, symlink, writeFile} from 'node:fs/promises';
import {createServer, type AddressInfo} from 'node:net';
import {dirname, join} from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {projectRoot} from '../../src/core/paths.ts';
import {renderParcelFiles} from '../../src/parcel/parcel-files.ts';
import {planParcel} from '../../src/parcel/parcel-plan.ts';
import {renderSparkDefaults} from '../../src/install/spark-defaults.ts';
import {libFacts, makeFolder} from '../distribution/fake-dist.ts';
import {makeDist, makeOf, readJar} from './made.ts';

const clouderaDefaults = `# of the cluster
spark.eventLog.enabled=true
spark.yarn.jar=local:/opt/cloudera/parcels/CDH/lib/spark/lib/spark-assembly.jar
 spark.yarn.archive : hdfs:///x.zip
spark.lineage.enabled true
spark.sql.queryExecutionListeners = a.B , com.cloudera.spark.lineage.X,c.D
spark.extraListeners com.cloudera.spark.lineage.ClouderaNavigatorListener
spark.executor.extraJavaOptions -Da=b -Dc:d
spark.executor.memory=1g
`;

/** What an agent gives by default. */
const environment = {
  ...{
    THRIFT_HOST: 'localhost',
    THRIFT_USER: 'hive',
    THRIFT_PORT: '17015',
    THRIFT_BIND_HOST: '',
    THRIFT_UI_PORT: '4045',
  },
  ...{THRIFT_DRIVER_MEMORY: '4294967296', THRIFT_EXECUTORS: '0', THRIFT_EXECUTOR_MEMORY: '2147483648'},
  ...{
    THRIFT_EXECUTOR_CORES: '1',
    THRIFT_QUEUE: '',
    THRIFT_PRINCIPAL: '',
    THRIFT_KEYTAB: '',
    THRIFT_ARGUMENTS: '',
  },
};

async function write(path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), {recursive: true});
  await writeFile(path, text);
  await chmod(path, mode);
}

/** A node with an active parcel, and the folder of a process on it. */
async function layOut() {
  const root = await makeFolder();
  const parcels = join(root, 'parcels');
  const conf = join(root, 'etc/spark/conf');
  const planned = planParcel({...libFacts, features: ['thriftserver']});
  const plan = {...planned, place: {...planned.place, conf}};
  const top = `${plan.name}-${plan.version}`;
  const script = (path: string) => readFile(join(projectRoot, 'data', path), 'utf8');
  const files = ['bin/spark-sql', 'bin/beeline', 'lib/spark-assembly-1.6.0.jar'].map((path) => ({
    ...{path, bytes: 1, sha256: 'a'.repeat(64), mode: '755'},
  }));
  const scripts = {
    command: await script('parcel/command.sh'),
    cluster: await script('parcel/cluster.sh'),
    server: await script('node/server.sh'),
  };
  for (const file of renderParcelFiles(plan, {...libFacts, files}, 'dist', scripts))
    if ('text' in file) await write(join(parcels, top, file.path), file.text, file.mode);
  // As Spark: it reads its environment through the conf folder.
  const say = `#!/usr/bin/env bash
set -a; . "$SPARK_CONF_DIR/spark-env.sh"; set +a
printf '%s\\n' "$(basename "$0")" "$@"
echo "home=$SPARK_HOME classes=$SPARK_DIST_CLASSPATH hadoop=\${HADOOP_CONF_DIR:-} options=\${SPARK_SUBMIT_OPTS:-}"
if [[ -r $SPARK_CONF_DIR/spark-defaults.conf ]]; then cat "$SPARK_CONF_DIR/spark-defaults.conf"; fi
`;
  const home = join(parcels, top, 'lib/build-spark');
  for (const name of ['spark-submit', 'spark-sql', 'beeline'])
    await write(join(home, 'bin', name), say, 0o755);
  const cdh = join(parcels, 'CDH-5.7.0-1.cdh5.7.0.p0.45');
  await mkdir(cdh, {recursive: true});
  await symlink('CDH-5.7.0-1.cdh5.7.0.p0.45', join(parcels, 'CDH'));
  for (const name of ['hive-exec.jar', 'spark-assembly-1.6.0.jar']) await write(join(root, name), '');
  await write(join(conf, 'classpath.txt'), `${root}/hive-exec.jar\n${root}/spark-assembly-1.6.0.jar\n`);
  await write(join(conf, 'spark-defaults.conf'), clouderaDefaults);
  await write(join(conf, 'spark-env.sh'), 'export SPARK_HOME=/of/cloudera HADOOP_CONF_DIR=/of/the/client\n');

  const process = join(root, 'process');
  const {folder, service} = await makeOf(await makeDist());
  const jar = await readJar(join(folder, service!));
  for (const name of ['control.sh', 'service.sh'])
    await write(join(process, 'scripts', name), jar[`scripts/${name}`]!, 0o755);
  const property = (name: string, value: string) =>
    `<property><name>${name}</name><value>${value}</value></property>`;
  const site = `<configuration>${property('hive.server2.enable.doAs', 'true')}</configuration>\n`;
  await write(join(process, 'hive-conf/hive-site.xml'), site);
  await write(
    join(process, 'yarn-conf/yarn-site.xml'),
    '<a>{{CDH_MR2_HOME}}/*:{{CMF_CONF_DIR}}{{HADOOP_CLASSPATH}}</a>\n',
  );
  await write(join(process, 'role-conf/spark-defaults.conf'), 'spark.executor.cores=7\n');
  await write(join(process, 'role-conf/log4j.properties'), 'log4j.rootLogger=INFO\n');
  const run = (verb: string, more: Readonly<Record<string, string>> = {}) => {
    const {status, stdout, stderr} = spawnSync('bash', [join(process, 'scripts/control.sh'), verb], {
      env: {
        ...{PATH: globalThis.process.env.PATH, CONF_DIR: process, CDH_MR2_HOME: '/mr2'},
        ...{BUILD_SPARK_PARCEL: join(parcels, top), PARCELS_ROOT: parcels, ...environment, ...more},
      },
      encoding: 'utf8',
    });
    return {status, stdout, stderr, lines: stdout.split('\n')};
  };
  return {root, parcels, top, home, conf, process, cdh, run};
}

/** The last line with each key holds, as in Spark. */
function readSettings(lines: readonly string[]): Readonly<Record<string, string>> {
  const pairs = lines.flatMap((line) => {
    const [, key, value = ''] = /^\s*(spark\.[^\s=:]+)\s*[=:\s]\s*(.*)$/.exec(line) ?? [];
    return key === undefined ? [] : [[key, value.trim()] as const];
  });
  return Object.fromEntries(pairs);
}

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
  expect(stdout).toContain(`home=${home} classes=${root}/hive-exec.jar hadoop=${process}/conf/yarn-conf`);
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

test("takes of Cloudera's settings what install takes", async () => {
  const {home, run} = await layOut();
  const {lines} = run('start');
  const rendered = renderSparkDefaults(
    clouderaDefaults,
    {jar: `${home}/lib/spark-assembly-1.6.0.jar`},
    'yarn-client',
  );
  const ofInstall = readSettings(rendered.split('\n').filter((line) => !line.startsWith('#')));
  const ofRole = ['spark.driver.memory', 'spark.executor.memory', 'spark.executor.cores', 'spark.ui.port'];
  const without = (settings: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(settings).filter(([key]) => !ofRole.includes(key)));
  expect(without(readSettings(lines))).toEqual(without(ofInstall));
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
  expect(stdout).toContain(`home=${home} classes=${root}/hive-exec.jar`);
  expect(readSettings(stdout.split('\n'))).toMatchObject({
    'spark.yarn.jar': `file:${home}/lib/spark-assembly-1.6.0.jar`,
  });
  expect(spawnSync('ls', ['-A', folder], {encoding: 'utf8'}).stdout).toBe('');
});
