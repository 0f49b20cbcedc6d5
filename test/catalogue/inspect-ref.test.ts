import {describe, expect, test} from 'vitest';
import {inspectRef} from '../../src/catalogue/inspect-ref.ts';
import {UsageError} from '../../src/core/errors.ts';

const ref = {tag: 'x', commit: 'c'.repeat(40)};
const inspect = (files: Readonly<Record<string, string>>) =>
  inspectRef((path) => Promise.resolve(Object.hasOwn(files, path) ? files[path] : undefined), ref);

const without = (files: Readonly<Record<string, string>>, path: string): Record<string, string> =>
  Object.fromEntries(Object.entries(files).filter(([name]) => name !== path));

const module = 'sql/hive-thriftserver';
const manager = `${module}/src/main/scala/org/apache/spark/sql/hive/thriftserver/server/SparkSQLOperationManager.scala`;
const columnValue = `${module}/src/main/java/org/apache/hive/service/cli/ColumnValue.java`;

function source(options: {parent?: string; version?: string; scala?: string} = {}): Record<string, string> {
  const parent =
    options.parent === undefined
      ? '<parent><groupId>org.apache</groupId><artifactId>apache</artifactId><version>14</version></parent>'
      : `<parent><groupId>com.cloudera.cdh</groupId><artifactId>cdh-root</artifactId><version>${options.parent}</version></parent>`;
  const platform =
    options.parent === undefined
      ? '<hadoop.version>2.6.5</hadoop.version><hive.version>1.2.1.spark2</hive.version>'
      : '<hadoop.version>${cdh.hadoop.version}</hadoop.version><hive.version>${cdh.hive.version}</hive.version>';
  return {
    'pom.xml': `<?xml version="1.0"?><!-- a comment --><project>${parent}
      <artifactId>spark-parent_2.10</artifactId><version>${options.version ?? '1.6.0'}</version>
      <modules><module>core</module><!-- <module>old</module> --><module>assembly</module></modules>
      <properties><java.version>1.7</java.version><maven.version>3.3.3</maven.version>${platform}
        <scala.version>${options.scala ?? '2.10.5'}</scala.version><scala.binary.version>2.10</scala.binary.version></properties>
      <build><pluginManagement><plugins><plugin><executions><execution><configuration><rules>
        <requireMavenVersion><version>\${maven.version}</version></requireMavenVersion>
      </rules></configuration></execution></executions></plugin></plugins></pluginManagement></build>
      <profiles><profile><id>hive-thriftserver</id><modules><module>${module}</module></modules></profile>
        <profile><id>hadoop-provided</id></profile><profile><id>sparkr</id></profile></profiles></project>`,
    'core/pom.xml': `<project><artifactId>spark-core_2.10</artifactId><dependencies>
      <dependency><groupId>org.apache.spark</groupId><artifactId>spark-tags_\${scala.binary.version}</artifactId><type>test-jar</type></dependency>
      <dependency><groupId>org.apache.hbase</groupId><artifactId>hbase</artifactId><type>test-jar</type></dependency></dependencies></project>`,
    'assembly/pom.xml': `<project><artifactId>spark-assembly_2.10</artifactId><profiles><profile><id>hive</id></profile>
      <profile><id>hive-provided</id></profile></profiles></project>`,
    [`${module}/pom.xml`]: `<project><artifactId>spark-hive-thriftserver_2.10</artifactId><dependencies>
      <dependency><groupId>\${project.groupId}</groupId><artifactId>spark-sql_2.10</artifactId><type>test-jar</type></dependency></dependencies></project>`,
    'R/install-dev.sh': '#!/bin/bash\n',
    'bin/sparkR': '#!/bin/bash\n',
    'make-distribution.sh':
      'case $1 in\n  --mvn)\n    ;;\n  --skip-java-test)\n    ;;\nesac\nexport MAVEN_OPTS="${MAVEN_OPTS:--Xmx2g}"\nmkdir -p "$DISTDIR/lib"\n',
  };
}

