// smoke_server of data/node/smoke.sh against programs that only pretend: what it says of good and bad servers, and that
// neither its database nor its folder outlives it.
import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {createExec} from '../../../src/core/exec.ts';
import {parseAnswer, parseLogs, type ServerAnswer} from '../../../src/install/server-answers.ts';
import {readSmokeScript} from '../../../src/install/smoke-node.ts';

vi.setConfig({testTimeout: 60_000}); // Some seconds each: the script starts many small programs.

let folder = '';
const exec = createExec(process.env);

/** A server with databases, as beeline shows it; a test changes one of its answers. */
const good = {
  connected: 'Connected to: Spark SQL (version 1.6.0)',
  rows: '| build_spark_rows=1  |',
  plan: '| == Physical Plan ==  |',
  drop: 'rm -f "$state/$3"',
  theirs: 'Error: Table not found: build_spark_mine',
};

function renderBeeline({connected, rows, plan, drop, theirs}: typeof good): string {
  return `state=${folder}/databases log=${folder}/log/spark-hive-HiveThriftServer2-1-node1.out
echo "$@" >>${folder}/asked
echo '${connected}'
mine=''
while (($# > 0)); do
  [[ $1 == -e ]] || { shift; continue; }
  statement=$2
  shift 2
  case $statement in
    'create database '*) touch "$state/\${statement#create database }" ;;
    'show databases') echo '| default  |'; for each in "$state"/*; do echo "| \${each##*/}  |"; done ;;
    'drop database '*) set -- "$@"; words=($statement); drop() { ${drop}; }; drop - - "\${words[4]}" ;;
    'describe extended '*) echo 'Table(location:hdfs://node1:8020/warehouse/x, inputFormat:y)' ;;
    explain*) echo '${plan}' ;;
    'set spark.app.id') echo '| spark.app.id | <undefined> |' ;;
    *build_spark_nothing*) echo "Error: cannot resolve 'build_spark_nothing'"; exit 2 ;;
    'cache table'*) mine=yes ;;
    *build_spark_mine=*) if [[ -n $mine ]]; then echo '| build_spark_mine=1 |'; else echo '${theirs}'; fi ;;
    *build_spark_view=*) echo '| build_spark_view=x |' ;;
    *build_spark_window=*) echo '| build_spark_window=1 |' ;;
    *build_spark_session=one*) echo '| build_spark_session=one1 |' ;;
    *build_spark_session=two*) echo '| build_spark_session=two1 |' ;;
    *reflect*)
      echo 'INFO TaskSetManager: Starting task 0.0' >>"$log"
      trap 'echo "INFO DAGScheduler: Asked to cancel job group 1" >>"$log"; exit' INT
      while :; do sleep 0.1; done ;;
    *build_spark_rows=*)
      echo "SparkExecuteStatementOperation: Running query '$statement'" >>"$log"
      echo 'INFO DAGScheduler: Job 1 finished: run' >>"$log"
      echo '${rows}' ;;
  esac
done`;
}

async function program(path: string, text: string): Promise<string> {
  await mkdir(join(folder, path, '..'), {recursive: true});
  await writeFile(join(folder, path), `#!/usr/bin/env bash\n${text}\n`, {mode: 0o755});
  return join(folder, path);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'build-spark-smoke-script-'));
  for (const each of ['databases', 'log', 'tmp', 'home']) await mkdir(join(folder, each));
  await writeFile(join(folder, 'home/RELEASE'), 'Spark 1.6.0-cdh5.7.0 built for Hadoop 2.6.0\n');
  await writeFile(join(folder, 'log/spark-hive-HiveThriftServer2-1-node1.out'), 'starting\n');
});
afterEach(() => rm(folder, {recursive: true}));

async function ask(
  server: Partial<typeof good> = {},
  {database = '', suffix = '', url = 'jdbc:hive2://node1:10015', keytab = ''} = {},
): Promise<{exitCode: number; answers: ServerAnswer[]; said: string; stdout: string}> {
  await program('home/bin/beeline', renderBeeline({...good, ...server}));
  const sql = await program('home/bin/spark-sql', 'echo build_spark_shared=1; echo build_spark_rows=1');
  const words = [
    join(folder, 'home'),
    join(folder, 'log'),
    url,
    'hive',
    database,
    keytab,
    'hive/node1@REALM',
  ];
  await program('bin/kinit', 'exit 0');
  const env = {TMPDIR: join(folder, 'tmp'), PATH: `${join(folder, 'bin')}:${process.env.PATH ?? ''}`};
  const {exitCode, stdout} = await exec(
    ['bash', '-c', `bash --norc -s -- "$@" ${suffix}`, 'bash', ...words, sql],
    {input: await readSmokeScript(), env, allow: 'any', timeoutMs: 50_000},
  );
  const answers = stdout.split('\n').flatMap((line) => parseAnswer(line) ?? []);
  return {exitCode, answers, said: answers.map(({name, status}) => `${name} ${status}`).join(', '), stdout};
}

