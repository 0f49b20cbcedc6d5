// What server.sh finds out on a node: where the Thriftserver will listen, what is gone, and why one has ended.
import {spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {chmod, mkdir, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises';
import {createServer, type AddressInfo} from 'node:net';
import {tmpdir, userInfo} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {projectRoot} from '../../../src/core/paths.ts';

const script = join(projectRoot, 'data/node/server.sh');
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'build-spark-server-'));
});
afterEach(() => rm(folder, {recursive: true, force: true}));

function call(words: readonly string[]): {readonly code: number | null; readonly text: string} {
  const {status, stdout, stderr} = spawnSync(
    'bash',
    ['-euo', 'pipefail', '-c', '. "$1"; shift; "$@"', 'x', script, ...words],
    {encoding: 'utf8', env: {PATH: process.env.PATH}, stdio: ['ignore', 'pipe', 'pipe']},
  );
  return {code: status, text: stdout + stderr};
}

const property = (name: string, value: string): string =>
  `<property>\n  <name>${name}</name>\n  <value>${value}</value>\n</property>\n`;
const write = async (name: string, text: string): Promise<string> => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};

describe('hive_value', () => {
  test('the last property of that name, outside of comments, without what XML stands in for', async () => {
    const site = await write(
      'hive-site.xml',
      `<configuration><!-- ${property('a.b', 'commented')} -->\n${property('a.b', 'first')}` +
        `${property('a.b.c', 'other')}${property('a.b', ' x &amp;&lt; y\n')}<property><name>e</name><value/></property></configuration>`,
    );
    expect(call(['hive_value', site, 'a.b']).text).toBe('x &< y\n');
    expect(call(['hive_value', site, 'e']).text).toBe('\n');
    expect(call(['hive_value', site, 'none']).text).toBe('\n');
    expect(call(['hive_value', join(folder, 'none.xml'), 'a.b'])).toEqual({code: 0, text: ''});
  });
});

