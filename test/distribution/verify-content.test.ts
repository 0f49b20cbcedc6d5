import {chmod, readFile, rm, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {classes} from '../support/classes.ts';
import {writeManifest, type ManifestFacts} from '../../src/distribution/manifest.ts';
import {verifyDist} from '../../src/distribution/verify-dist.ts';
import {
  assembly,
  failures,
  jarsFacts,
  libFacts,
  makeFolder,
  providedFlags,
  writeJar,
  writeJarsDist,
  writeLibDist,
  writeTree,
} from './fake-dist.ts';

/** Changes the dist before its manifest is written, so that only the content is wrong. */
async function failuresOf(
  write: (dir: string) => Promise<void>,
  facts: ManifestFacts,
  change: (dir: string) => Promise<unknown>,
): Promise<string[]> {
  const dir = await makeFolder();
  await write(dir);
  await change(dir);
  await writeManifest(dir, facts);
  return failures(await verifyDist(dir));
}

const nothing = (): Promise<void> => Promise.resolve();
const bundled: ManifestFacts = {...libFacts, deps: 'bundled', arguments: ['-Phive', '-Phive-thriftserver']};
const jars: ManifestFacts = {...jarsFacts, arguments: ['-B', '-Phive', '-Phive-thriftserver', '-Psparkr']};
const hadoopOnly: ManifestFacts = {
  ...libFacts,
  arguments: ['-Phive', '-Phive-thriftserver', '-Phadoop-provided'],
};
const hadoopOnlyRelease =
  'Spark 1.6.0-cdh5.7.0 (git revision 09d6fdd) built for Hadoop 2.6.0\nBuild flags: -Phive -Phive-thriftserver -Phadoop-provided\n';
const release = (text: string) => (dir: string) => writeFile(join(dir, 'RELEASE'), text);
const flags = `Build flags: ${providedFlags.join(' ')}\n`;

describe('content of 1.6', () => {
  test.each<[string, ManifestFacts, (dir: string) => Promise<unknown>, readonly RegExp[]]>([
    [
      'a script that is missing',
      libFacts,
      (dir) => rm(join(dir, 'bin/beeline')),
      [/^scripts: bin\/beeline is missing, which thriftserver needs$/],
    ],
    [
      'a script that is not executable',
      libFacts,
      (dir) => chmod(join(dir, 'sbin/stop-thriftserver.sh'), 0o644),
      [/^scripts: sbin\/stop-thriftserver\.sh is not executable/],
    ],
    [
      'a launcher without its code',
      libFacts,
      (dir) => writeTree(dir, {'bin/sparkR': ''}),
      [/^scripts: bin\/sparkR is there, although/],
    ],
    [
      'the same, for a manifest without the list',
      {...libFacts, undelete: {status: 'edited', kept: libFacts.undelete.kept}},
      (dir) => writeTree(dir, {'bin/sparkR': ''}),
      [/^scripts: bin\/sparkR is there, although/],
    ],
    [
      'but not where the tag removes nothing',
      {...libFacts, undelete: {status: 'nothing', kept: []}},
      (dir) => writeTree(dir, {'bin/sparkR': ''}),
      [],
    ],
    [
      'no server class',
      libFacts,
      (dir) => writeJar(join(dir, assembly), [classes.sparkSql, classes.metastore]),
      [/^thriftserver: .*\.HiveThriftServer2 is in no jar$/],
    ],
    [
      'no spark-sql class',
      libFacts,
      (dir) => writeJar(join(dir, assembly), [classes.thriftserver]),
      [/^thriftserver: .*\.SparkSQLCLIDriver is in no jar$/],
    ],
    [
      'Hadoop in a provided dist',
      libFacts,
      (dir) =>
        writeJar(join(dir, assembly), [classes.thriftserver, classes.sparkSql, classes.hadoopFileSystem]),
      [/^deps: org\.apache\.hadoop\.fs\.FileSystem is in lib\/spark-assembly/],
    ],
    [
      'any class of Hadoop or Hive in it',
      libFacts,
      (dir) =>
        writeJar(join(dir, assembly), [
          classes.thriftserver,
          classes.sparkSql,
          'org/apache/hadoop/hive/ql/Other.class',
        ]),
      [/^deps: 1 classes of Hadoop or Hive are there, such as org\/apache\/hadoop\/hive\/ql\/Other/],
    ],
    [
      'no DataNucleus',
      libFacts,
      (dir) => rm(join(dir, 'lib/datanucleus-core-3.2.10.jar')),
      [/^datanucleus: /],
    ],
    [
      'no assembly',
      libFacts,
      (dir) => rm(join(dir, assembly)),
      [/^jars: there is neither/, /^thriftserver: /],
    ],
    [
      'a truncated assembly',
      libFacts,
      (dir) => truncate(join(dir, assembly), 200),
      [/^jars: lib\/spark-assembly.* is not a complete jar: /, /^thriftserver: /],
    ],
    [
      'a bundled dist without Hadoop, Hive and beeline',
      bundled,
      release(
        'Spark 1.6.0-cdh5.7.0 (git revision 09d6fdd) built for Hadoop 2.6.0\nBuild flags: -Phive -Phive-thriftserver\n',
      ),
      [
        /^beeline: org\.apache\.hive\.beeline\.BeeLine is in no jar$/,
        /^deps: .*Configuration is in no jar, although the dist is bundled; .*FileSystem/,
      ],
    ],
    ["no beeline where Hadoop's profile leaves Hive out too", hadoopOnly, release(hadoopOnlyRelease), []],
    [
      'Hive without its beeline',
      hadoopOnly,
      async (dir) => {
        await release(hadoopOnlyRelease)(dir);
        await writeJar(join(dir, assembly), [
          classes.thriftserver,
          classes.sparkSql,
          classes.metastore,
          classes.hive,
        ]);
      },
      [/^beeline: .*BeeLine is in no jar$/],
    ],
    [
      'another version in RELEASE',
      libFacts,
      release(`Spark 1.5.0-cdh5.5.2 (git revision 09d6fdd) built for Hadoop 2.6.0\n${flags}`),
      [/^release: RELEASE names version 1\.5\.0-cdh5\.5\.2, not 1\.6\.0-cdh5\.7\.0$/],
    ],
    [
      'another revision',
      libFacts,
      release(`Spark 1.6.0-cdh5.7.0 (git revision abcdef0) built for Hadoop 2.6.0\n${flags}`),
      [/^release: RELEASE names git revision abcdef0, not 09d6/],
    ],
    [
      'no revision',
      libFacts,
      release(`Spark 1.6.0-cdh5.7.0 built for Hadoop 2.6.0\n${flags}`),
      [/^release: RELEASE has no git revision$/],
    ],
    [
      'no flags',
      libFacts,
      release('Spark 1.6.0-cdh5.7.0 (git revision 09d6fdd) built for Hadoop 2.6.0\n'),
      [/^release: RELEASE has no build flags$/],
    ],
    [
      'other flags',
      libFacts,
      release('Spark 1.6.0-cdh5.7.0 (git revision 09d6fdd) built for Hadoop 2.6.0\nBuild flags: -Pyarn\n'),
      [/^release: RELEASE names the build flags "-Pyarn", not "-B /],
    ],
    [
      "Maven's warning in place of Hadoop's version",
      libFacts,
      release(
        `Spark 1.6.0-cdh5.7.0 (git revision 09d6fdd) built for Hadoop [WARNING] The requested profile "x"\n${flags}`,
      ),
      [/^release: RELEASE names "\[WARNING\].*" as the Hadoop version, which is not one$/],
    ],
    [
      'another Hadoop',
      {...libFacts, hadoopVersion: '2.6.0-cdh5.7.0'},
      nothing,
      [/^release: RELEASE names Hadoop 2\.6\.0, not 2\.6\.0-cdh5\.7\.0$/],
    ],
    ['no RELEASE', libFacts, (dir) => rm(join(dir, 'RELEASE')), [/^release: RELEASE is missing/]],
  ])('%s', async (_name, facts, change, expected) => {
    const found = await failuresOf(writeLibDist, facts, change);
    expected.forEach((pattern, index) => expect(found[index]).toMatch(pattern));
    expect(found).toHaveLength(expected.length);
  });
});

describe('content of 2.2', () => {
  test.each<[string, ManifestFacts, (dir: string) => Promise<unknown>, readonly RegExp[]]>([
    [
      'no SparkR',
      jars,
      (dir) => rm(join(dir, 'R/lib/SparkR'), {recursive: true}),
      [/^sparkr: R\/lib\/SparkR is missing or empty$/],
    ],
    [
      'no sparkr.zip',
      jars,
      (dir) => rm(join(dir, 'R/lib/sparkr.zip')),
      [/^sparkr: R\/lib\/sparkr\.zip is missing/],
    ],
    [
      'no beeline',
      jars,
      (dir) => rm(join(dir, 'jars/hive-beeline-1.2.1.spark2.jar')),
      [/^beeline: .*BeeLine is in no jar$/],
    ],
    [
      "Hadoop's jars in a provided dist",
      {...jars, deps: 'provided'},
      nothing,
      [
        /^deps: .*Configuration is in jars\/hadoop-common-2\.6\.5\.jar.*Hadoop's own jars are there: jars\/hadoop-common-2\.6\.5\.jar$/,
      ],
    ],
    [
      'no jars at all',
      jars,
      (dir) => rm(join(dir, 'jars'), {recursive: true}),
      [/^jars: there is neither/, /^thriftserver: /, /^beeline: /],
    ],
  ])('%s', async (_name, facts, change, expected) => {
    const found = await failuresOf(writeJarsDist, facts, change);
    expected.forEach((pattern, index) => expect(found[index]).toMatch(pattern));
    expect(found).toHaveLength(expected.length);
  });

  test('Spark 1.5 makes no sparkr.zip, and none is asked for', async () => {
    const found = await failuresOf(
      writeJarsDist,
      {...jars, projectVersion: '1.5.0-cdh5.5.2'},
      async (dir) => {
        await rm(join(dir, 'R/lib/sparkr.zip'));
        const text = await readFile(join(dir, 'RELEASE'), 'utf8');
        await writeFile(join(dir, 'RELEASE'), text.replace('2.2.0', '1.5.0-cdh5.5.2'));
      },
    );
    expect(found).toEqual([]);
  });
});