/** What is still there: databases, and folders of its own. */
async function left(): Promise<readonly string[]> {
  return [...(await readdir(join(folder, 'databases'))), ...(await readdir(join(folder, 'tmp')))];
}

test('a good server: each question, its answer, and nothing left', async () => {
  const {exitCode, answers, said} = await ask();
  expect(said).toBe(
    'connect ok, database ok, table ok, engine ok, view ok, error ok, sessions ok, temporary ok, cancel ok, spark-sql ok, clean ok',
  );
  expect(exitCode).toBe(0);
  const messages = Object.fromEntries(answers.map(({name, message}) => [name, message]));
  expect(messages).toMatchObject({
    table: '1 row written and counted, in hdfs://node1:8020/warehouse/x',
    engine: expect.stringContaining("1 Spark job(s) in the server's log"),
    cancel: 'Ctrl-C in beeline ends the job',
  });
  expect(await left()).toEqual([]);
});

test('every table is named with its database, for servers that take no notice of the one in the address', async () => {
  await ask();
  const asked = await readFile(join(folder, 'asked'), 'utf8');
  const names = [...asked.matchAll(/([\w.]*)\bbuild_spark_(?:smoke|view|sql)\b(?!=)/g)].map(
    ([, before]) => before,
  );
  expect(names.length).toBeGreaterThan(8);
  expect(new Set(names.filter((before) => !/^build_spark_smoke_\d+_\d+\.$/.test(before ?? '')))).toEqual(
    new Set(),
  );
});

test('what is cached for the temporary table is taken out again: it would keep executors from resting', async () => {
  await ask();
  expect(await readFile(join(folder, 'asked'), 'utf8')).toMatch(
    /cache table build_spark_mine.*uncache table build_spark_mine/,
  );
});

test.each([
  ['another server', {connected: 'Connected to: Apache Hive'}, 'connect failed', /not Spark/],
  ['a wrong count', {rows: '| build_spark_rows=2 |'}, 'table failed, clean ok', /counts '2' rows/],
  ['a plan of another engine', {plan: '| STAGE PLANS: |'}, 'engine failed', /Hive may have answered/],
  [
    'temporary tables for all',
    {theirs: 'build_spark_mine=1'},
    'temporary failed',
    /temporary table of another/,
  ],
] as const)('%s: said, and nothing left', async (_name, server, expected, message) => {
  const {exitCode, answers, said} = await ask(server);
  expect(exitCode).not.toBe(0);
  expect(said).toContain(expected);
  expect(answers.find(({status}) => status === 'failed')?.message).toMatch(message);
  expect(await left()).toEqual([]);
});

test('a failed question does not keep the others from being asked, and comes with the end of its log', async () => {
  const {said, stdout} = await ask({plan: '| STAGE PLANS: |'});
  expect(said).toMatch(/engine failed, view ok.*spark-sql ok, clean ok/);
  expect(parseLogs(stdout).engine?.join('\n')).toContain('STAGE PLANS');
});

test('a database that cannot be dropped is named, with what to type', async () => {
  const {exitCode, answers} = await ask({drop: 'true'});
  const [database] = await readdir(join(folder, 'databases'));
  expect(exitCode).not.toBe(0);
  expect(answers.at(-1)).toMatchObject({
    name: 'clean',
    status: 'failed',
    message: expect.stringContaining(`drop it: drop database if exists ${database ?? ''} cascade`),
  });
});

test('in a database that is there, only its own tables are dropped', async () => {
  const {said} = await ask({}, {database: 'scratch'});
  expect(said).toMatch(/^connect ok, table ok.*clean ok$/);
  const asked = await readFile(join(folder, 'asked'), 'utf8');
  expect(asked).not.toMatch(/(?:create|drop) database/);
  const made = /create table (scratch\.smoke_\d+_\d+_build_spark_smoke)/.exec(asked)?.[1];
  expect(asked).toContain(`drop table if exists ${made ?? 'no table'}`);
  // Whoever else asks there has tables of these names.
  expect(asked).not.toMatch(/drop (?:table|view) if exists scratch\.build_spark/);
});

test('when nobody reads any more, as after a cut connection, it takes back what it made', async () => {
  await ask({}, {suffix: '| head -n 2'});
  expect(await left()).toEqual([]);
});

test('with keys for the cluster: a ticket says who asks where clients need one, and elsewhere a user does', async () => {
  const asked = async (url: string): Promise<string> => {
    const {said} = await ask({connected: 'Connected to: Apache Hive'}, {url, keytab: '/keytab'});
    expect(said).toBe('login ok, connect failed');
    return readFile(join(folder, 'asked'), 'utf8');
  };
  expect(await asked('jdbc:hive2://node1:10015')).toContain('-n hive');
  await rm(join(folder, 'asked'));
  expect(await asked('jdbc:hive2://node1:10015/;principal=hive/node1@REALM')).not.toContain('-n hive');
});

test('a log named as something that each object has is a log', () =>
  expect(parseLogs('log\tconstructor\tx\nlog\ttable\ty\nlog\ttable\tz')).toEqual({
    constructor: ['x'],
    table: ['y', 'z'],
  }));