describe('where it will listen', () => {
  interface Given {
    readonly site?: Readonly<Record<string, string>>;
    readonly environment?: string;
    readonly own?: string;
  }
  const tell = async ({site = {}, environment = '', own = ''}: Given): Promise<Record<string, string>> => {
    const xml = Object.entries(site).map(([name, value]) => property(name, value));
    const {code, text} = call([
      'tell_server',
      await write('hive-site.xml', `<configuration>${xml.join('')}</configuration>`),
      await write('spark-env.sh', environment),
      await write('own.sh', own),
      ...['1', 'node1', 'nobody', join(folder, 'run'), ''],
    ]);
    expect(code, text).toBe(0);
    return Object.fromEntries(
      text
        .trimEnd()
        .split('\n')
        .map((line) => line.split('\t')),
    ) as Record<string, string>;
  };

  test('as was asked, when nothing else speaks', async () => {
    expect(await tell({})).toEqual({mode: 'binary', port: '1'});
  });

  test('hive-site.xml decides the transport, and never the port, which is HiveServer2 its own', async () => {
    const site = {'hive.server2.transport.mode': 'HTTP', 'hive.server2.thrift.http.port': '10001'};
    expect(await tell({site})).toEqual({mode: 'http', port: '1'});
  });

  test.each([
    [
      'the environment before the command line',
      {
        environment: 'HIVE_SERVER2_THRIFT_PORT=3\n',
        own: 'thriftserver_options=(--hiveconf hive.server2.thrift.port=2)\n',
      },
      {mode: 'binary', port: '3', portFrom: 'HIVE_SERVER2_THRIFT_PORT of the environment'},
    ],
    [
      'the last of two words',
      {
        own: 'thriftserver_options=(--hiveconf hive.server2.thrift.port=2 --hiveconf=hive.server2.thrift.port=4)\n',
      },
      {mode: 'binary', port: '4', portFrom: '--hiveconf hive.server2.thrift.port'},
    ],
    [
      'the port of the other transport does not count',
      {
        environment: 'export HIVE_SERVER2_THRIFT_PORT=3 HIVE_SERVER2_TRANSPORT_MODE=binary\n',
        own: 'thriftserver_options=(--hiveconf hive.server2.transport.mode=http)\n',
      },
      {mode: 'http', port: '1'},
    ],
    [
      'the port of its own transport does',
      {
        environment: 'HIVE_SERVER2_THRIFT_HTTP_PORT=5\n',
        site: {'hive.server2.transport.mode': 'http'},
      },
      {mode: 'http', port: '5', portFrom: 'HIVE_SERVER2_THRIFT_HTTP_PORT of the environment'},
    ],
    ["the operator's own port=", {own: 'port=6\n'}, {mode: 'binary', port: '6'}],
    [
      'the address',
      {environment: 'HIVE_SERVER2_THRIFT_BIND_HOST=node1-internal\n'},
      {mode: 'binary', port: '1', host: 'node1-internal'},
    ],
  ] as const)('%s', async (_name, given, expected) => {
    expect(await tell(given)).toEqual(expected);
  });

  test('what clients have to know besides', async () => {
    const site = {
      'hive.server2.thrift.http.path': 'gateway',
      'hive.server2.use.SSL': 'true',
      'hive.server2.authentication': 'kerberos',
    };
    expect(await tell({site})).toMatchObject({httpPath: 'gateway', ssl: 'true', authentication: 'kerberos'});
  });

  test('a keytab: what hive-site.xml names with a whole path, and whether the user can read it', async () => {
    const name = 'hive.server2.authentication.kerberos.keytab';
    const there = await write('hive.keytab', '');
    expect(await tell({site: {[name]: there}})).toMatchObject({keytab: there});
    expect(await tell({site: {[name]: '/gone/hive.keytab'}})).toMatchObject({keytabState: 'absent'});
    expect(await tell({site: {[name]: 'hive.keytab'}})).not.toHaveProperty('keytab');
    if (process.getuid?.() !== 0) return; // Only root can be asked about another user.
    await chmod(there, 0o400);
    expect(await tell({site: {[name]: there}})).toMatchObject({keytabState: 'unreadable'});
  });

  test('a keytab begins with its version; anything else is none', async () => {
    const keytab = await write('hive.keytab', 'hello');
    const {username} = userInfo();
    expect(call(['tell_keytab', keytab, username]).text).toBe('keytabState\tinvalid\n');
    const fifo = join(folder, 'fifo');
    spawnSync('mkfifo', [fifo]);
    expect(call(['tell_keytab', fifo, username]).text).toBe('keytabState\tinvalid\n');
    await writeFile(keytab, Buffer.from([5, 2]));
    expect(call(['tell_keytab', keytab, username]).text).toBe('');
  });

  test('whether the cluster is secure, of the first configuration that the server has', async () => {
    await mkdir(join(folder, 'second'));
    await write('second/core-site.xml', property('hadoop.security.authentication', 'kerberos'));
    const environment = `export HADOOP_CONF_DIR=${folder}/first:${folder}/second`;
    expect(await tell({environment})).toMatchObject({security: 'kerberos'});
    await mkdir(join(folder, 'first'));
    await write('first/core-site.xml', property('fs.defaultFS', 'hdfs://x'));
    expect(await tell({environment})).not.toHaveProperty('security');
  });

  test('a port that is none is named with where it comes from', async () => {
    const environment = await write('spark-env.sh', "HIVE_SERVER2_THRIFT_PORT='x y'");
    expect(call(['resolve_server', '', environment, '1', 'node1'])).toEqual({
      code: 1,
      text: 'Port "x y" (HIVE_SERVER2_THRIFT_PORT of the environment) is not a port.\n',
    });
  });

  test('who listens there: a server of this dist, by its process, or another program', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const {port} = server.address() as AddressInfo;
    await mkdir(join(folder, 'run'));
    const listener = (): string =>
      call(['tell_server', '', '', '', String(port), 'h', 'nobody', join(folder, 'run'), ''])
        .text.split('\n')
        .find((line) => line.startsWith('listener')) ?? '';
    try {
      expect(listener()).toBe('listener\tother');
      await writeFile(join(folder, 'run/x-1.pid'), '1\n');
      expect(listener()).toBe('listener\tother');
      await writeFile(join(folder, 'run/x-1.pid'), `${process.pid}\n`);
      expect(listener()).toBe('listener\tours');
    } finally {
      server.close();
    }
  });
});