describe('inspectRef', () => {
  test('reads the facts of a source with a parent of its own', async () => {
    expect(await inspect(source())).toEqual({
      ...ref,
      sparkVersion: '1.6.0',
      projectVersion: '1.6.0',
      parent: {groupId: 'org.apache', artifactId: 'apache', version: '14'},
      hadoopVersion: '2.6.5',
      hiveVersion: '1.2.1.spark2',
      javaVersion: '1.7',
      scalaVersion: '2.10.5',
      scalaBinary: '2.10',
      mavenMinimum: '3.3.3',
      script: 'make-distribution.sh',
      scriptOptions: {mvn: true, skipJavaTest: true},
      buildTool: 'maven',
      removal: {status: 'absent'},
      profiles: ['hive-thriftserver', 'hadoop-provided', 'sparkr', 'hive', 'hive-provided'],
      providedProfiles: ['hadoop-provided', 'hive-provided'],
      hasHiveProfile: true,
      thriftserver: {status: 'yes'},
      sparkr: {status: 'yes'},
    });
  });

  test.each([
    ['5.0.0-beta-2', '2.2.0', '0.12.0'],
    ['5.1.5', '2.3.0', '0.12.0'],
    ['5.3.0', '2.5.0', '0.13.1'],
    ['5.16.2', '2.6.0', '1.1.0'],
    ['6.3.3', '3.0.0', '2.1.1'],
  ])("Cloudera's parent %s gives Hadoop %s and Hive %s", async (parent, hadoop, hive) => {
    const facts = await inspect(source({parent, version: `1.6.0-cdh${parent}`}));
    expect(facts).toMatchObject({
      cdhVersion: parent,
      hadoopVersion: `${hadoop}-cdh${parent}`,
      hiveVersion: `${hive}-cdh${parent}`,
    });
  });

  test('what only the parent knows is left out', async () => {
    const facts = await inspect(source({parent: '6.3.3', scala: '${cdh.scala.version}'}));
    expect(JSON.parse(JSON.stringify(facts))).not.toHaveProperty('scalaVersion');
  });

  test('the layout of Spark 2: its script lies in dev', async () => {
    const files = without(source(), 'make-distribution.sh');
    const text = 'mkdir -p "$DISTDIR"/jars\n';
    expect(await inspect({...files, 'dev/make-distribution.sh': text})).toMatchObject({
      script: 'dev/make-distribution.sh',
      scriptOptions: {mvn: false, skipJavaTest: false},
    });
  });

  test('profiles whose modules the assembly wants in any case', async () => {
    const files = source();
    files['pom.xml'] = files['pom.xml']!.replace(
      '<profiles>',
      `<profiles><profile><id>flume</id><modules><module>external/flume</module></modules></profile>
       <profile><id>yarn</id><modules><module>yarn</module></modules></profile>`,
    );
    files['external/flume/pom.xml'] =
      '<project><artifactId>spark-streaming-flume_2.10</artifactId></project>';
    files['yarn/pom.xml'] = '<project><artifactId>spark-yarn_2.10</artifactId></project>';
    files['assembly/pom.xml'] = files['assembly/pom.xml']!.replace(
      '<profiles>',
      '<dependencies><dependency><artifactId>spark-streaming-flume_${scala.binary.version}</artifactId></dependency></dependencies>$&',
    );
    expect((await inspect(files)).neededProfiles).toEqual(['flume']);
    expect(await inspect(source())).not.toHaveProperty('neededProfiles');
  });

  test('profiles whose modules the script copies in any case', async () => {
    const files = source();
    files['pom.xml'] = files['pom.xml']!.replace(
      '<profiles>',
      `<profiles><profile><id>kafka-0-8</id><modules><module>external/kafka-0-8-assembly</module></modules></profile>
       <profile><id>kinesis</id><modules><module>external/kinesis</module></modules></profile>`,
    );
    files['make-distribution.sh'] =
      `${files['make-distribution.sh'] ?? ''}\n` +
      'cp "$SPARK_HOME"/external/kafka-0-8-assembly/target/x "$DISTDIR"\nif a; then\n  cp external/kinesis/target/x y\nfi\n';
    expect((await inspect(files)).neededProfiles).toEqual(['kafka-0-8']);
  });

  test('the block, with its line', async () => {
    const text =
      'echo\n\n# CDH: remove scripts like these\nrm "$DISTDIR/bin/beeline"\nrm $DISTDIR/bin/*.cmd\n\necho\n';
    expect(await inspect({...source(), 'make-distribution.sh': text})).toMatchObject({
      removal: {status: 'present', line: 3, scripts: ['bin/beeline', 'bin/*.cmd']},
    });
  });

  test.each([
    ['pom.xml', (files: Record<string, string>) => delete files['pom.xml'], /has no pom\.xml/],
    [
      'both scripts',
      (files: Record<string, string>) => delete files['make-distribution.sh'],
      /neither make-distribution\.sh nor dev/,
    ],
    [
      "a pom of Spark's",
      (files: Record<string, string>) => (files['pom.xml'] = '<project><artifactId>x</artifactId></project>'),
      /that of x/,
    ],
    [
      'a whole pom',
      (files: Record<string, string>) => (files['pom.xml'] = files['pom.xml']!.slice(0, 300)),
      /is incomplete/,
    ],
    ['a pom at all', (files: Record<string, string>) => (files['pom.xml'] = 'hello'), /not a Maven pom/],
    [
      'a version',
      (files: Record<string, string>) => (files['pom.xml'] = files['pom.xml']!.replace('1.6.0', 'main')),
      /version/,
    ],
  ])('a ref without %s is no source, and says so', async (_, change, message) => {
    const files = source();
    change(files);
    await expect(inspect(files)).rejects.toThrow(UsageError);
    await expect(inspect(files)).rejects.toThrow(message);
  });
});

