// smoke.sh against a dist that only pretends: what it says of good and bad ones, and that nothing stays running.
import {chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {createExec} from '../../src/core/exec.ts';
import {projectRoot} from '../../src/core/paths.ts';

vi.setConfig({testTimeout: 30_000}); // Some seconds each: the script starts many small programs.

const script = join(projectRoot, 'data/guest/smoke.sh');
const serverClass = 'org.apache.spark.sql.hive.thriftserver.HiveThriftServer2';
const exec = createExec(process.env);
let folder = '';

/** What the pretended programs do; a test changes one of them to make a bad dist. */
const good = {
  start: `port=$(sed -n 's:.*thrift.port</name><value>\\([0-9]*\\).*:\\1:p' "$SPARK_CONF_DIR/hive-site.xml")
node -e "require('net').createServer().listen($port, '127.0.0.1')" >/dev/null 2>&1 &
echo $! >"$SPARK_PID_DIR/spark-smoke-${serverClass}-1.pid"
echo $! >"$SPARK_LOG_DIR/../pid"
echo starting >"$SPARK_LOG_DIR/spark-smoke-${serverClass}-1-host.out"`,
  beeline: `log=$(echo "$SPARK_LOG_DIR"/spark-smoke-*.out)
echo 'Connected to: Spark SQL (version 1.6.0)' >&2
case "$*" in
  *spark.app.id*) echo '| spark.app.id  | local-123 |'; exit ;;
  *build_spark_nothing*) echo "Error: cannot resolve 'build_spark_nothing'"; exit 2 ;;
  *build_spark_view*) echo '| build_spark_view=x |'; echo '| build_spark_window=1 |'; exit ;;
  *build_spark_session=one*) echo '| build_spark_session=one1 |'; exit ;;
  *build_spark_session=two*) echo '| build_spark_session=two1 |'; exit ;;
  *reflect*)
    echo 'INFO Executor: Running task 0.0' >>"$log"
    trap 'echo "INFO DAGScheduler: Asked to cancel job group 1" >>"$log"; exit' INT
    while :; do sleep 0.1; done ;;
esac
echo "26/11/22 INFO SparkExecuteStatementOperation: Running query 'select concat('build_spark_rows=', ...'" >>"$log"
echo '26/11/22 INFO DAGScheduler: Job 1 finished: run, took 0.1 s' >>"$log"
echo '| build_spark_rows=1  |'`,
  sql: `echo build_spark_rows=1; echo build_spark_shared=1`,
  release: '',
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smoke-'));
});
afterEach(() => rm(folder, {recursive: true}));

async function smoke(
  programs: Partial<typeof good> = {},
  ...options: readonly string[]
): Promise<{exitCode: number; answer: unknown; lines: readonly string[]}> {
  const {start, beeline, sql, release} = {...good, ...programs};
  for (const [path, text] of [
    ['sbin/start-thriftserver.sh', start],
    ['bin/beeline', beeline],
    ['bin/spark-sql', sql],
  ] as const) {
    await mkdir(join(folder, 'dist', path, '..'), {recursive: true});
    await writeFile(join(folder, 'dist', path), `#!/usr/bin/env bash\n${text}\n`);
    await chmod(join(folder, 'dist', path), 0o755);
  }
  await writeFile(join(folder, 'dist/RELEASE'), release);
  const argv = [
    'bash',
    script,
    '--dist',
    join(folder, 'dist'),
    '--logs',
    join(folder, 'logs'),
    ...options,
  ] as const;
  const {exitCode, stdout} = await exec(argv, {allow: 'any', timeoutMs: 60_000});
  const lines = stdout.trimEnd().split('\n');
  return {exitCode, answer: JSON.parse(lines.at(-1) ?? ''), lines};
}

async function isServerRunning(): Promise<boolean> {
  const pid = await readFile(join(folder, 'pid'), 'utf8');
  const state = await readFile(`/proc/${pid.trim()}/stat`, 'utf8').catch(() => '');
  return state !== '' && !state.includes(') Z ');
}

