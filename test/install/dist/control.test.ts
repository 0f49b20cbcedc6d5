// start, stop and status of an overlay, with a server that decides about its port as Hive's classes do.
import {spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, mkdtemp, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {connect} from 'node:net';
import {tmpdir, userInfo} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {projectRoot} from '../../../src/core/paths.ts';
import {planOverlayEntries} from '../../../src/install/overlay-files.ts';
import {findFreePort} from '../../support/free-port.ts';
import {facts, place, request} from '../facts.ts';

const {username} = userInfo();
let folder = '';
let home = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'build-spark-control-'));
  home = join(folder, 'opt/dist-x');
});
afterEach(async () => {
  call('stop');
  await rm(folder, {recursive: true, force: true});
});

/** The environment comes before the configuration; the process is named after the class, as Java's is. */
const server = `
const words = process.argv.slice(2);
const conf = {};
words.forEach((word, at) => {
  const [key, ...rest] = word.split('=');
  if (words[at - 1] === '--hiveconf') conf[key] = rest.join('=');
});
const isHttp = conf['hive.server2.transport.mode'] === 'http';
const port = isHttp
  ? process.env.HIVE_SERVER2_THRIFT_HTTP_PORT ?? conf['hive.server2.thrift.http.port']
  : process.env.HIVE_SERVER2_THRIFT_PORT ?? conf['hive.server2.thrift.port'];
require('node:net').createServer().listen(Number(port), '127.0.0.1');
`;

const startScript = `#!/usr/bin/env bash
set -a; . "$SPARK_CONF_DIR/spark-env.sh"; set +a
class=org.apache.spark.sql.hive.thriftserver.HiveThriftServer2
log=$SPARK_LOG_DIR/spark-$SPARK_IDENT_STRING-$class-1-host.out
printf '%s\\n' "$@" >"$SPARK_LOG_DIR/words"
printf '%s\\n' "$SPARK_SUBMIT_OPTS" >"$SPARK_LOG_DIR/java"
if [[ -f $SPARK_HOME/fails ]]; then cp "$SPARK_HOME/fails" "$log"; sleep 0 & else
  ${process.execPath} "$SPARK_HOME/server.cjs" "$class" "$@" >"$log" 2>&1 </dev/null &
fi
echo $! >"$SPARK_PID_DIR/spark-$SPARK_IDENT_STRING-$class-1.pid"
`;
const stopScript = '#!/bin/sh\nkill "$(cat "$SPARK_PID_DIR"/*.pid)"\n';

/** @returns The port that was asked for. */
async function layOut(more: {readonly site?: string; readonly server?: object} = {}): Promise<number> {
  const parcels = join(folder, 'parcels');
  const etc = join(folder, 'etc');
  const paths = {
    root: join(folder, 'opt'),
    logs: join(folder, 'log'),
    run: join(folder, 'run'),
    units: join(folder, 'units'),
    etc,
  };
  const conf = join(etc, 'spark/conf');
  for (const path of [
    join(home, 'sbin'),
    conf,
    join(etc, 'build-spark'),
    ...[paths.logs, paths.run].map((path) => join(path, 'build-spark-dist-x')),
    ...['CDH-5.7.0-1.cdh5.7.0.p0.45', 'CDH-5.8.0-1.cdh5.8.0.p0.42'].map((name) => join(parcels, name)),
  ])
    await mkdir(path, {recursive: true});
  await switchParcel('CDH-5.7.0-1.cdh5.7.0.p0.45');
  const port = await findFreePort();
  const asked = {...request, name: 'dist-x', user: username, port, bindHost: '127.0.0.1', parcels, paths};
  const read = (name: string): Promise<string> => readFile(join(projectRoot, 'data/node', name), 'utf8');
  const scripts = {control: await read('control.sh'), server: await read('server.sh')};
  const entries = planOverlayEntries(
    asked,
    {...facts, server: {...facts.server, ...more.server}},
    {...place, conf},
    scripts,
    {files: [], release: 'cdh5.7.0'},
  );
  await mkdir(join(home, 'conf'));
  for (const entry of entries)
    if ('target' in entry) await symlink(entry.target, join(home, entry.path));
    else await writeFile(join(home, entry.path), entry.text, {mode: entry.mode === '755' ? 0o755 : 0o644});
  await rm(join(home, 'conf/hive-site.xml'));
  await writeFile(join(home, 'conf/hive-site.xml'), more.site ?? '<configuration/>');
  await writeFile(join(home, 'server.cjs'), server);
  await writeFile(join(home, 'sbin/start-thriftserver.sh'), startScript, {mode: 0o755});
  await writeFile(join(home, 'sbin/stop-thriftserver.sh'), stopScript, {mode: 0o755});
  return port;
}

