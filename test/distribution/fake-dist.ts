// Small folders that look like what make-distribution.sh leaves, for the tests of src/distribution/.
import {createWriteStream} from 'node:fs';
import {chmod, mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {expect, onTestFinished} from 'vitest';
import {ZipFile} from 'yazl';
import {manifestName, sumsName, type ManifestFacts} from '../../src/distribution/manifest.ts';
import {classes} from '../support/classes.ts';
import {writeClass, writeClassJar} from '../linking/class-writer.ts';
import type {Verdict} from '../../src/distribution/verify-dist.ts';

export const commit = '09d6fdd7be3a22fbcaebb23dcb4c6ae2312dd28d';
export const assembly = 'lib/spark-assembly-1.6.0-cdh5.7.0-hadoop2.6.0.jar';
export const providedFlags = [
  '-B',
  '-Pyarn',
  '-Phive',
  '-Phive-thriftserver',
  '-Pflume-provided,hadoop-provided',
  '-Phive-provided',
];

/** Names and messages of the failed checks. */
export function failures(verdict: Verdict): string[] {
  expect(verdict.ok).toBe(verdict.checks.every(({ok}) => ok));
  return verdict.checks.filter(({ok}) => !ok).map(({name, message}) => `${name}: ${message}`);
}

export async function makeFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'dist-test-'));
  onTestFinished(() => rm(dir, {recursive: true, force: true}));
  return dir;
}

/** What writeManifest made; it writes over nothing. */
export async function removeOwn(dir: string): Promise<void> {
  for (const name of [manifestName, sumsName]) await rm(join(dir, name));
}

export async function writeTree(dir: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), {recursive: true});
    await writeFile(join(dir, path), text);
    await chmod(join(dir, path), /^s?bin\//.test(path) ? 0o755 : 0o644);
  }
}

export async function writeJar(path: string, names: readonly string[]): Promise<void> {
  await mkdir(dirname(path), {recursive: true});
  const zip = new ZipFile();
  for (const name of names) {
    const content = name.endsWith('.class')
      ? writeClass({name: name.slice(0, -'.class'.length)})
      : Buffer.from(name);
    zip.addBuffer(content, name, {compress: false});
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
}

const thriftserverScripts = {
  'bin/spark-sql': '#!/usr/bin/env bash\n',
  'bin/beeline': '#!/usr/bin/env bash\n',
  'sbin/start-thriftserver.sh': '#!/usr/bin/env bash\n',
  'sbin/stop-thriftserver.sh': '#!/usr/bin/env bash\n',
};
const sparkSql = [classes.thriftserver, classes.sparkSql, classes.metastore];
/** Spark's own helper in a package of Hadoop's: no sign of Hadoop. */
const sparkHelper = 'org/apache/hadoop/mapred/SparkHadoopMapRedUtil$class.class';

/**
 * Layout of 1.6: `provided`, with the Thriftserver, all right.
 * @param uses What one of its classes, org/apache/spark/A, names of others, as `ClassText` has it.
 */
export async function writeLibDist(dir: string, uses: readonly string[] = []): Promise<void> {
  await writeTree(dir, {
    ...thriftserverScripts,
    RELEASE: `Spark 1.6.0-cdh5.7.0 (git revision 09d6fdd) built for Hadoop 2.6.0\nBuild flags: ${providedFlags.join(' ')}\n`,
    'bin/spark-submit': '#!/usr/bin/env bash\n',
    'python/it has\na "name" \\ like this': 'x',
  });
  await writeJar(join(dir, assembly), [...sparkSql, sparkHelper]);
  await writeJar(join(dir, 'lib/spark-examples-1.6.0-cdh5.7.0-hadoop2.6.0.jar'), [classes.hadoopFileSystem]);
  const datanucleus = join(dir, 'lib/datanucleus-core-3.2.10.jar');
  await writeClassJar(datanucleus, [{name: 'org/apache/spark/A', uses}]);
  await chmod(datanucleus, 0o644);
}

/** Layout of 2.2: `bundled`, Thriftserver and SparkR, all right. */
export async function writeJarsDist(dir: string): Promise<void> {
  await writeTree(dir, {
    ...thriftserverScripts,
    'bin/sparkR': '#!/usr/bin/env bash\n',
    'R/lib/SparkR/DESCRIPTION': 'Package: SparkR\n',
    'R/lib/sparkr.zip': 'x',
    RELEASE:
      'Spark 2.2.0 (git revision 09d6fdd7be) built for Hadoop 2.6.5\n' +
      'Build flags: -B -Phive -Phive-thriftserver -Psparkr\n',
  });
  await writeJar(join(dir, 'jars/spark-hive-thriftserver_2.11-2.2.0.jar'), sparkSql);
  await writeJar(join(dir, 'jars/hive-beeline-1.2.1.spark2.jar'), [classes.beeline]);
  await writeJar(join(dir, 'jars/hive-exec-1.2.1.spark2.jar'), [classes.hive]);
  await writeJar(join(dir, 'jars/hadoop-common-2.6.5.jar'), [
    classes.hadoopConfiguration,
    classes.hadoopFileSystem,
  ]);
}

export const libFacts: ManifestFacts = {
  source: 'https://github.com/cloudera/spark',
  tag: 'cdh5.7.0-release',
  commit,
  features: ['thriftserver'],
  deps: 'provided',
  dependencies: 'apache',
  replaced: ['parquet 1.6.0', {property: 'cdh.avro.version', to: '1.7.6'}],
  patches: [{name: 'paho', sha256: 'a'.repeat(64)}],
  arguments: ['--mvn', 'mvn', ...providedFlags],
  toolVersion: '0.1.0',
  release: 'cdh5.7.0',
  projectVersion: '1.6.0-cdh5.7.0',
  forcedUnsupported: false,
  undelete: {
    status: 'edited',
    kept: ['bin/spark-sql', 'bin/beeline', 'sbin/start-thriftserver.sh', 'sbin/stop-thriftserver.sh'],
    removed: ['bin/sparkR'],
  },
  mavenOpts: '-Xmx3g',
  guest: {os: 'Debian 13', jdk: '1.8.0_504', maven: '3.9.9', packages: {git: '1:2.47.3-0+deb13u1'}},
  box: {name: 'debian', recipeHash: 'abc', verified: true},
  machine: {provider: 'lxc', memoryMib: 6144, cpus: 2},
  durations: {'Boot machine': 20_000},
  totalMs: 500_000,
  startedAt: '2026-11-22T20:00:00.000Z',
  finishedAt: '2026-11-22T20:10:00.000Z',
};

export const jarsFacts: ManifestFacts = {
  ...libFacts,
  tag: 'apache-spark-2.2.0',
  release: 'apache-spark-2.2.0',
  projectVersion: '2.2.0',
  features: ['thriftserver', 'sparkr'],
  deps: 'bundled',
  dependencies: 'none',
  replaced: [],
  patches: [],
  arguments: ['--name', 'x y', '--tgz', '-B', '-Phive', '-Phive-thriftserver', '-Psparkr'],
  undelete: {status: 'nothing', kept: []},
};