test('a good dist: what was asked, what it answered, and why Spark it was', async () => {
  const {exitCode, answer} = await smoke();
  expect(answer).toMatchObject({
    ok: true,
    connectedTo: 'Spark SQL (version 1.6.0)',
    count: 1,
    sparkSqlCount: 1,
    sparkRan: {
      jobs: 1,
      appId: 'local-123',
      evidence: expect.stringContaining('SparkExecuteStatementOperation'),
    },
    startMs: expect.any(Number),
  });
  expect(exitCode).toBe(0);
  expect(await isServerRunning()).toBe(false);
  expect(await readdir(join(folder, 'logs'))).toEqual(
    expect.arrayContaining(['beeline.log', 'spark-sql.out']),
  );
});

test('that of Spark 1.1, where another class says that a job has finished', async () => {
  const beeline = good.beeline.replace(
    'DAGScheduler: Job 1 finished: run',
    'SparkContext: Job finished: run',
  );
  expect(await smoke({beeline})).toMatchObject({exitCode: 0, answer: {ok: true, sparkRan: {jobs: 1}}});
});

test('whether a statement is cancelled is told, and no more', async () => {
  const {answer} = await smoke({
    release: 'Spark 2.4.0.cloudera2 (git revision d87dd9b) built for Hadoop 2.6.0',
  });
  expect(answer).toMatchObject({ok: true, cancelled: true});
});

test('another client asks while the server runs, and is told when its statement does', async () => {
  const file = join(folder, 'driver');
  const log = `"$SPARK_LOG_DIR"/spark-smoke-*.out`;
  // Beside the server, and in place of the host: asks once it was told the port, cancels once it was told that it runs.
  const client = (
    said: string,
    cancel = `seq -f 'INFO TaskSchedulerImpl: Cancelling stage %g' 20000 >>${log}`,
  ): string => `${good.start}
(for ((i = 0; i < 300; i++)); do grep -q 'app-id' <<<"$(ls "$SPARK_LOG_DIR")" && [[ -e "$SPARK_LOG_DIR"/cancelled.log ]] && break; sleep 0.1; done
sleep 1; echo "INFO Running query 'build_spark_sleep'" >>${log}; echo 'INFO Executor: Running task 0.0' >>${log}
sleep 1; ${cancel}; echo "${said}" >${file}) >/dev/null 2>&1 &`;
  const release = 'Spark 1.6.0 built for Hadoop 2.6.0';
  const {answer, lines} = await smoke({release, start: client('ok')}, '--driver', file);
  expect(answer).toMatchObject({ok: true, driver: {ok: true, cancelled: true, ms: expect.any(Number)}});
  expect(lines.filter((line) => line.includes('hive-driver'))).toEqual([
    expect.stringMatching(/^smoke: hive-driver: port=\d+ questions=error,view,window,cancel$/),
    'smoke: hive-driver: its statement runs',
  ]);
  await rm(file);
  const closed = `echo 'INFO Asked to cancel job group 2' >>${log}`; // Which Spark 2 says of any statement.
  const {answer: idle} = await smoke({release, start: client('ok', closed)}, '--driver', file);
  expect(idle).toMatchObject({ok: true, driver: {cancelled: false}});
  await rm(file);
  const {exitCode, answer: bad} = await smoke({release, start: client("it answers '2'")}, '--driver', file);
  expect(bad).toEqual({ok: false, reason: "through hive-driver: it answers '2'"});
  expect(exitCode).toBe(1);
  expect(await isServerRunning()).toBe(false);
});