async function switchParcel(name: string): Promise<void> {
  await rm(join(folder, 'parcels/CDH'), {force: true});
  await symlink(name, join(folder, 'parcels/CDH'));
}

function call(verb: 'start' | 'stop' | 'status'): {readonly code: number | null; readonly text: string} {
  const {status, stdout, stderr} = spawnSync(join(home, verb), [], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000, // Far below what start waits for a port on which nobody will listen.
  });
  return {code: status, text: stdout + stderr};
}

test('start waits for the port that was asked for, status names it, stop ends it', async () => {
  const port = await layOut();
  expect(call('start')).toMatchObject({
    code: 0,
    text: expect.stringContaining(`dist-x listens on 127.0.0.1, port ${port}, binary`),
  });
  expect(call('status')).toMatchObject({code: 0, text: expect.stringContaining(`listens on port ${port}`)});
  expect(call('stop')).toMatchObject({code: 0, text: expect.stringContaining('has stopped')});
  expect(call('status')).toMatchObject({code: 3});
});

test('a server whose Spark has ended within it is told from one that starts, and start takes its place', async () => {
  const port = await layOut();
  // What is left of a server when YARN has ended its application.
  const ending = server.replace(
    '.createServer()',
    '.createServer((peer) => { peer.destroy(); listening.close(); })',
  );
  await writeFile(
    join(home, 'server.cjs'),
    ending.replace(
      "require('node:net')",
      "setInterval(() => {}, 1e6);\nconst listening = require('node:net')",
    ),
  );
  expect(call('start').code).toBe(0);
  const pid = /as process (\d+)/.exec(call('status').text)?.[1];
  const peer = connect(port, '127.0.0.1');
  peer.on('error', () => undefined);
  await once(peer, 'close');
  const status = call('status');
  expect(status.text).toContain(`process ${pid} has stopped listening on port ${port}`);
  expect(status.code).toBe(3);
  const again = call('start');
  expect(again.text).toContain(`dist-x listens on 127.0.0.1, port ${port}, binary`);
  expect(again.code).toBe(0);
  expect(call('status').text).not.toContain(`process ${pid} `);
});

test('the port is said in the environment too: Spark 2 takes that of hive-site.xml before --hiveconf', async () => {
  const port = await layOut();
  await writeFile(join(home, 'server.cjs'), server.replace(/\?\? conf\[[^\]]*\]/g, '?? 1'));
  expect(call('start').text).toContain(`listens on 127.0.0.1, port ${port}, binary`);
});

test("so is what hive-site.xml says otherwise: doAs, and what the operator's own words are", async () => {
  await layOut();
  expect(call('start').code).toBe(0);
  const words = await readFile(join(folder, 'log/build-spark-dist-x/words'), 'utf8');
  for (const kind of ['--conf\nspark.hadoop.', '--hiveconf\n'])
    expect(words).toContain(`${kind}hive.server2.enable.doAs=false\n`);
});

test('with http in hive-site.xml it waits for the same port, which is given for that transport too', async () => {
  const port = await layOut({
    site: '<property><name>hive.server2.transport.mode</name><value>http</value></property>',
  });
  expect(call('start')).toMatchObject({code: 0, text: expect.stringContaining(`port ${port}, http`)});
});