describe('what a ref can give is read from the ref', () => {
  test('no Thriftserver without its module, or with a module that nothing names', async () => {
    const bare = without(source(), `${module}/pom.xml`);
    expect((await inspect(bare)).thriftserver).toMatchObject({
      status: 'no',
      reason: expect.stringContaining('no module'),
    });
    const files = source();
    files['pom.xml'] = files['pom.xml']!.replace(/<profile><id>hive-thriftserver.*?<\/profile>/, '');
    expect((await inspect(files)).thriftserver).toMatchObject({
      status: 'no',
      reason: expect.stringContaining('no profile'),
    });
  });

  test.each([
    ['5.9.3', '1.6.0', manager, 'override def newExecuteStatementOperation(a)', 'yes'],
    ['5.10.0', '1.6.0', manager, 'def newExecuteStatementOperation(a, queryTimeout: Long)', 'yes'],
    ['5.13.3', '2.4.0', columnValue, 'import org.apache.hadoop.hive.common.type.HiveIntervalDayTime;', 'no'],
    ['5.13.3', '2.4.0', columnValue, 'class ColumnValue', 'yes'],
  ])('CDH %s, Spark %s, %#: %s', async (parent, version, path, text, status) => {
    const files = {...source({parent, version}), [path]: text};
    expect((await inspect(files)).thriftserver.status).toBe(status);
  });

  describe('a Thriftserver that does not fit the Hive of CDH 5.10 and later', () => {
    const operation = `${module}/src/main/scala/org/apache/spark/sql/hive/thriftserver/SparkExecuteStatementOperation.scala`;
    const files = {
      ...source({parent: '5.10.0', version: '1.6.0-cdh5.10.0'}),
      [manager]:
        'class M\n  extends OperationManager with Logging {\n  val all = R\n    .getSuperField[Map[A, B]](this, "handleToOperation")\n}',
      [operation]: 'class O(a: A)\n  extends ExecuteStatementOperation(a) with Logging {}',
    };

    test('is one that our patch makes fit', async () => {
      expect((await inspect(files)).thriftserver).toEqual({
        status: 'patched',
        reason: expect.stringContaining('queryTimeout') as string,
        patch: 'hive-cdh5.10',
      });
    });

    test.each([
      ['changed', {...files, [operation]: 'class O extends Other'}],
      ['moved', without(files, operation)],
      ['changed once more', {...files, [manager]: `${files[manager]}\nclass N extends OperationManager`}],
    ])('is none when what the patch looks for was %s', async (_, changed) => {
      expect((await inspect(changed)).thriftserver).toEqual({
        status: 'no',
        reason: expect.stringMatching(/queryTimeout.*does not fit this source/) as string,
      });
    });
  });

  test("the same source with another parent than Cloudera's can be built", async () => {
    const files = {...source({version: '1.6.0-cdh5.16.2'}), [manager]: 'override def x(a)'};
    expect(await inspect(files)).toMatchObject({cdhVersion: '5.16.2', thriftserver: {status: 'yes'}});
    const spark2 = {
      ...source({version: '2.2.0'}),
      [columnValue]: 'import org.apache.hadoop.hive.common.type.HiveIntervalDayTime;',
    };
    expect((await inspect(spark2)).thriftserver).toEqual({status: 'yes'});
  });

  test.each(['R/install-dev.sh', 'bin/sparkR'])('no SparkR without %s', async (path) => {
    const files = without(source(), path);
    expect((await inspect(files)).sparkr).toMatchObject({
      status: 'no',
      reason: expect.stringContaining(path),
    });
  });
});
