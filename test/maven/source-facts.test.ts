// What is read from the poms of a source.
import {expect, test} from 'vitest';
import {UsageError} from '../../src/core/errors.ts';
import {parseSourceFacts} from '../../src/maven/source-facts.ts';
import {poms} from './poms.ts';

test('a CDH source: parent, line, test jars of its own modules, what a provided dist leaves out', () => {
  expect(parseSourceFacts(poms())).toEqual({
    project: {groupId: 'org.apache.spark', artifactId: 'spark-parent_2.10', version: '1.6.0-cdh5.7.0'},
    parent: {groupId: 'com.cloudera.cdh', artifactId: 'cdh-root', version: '5.7.0'},
    hasClouderaParent: true,
    line: '5.7',
    testJars: ['org/apache/spark/spark-core_2.10/1.6.0-cdh5.7.0/spark-core_2.10-1.6.0-cdh5.7.0-tests.jar'],
    plainModules: [],
    provided: [
      expect.objectContaining({artifactId: 'hadoop-client', classifier: ''}),
      expect.objectContaining({artifactId: 'avro-mapred', classifier: '${avro.mapred.classifier}'}),
    ],
  });
});

test.each([
  ['com.cloudera.cdh:cdh-root:5.16.2', '1.6.0-cdh5.16.2', '5.16'],
  ['com.cloudera.cdh:cdh-root:5.13.3', '2.2.0.cloudera4', 'spark2-2.2.0'],
  ['com.cloudera.cdh:cdh-root:6.3.2', '2.4.0-cdh6.3.2', '6.3'],
])('parent %s of Spark %s is line %s', (parent, version, line) => {
  expect(parseSourceFacts(poms(parent, version)).line).toBe(line);
});

test('what only the assembly declares with a scope of its own is left to the cluster too', () => {
  const assembly = `<project><artifactId>spark-assembly</artifactId><dependencies>
    <dependency><groupId>com.google.guava</groupId><artifactId>guava</artifactId><scope>\${hadoop.deps.scope}</scope></dependency>
    <dependency><groupId>org.apache.spark</groupId><artifactId>spark-core</artifactId></dependency>
  </dependencies></project>`;
  const {provided} = parseSourceFacts(new Map([...poms(), ['assembly/pom.xml', assembly]]));
  expect(provided.map(({artifactId}) => artifactId)).toEqual(['hadoop-client', 'avro-mapred', 'guava']);
});

test('a test jar is one by its type or its classifier; the name of the root says the Scala that a parent has', () => {
  const root = (poms().get('pom.xml') ?? '').replace(
    '<scala.binary.version>2.10<',
    '<scala.binary.version>${cdh.scala.binary.version}<',
  );
  const module = `<project><artifactId>spark-x_2.10</artifactId><dependencies>
    <dependency><groupId>org.apache.spark</groupId><artifactId>spark-launcher_\${scala.binary.version}</artifactId>
      <classifier>tests</classifier></dependency>
    <dependency><groupId>org.apache.hadoop</groupId><artifactId>hadoop-common</artifactId><classifier>tests</classifier></dependency>
  </dependencies></project>`;
  const {testJars} = parseSourceFacts(
    new Map([
      ['pom.xml', root],
      ['x/pom.xml', module],
    ]),
  );
  expect(testJars).toEqual([
    'org/apache/spark/spark-launcher_2.10/1.6.0-cdh5.7.0/spark-launcher_2.10-1.6.0-cdh5.7.0-tests.jar',
  ]);
});

test('with Scala: modules whose jar is all that is taken of them, not those that the dist is assembled from', () => {
  const pom = (artifactId: string): string => `<project><artifactId>${artifactId}</artifactId></project>`;
  const root = (poms().get('pom.xml') ?? '').replace(
    '</project>',
    '<build><plugin><artifactId>scala-maven-plugin</artifactId></plugin></build></project>',
  );
  const modules = [
    'core',
    'sql/hive',
    'yarn',
    'network/common',
    ...['assembly', 'examples', 'network/yarn', 'common/network-yarn', 'external/mqtt-assembly', 'csd'],
  ].map((path): [string, string] => [`${path}/pom.xml`, pom(path.replace('/', '-'))]);
  const {plainModules} = parseSourceFacts(new Map([['pom.xml', root], ...modules]));
  expect(plainModules).toEqual(['core', 'sql-hive', 'yarn', 'network-common']);
});

test('a source of Apache has no line', () => {
  const facts = parseSourceFacts(poms('org.apache:apache:14', '2.2.0'));
  expect(facts.hasClouderaParent).toBe(false);
  expect(facts.line).toBeUndefined();
});

test.each([[new Map<string, string>()], [new Map([['pom.xml', 'not a pom']])]])(
  'no pom is the user’s mistake',
  (none) => {
    expect(() => parseSourceFacts(none)).toThrow(UsageError);
  },
);