test.each([
  [
    'Hive answered itself',
    {beeline: good.beeline.replaceAll('SparkExecuteStatementOperation', 'SQLOperation')},
    /Hive may have answered/,
  ],
  ['no job ran', {beeline: good.beeline.replaceAll('finished', 'started')}, /no Spark job after the count/],
  [
    'a count that is wrong',
    {beeline: good.beeline.replaceAll('rows=1 ', 'rows=2 ')},
    /counts '2' rows where 1/,
  ],
  [
    'beeline fails',
    {beeline: 'echo "Error: no \\"table\\" \\\\ here"; exit 2'},
    /beeline failed: Error: no "table" \\ here/,
  ],
  [
    'another server',
    {beeline: good.beeline.replace('Spark SQL', 'Apache Hive')},
    /connected to 'Apache Hive.*not Spark/,
  ],
  [
    'a view that is empty',
    {release: 'Spark 1.2.0 built', beeline: good.beeline.replace('build_spark_view=x', '')},
    /a view answers '' where 'x'/,
  ],
  [
    'a window function that is wrong',
    {release: 'Spark 1.6.0 built', beeline: good.beeline.replace('window=1', 'window=2')},
    /a window function answers '2'/,
  ],
  [
    'an error that does not come back',
    {beeline: good.beeline.replace("cannot resolve 'build_spark_nothing'", 'no more')},
    /no error that names it/,
  ],
  [
    'a session that answers for another',
    {beeline: good.beeline.replace('session=two1', 'session=one1')},
    /session two answers 'one1'/,
  ],
  [
    'another metastore for spark-sql',
    {release: 'Spark 2.4.0 built', sql: 'echo build_spark_rows=1'},
    /does not see the row/,
  ],
  ['spark-sql sees no rows', {sql: 'echo build_spark_rows=0'}, /spark-sql counts '0'/],
  [
    'spark-sql fails',
    {sql: 'echo "Exception in thread main: x" >&2; exit 1'},
    /spark-sql failed: Exception in thread main: x/,
  ],
])('%s: no, with the reason, and the server is stopped', async (_, programs, reason) => {
  const {exitCode, answer} = await smoke(programs);
  expect(answer).toMatchObject({ok: false, reason: expect.stringMatching(reason)});
  expect(exitCode).toBe(1);
  expect(await isServerRunning()).toBe(false);
});

test.each([
  ['Exception in thread "main" java.lang.Boom', 'Exception in thread "main" java.lang.Boom'],
  [
    'Caused by: java.lang.Wrapper\\n\\tat a.B\\nException in thread "main" java.lang.Boom\\nCaused by: java.lang.Wrapper\\nCaused by: java.lang.Bad: 3.0.0',
    'Caused by: java.lang.Bad: 3.0.0',
  ],
])('a server that ends while starting is quoted: %s', async (log, why) => {
  const start = `sleep 0 & echo $! >"$SPARK_PID_DIR/spark-smoke-${serverClass}-1.pid"; wait
printf 'INFO no Error here\\n${log}\\n' >"$SPARK_LOG_DIR/spark-smoke-${serverClass}-1-host.out"`;
  const {exitCode, answer} = await smoke({start});
  expect(answer).toEqual({ok: false, reason: `the Thriftserver ended while starting: ${why}`});
  expect(exitCode).toBe(1);
});

test('one that ends without a word of an error is quoted with its last line', async () => {
  const start = `sleep 0 & echo $! >"$SPARK_PID_DIR/spark-smoke-${serverClass}-1.pid"; wait
printf 'Failed to find client configuration.\n\n' >"$SPARK_LOG_DIR/spark-smoke-${serverClass}-1-host.out"`;
  const {answer} = await smoke({start});
  expect(answer).toMatchObject({
    reason: expect.stringMatching(/starting: Failed to find client configuration\.$/) as string,
  });
});

test('a port that is taken is not asked', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  const {exitCode, answer} = await smoke({}, '--port', String(port));
  server.close();
  expect(answer).toEqual({ok: false, reason: `port ${port} is taken`});
  expect(exitCode).toBe(1);
});

test('a dist without a Thriftserver', async () => {
  await mkdir(join(folder, 'empty'));
  const {exitCode, answer} = await smoke({}, '--dist', join(folder, 'empty'));
  expect(answer).toEqual({ok: false, reason: 'the dist has no sbin/start-thriftserver.sh'});
  expect(exitCode).toBe(1);
});