test('a port of the environment is the one that it waits for, and is said with its name', async () => {
  const asked = await layOut();
  const port = await findFreePort();
  await writeFile(join(folder, 'etc/spark/conf/spark-env.sh'), `export HIVE_SERVER2_THRIFT_PORT=${port}\n`);
  const {code, text} = call('start');
  expect(text).toContain(
    `The port is ${port}, from HIVE_SERVER2_THRIFT_PORT of the environment, instead of ${asked}.`,
  );
  expect(text).toContain(`listens on 127.0.0.1, port ${port}, binary`);
  expect(code).toBe(0);
  expect(call('status').text).toContain(`listens on port ${port}`);
});

test('with Kerberos the keys are handed to Spark, which renews, and to Hive its classes', async () => {
  await layOut({
    server: {authentication: 'KERBEROS', keytab: '/keys/hive.keytab', principal: 'hive/_HOST@EXAMPLE.COM'},
  });
  expect(call('start').code).toBe(0);
  const words = await readFile(join(folder, 'log/build-spark-dist-x/words'), 'utf8');
  const principal = 'hive/node1.example.com@EXAMPLE.COM';
  expect(words).toMatch(new RegExp(`^--keytab\n/keys/hive\\.keytab\n--principal\n${principal}\n--conf\n`));
  expect(words).toContain('--hiveconf\nhive.server2.authentication.kerberos.keytab=/keys/hive.keytab\n');
  expect(words).toContain(`--hiveconf\nhive.server2.authentication.kerberos.principal=${principal}\n`);
});

test('a server that ends says why, and not how it was shut down', async () => {
  await layOut();
  const log =
    '16/05/05 10:00:01 ERROR SparkContext: Error initializing SparkContext.\njava.net.BindException: Address in use\n' +
    '\tat a.b.C.d(C.java:1)\n' +
    '16/05/05 10:00:02 INFO ShutdownHookManager: Shutdown hook called\n'.repeat(30);
  await writeFile(join(home, 'fails'), log);
  const {code, text} = call('start');
  expect(code).toBe(1);
  expect(text).toContain(
    'ERROR SparkContext: Error initializing SparkContext.\n  java.net.BindException: Address in use\n',
  );
  expect(text).not.toContain('Shutdown hook');
  expect(text).toMatch(/All of it: .*-1-host\.out/);
});

test('a parcel of another version: start refuses, and status says it too', async () => {
  await layOut();
  await switchParcel('CDH-5.8.0-1.cdh5.8.0.p0.42');
  const said = /The dist is for cdh5\.7\.0, .* 5\.7\.0, and the node has 5\.8\.0 now/;
  expect(call('start')).toMatchObject({code: 1, text: expect.stringMatching(said)});
  expect(call('status')).toMatchObject({code: 3, text: expect.stringMatching(said)});
});

test('a classpath.txt that names what is gone is named as the reason', async () => {
  await layOut();
  const list = join(folder, 'etc/spark/conf/classpath.txt');
  await writeFile(list, '/gone/hadoop-common.jar\n/gone/hive-exec.jar\n');
  await writeFile(join(home, 'fails'), 'Error: A JNI error has occurred\n');
  const said = `${list} names 2 files that are gone, the first: /gone/hadoop-common.jar`;
  expect(call('start')).toMatchObject({code: 1, text: expect.stringContaining(said)});
  expect(call('status').text).toContain(said);
});

test("log4j: the cluster's lines or plain ones, what keeps checks quiet, then the operator's own", async () => {
  await layOut();
  await writeFile(join(folder, 'etc/build-spark/dist-x.log4j.properties'), 'log4j.logger.mine=DEBUG\n');
  expect(call('start').code).toBe(0);
  const merged = join(folder, 'run/build-spark-dist-x/log4j.properties');
  expect(await readFile(merged, 'utf8')).toMatch(
    /^log4j\.rootCategory=INFO[^]*TThreadPoolServer=FATAL\n[^]*log4j\.logger\.mine=DEBUG\n/m,
  );
  expect(await readFile(join(folder, 'log/build-spark-dist-x/java'), 'utf8')).toContain(
    `-Dlog4j.configuration=file:${merged}`,
  );
});