describe('after an upgrade of the parcel', () => {
  test.each([
    ['CDH-5.7.0-1.cdh5.7.0.p0.45', '5.7.0'],
    ['SPARK2-2.2.0.cloudera4-1.cdh5.13.3.p0.603055', '2.2.0.cloudera4'],
    ['elsewhere', ''],
  ])('%s is of version %s', async (name, version) => {
    await mkdir(join(folder, name));
    await symlink(name, join(folder, 'link'));
    expect(call(['parcel_version', join(folder, 'link')]).text).toBe(version);
  });

  test('the jars of a class path that are gone', async () => {
    const there = await write('there.jar', '');
    const list = await write(
      'classpath.txt',
      `${there}\n/gone/a b.jar\n/gone/*\nrelative.jar\n/gone/last.jar`,
    );
    expect(call(['gone_jars', list]).text).toBe('/gone/a b.jar\n/gone/last.jar\n');
    expect(call(['gone_jars', join(folder, 'none')])).toEqual({code: 0, text: ''});
  });
});

describe('why it has ended', () => {
  const trace = '\tat a.b.C.d(C.java:1)\n\t... 3 more\n';
  test.each([
    [
      'the first error, its exception and what caused that; not the shutdown',
      `16/05/05 10:00:00 INFO SparkContext: Running Spark version 1.6.0\n` +
        `16/05/05 10:00:01 ERROR HiveThriftServer2: Error starting HiveThriftServer2\n` +
        `org.apache.spark.SparkException: Exception when registering SparkListener\n${trace}` +
        `Caused by: a.Other: between\n${trace}Caused by: java.lang.ClassNotFoundException: com.cloudera.Listener\n${trace}` +
        `16/05/05 10:00:02 ERROR Utils: Uncaught exception\n` +
        `16/05/05 10:00:02 INFO ShutdownHookManager: Shutdown hook called\n`.repeat(30),
      [
        '16/05/05 10:00:01 ERROR HiveThriftServer2: Error starting HiveThriftServer2',
        'org.apache.spark.SparkException: Exception when registering SparkListener',
        'Caused by: java.lang.ClassNotFoundException: com.cloudera.Listener',
      ],
    ],
    [
      'an exception without a log line',
      `Exception in thread "main" java.lang.NoClassDefFoundError: org/apache/hadoop/fs/FSDataInputStream\n${trace}` +
        `Caused by: java.lang.ClassNotFoundException: org.apache.hadoop.fs.FSDataInputStream\n${trace}`,
      [
        'Exception in thread "main" java.lang.NoClassDefFoundError: org/apache/hadoop/fs/FSDataInputStream',
        'Caused by: java.lang.ClassNotFoundException: org.apache.hadoop.fs.FSDataInputStream',
      ],
    ],
    [
      'a class that Java does not find',
      'Spark Command: java -cp x\nError: Could not find or load main class org.apache.spark.deploy.SparkSubmit\n',
      ['Error: Could not find or load main class org.apache.spark.deploy.SparkSubmit'],
    ],
    ['a word of the JVM', 'Unrecognized VM option X\n', ['Unrecognized VM option X']],
  ])('%s', async (_name, text, expected) => {
    const {code, text: told} = call(['why_it_ended', await write('log', text)]);
    expect(told).toBe(expected.map((line) => `  ${line}\n`).join(''));
    expect(code).toBe(0);
  });

  test('of a log that does not say it, nothing is shown', async () => {
    expect(call(['why_it_ended', await write('log', '16/05/05 10:00:00 INFO x: y\n')])).toEqual({
      code: 1,
      text: '',
    });
  });
});
