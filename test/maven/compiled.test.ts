// Dependencies that are compiled in the machine: what of a source, as which version, and under which name they are kept.
import {beforeAll, expect, test} from 'vitest';
import {UsageError} from '../../src/core/errors.ts';
import {projectRoot} from '../../src/core/paths.ts';
import {listCompiled, nameCompiled, type CompiledSource} from '../../src/maven/compiled.ts';
import {renderDependencies} from '../../src/maven/dependency-files.ts';
import {planDependencies, type DependencyPlan} from '../../src/maven/dependency-plan.ts';
import {parsePom} from '../../src/maven/pom.ts';
import {parseSourceFacts} from '../../src/maven/source-facts.ts';
import {readStandIn, type StandIn} from '../../src/maven/stand-in.ts';
import {poms} from './poms.ts';

let standIn: StandIn;
beforeAll(async () => {
  standIn = await readStandIn(projectRoot);
});

const facts = parseSourceFacts(poms('com.cloudera.cdh:cdh-root:5.13.3', '2.4.0.cloudera2'));
const beta = parseSourceFacts(
  poms('com.cloudera.cdh:spark2-root:2.0.0.cloudera.beta1', '2.0.0.cloudera.beta1'),
);
const guest = {box: 'b', puppet: 'p', hiera: 'h'};

function parquet(cdh = '5.13.3', more = ''): CompiledSource {
  const root = `<project>
    <parent><groupId>com.cloudera.cdh</groupId><artifactId>cdh-root</artifactId><version>${cdh}</version></parent>
    <groupId>com.twitter</groupId><artifactId>parquet</artifactId><version>1.5.0-cdh${cdh}</version>${more}</project>`;
  const avro = `<project><artifactId>parquet-avro</artifactId><dependencies>
    <dependency><groupId>com.twitter</groupId><artifactId>parquet-column</artifactId><type>test-jar</type></dependency>
    <dependency><groupId>\${project.groupId}</groupId><artifactId>parquet-common</artifactId><classifier>tests</classifier></dependency>
    <dependency><groupId>org.apache.hadoop</groupId><artifactId>hadoop-hdfs</artifactId><type>test-jar</type></dependency>
    </dependencies></project>`;
  return {
    repository: 'https://git.test/parquet',
    commit: 'c'.repeat(40),
    poms: new Map([
      ['pom.xml', root],
      ['parquet-avro/pom.xml', avro],
    ]),
  };
}

function plan(found: CompiledSource | undefined, of = facts): DependencyPlan {
  return planDependencies({
    mode: 'apache',
    facts: of,
    standIn,
    network: {mirrors: [], proxies: {}},
    shouldCompileTests: false,
    compiled: new Map(found === undefined ? [] : [['parquet-cdh5', found]]),
  });
}

test('the tag follows the CDH of the source; where its parent does not tell it, the line does', () => {
  const tagOf = (of: typeof facts) => listCompiled('apache', of, standIn).map(({tag}) => tag);
  expect(tagOf(facts)).toEqual(['cdh5.13.3-release']);
  expect(tagOf(beta)).toEqual(['cdh5.7.0-release']);
  expect(listCompiled('cloudera', facts, standIn)).toEqual([]);
});

test('the parent pom asks for the very version that is installed, and is there for both', () => {
  const {compiled, parentPom} = plan(parquet());
  const [one] = compiled;
  expect(one).toMatchObject({version: '1.5.0-cdh5.13.3', commit: 'c'.repeat(40)});
  expect(parsePom(parentPom?.text ?? '', 'p').properties['cdh.parquet.version']).toBe(one?.version);
  const files = renderDependencies(plan(parquet('5.7.0'), beta), standIn).files;
  const parents = Object.keys(files).filter((path) => path.endsWith('.pom'));
  expect(parents).toEqual([
    'repository/com/cloudera/cdh/spark2-root/2.0.0.cloudera.beta1/spark2-root-2.0.0.cloudera.beta1.pom',
    'repository/com/cloudera/cdh/cdh-root/5.7.0/cdh-root-5.7.0.pom',
  ]);
  expect(files['compiled/parquet-cdh5/arguments']).toMatch(/^-pl\n.*parquet-hadoop.*\n-am\n/);
  expect(files['compiled/parquet-cdh5/arguments']).toMatch(/\ninstall\n$/);
});

test('its modules find empty test jars of each other, and no others', () => {
  expect(plan(parquet()).emptyJars.filter((path) => path.startsWith('com/twitter/'))).toEqual([
    'com/twitter/parquet-column/1.5.0-cdh5.13.3/parquet-column-1.5.0-cdh5.13.3-tests.jar',
    'com/twitter/parquet-common/1.5.0-cdh5.13.3/parquet-common-1.5.0-cdh5.13.3-tests.jar',
  ]);
});

test('a repository whose tag is another version is refused before any machine, with the option that names another', () => {
  expect(() => plan(parquet('5.7.0'))).toThrow(UsageError);
  expect(() => plan(parquet('5.7.0'))).toThrow(
    /has com\.twitter 1\.5\.0-cdh5\.7\.0.*1\.5\.0-cdh5\.13\.3 was expected/,
  );
  expect(() => plan({...parquet(), poms: new Map()})).toThrow(/no pom\.xml/);
});

test('jars are kept for just this source, guest and settings', () => {
  const [one] = plan(parquet()).compiled;
  if (one === undefined) throw new Error('nothing is compiled');
  const name = nameCompiled(one, 'settings', guest);
  expect(name).toMatch(/^parquet-cdh5-cdh5\.13\.3-release-[0-9a-f]{16}$/);
  expect(nameCompiled({...one, repository: 'elsewhere'}, 'settings', guest)).toBe(name);
  for (const other of [
    nameCompiled({...one, commit: 'd'.repeat(40)}, 'settings', guest),
    nameCompiled({...one, edits: [{id: 'e', why: '', file: 'f', text: 't'}]}, 'settings', guest),
    nameCompiled({...one, parentPom: {path: 'p', text: 'another Hadoop'}}, 'settings', guest),
    nameCompiled(one, 'other settings', guest),
    nameCompiled(one, 'settings', {...guest, box: 'another'}),
  ])
    expect(other).not.toBe(name);
});

test('every line names only what we ship a recipe for, and every recipe only edits that we ship', () => {
  for (const line of Object.values(standIn.lines))
    expect(line.compiled.filter((name) => !Object.hasOwn(standIn.compiled, name))).toEqual([]);
  for (const {edits} of Object.values(standIn.compiled))
    expect(edits.filter((id) => !Object.hasOwn(standIn.edits, id))).toEqual([]);
});

test('an edit for what only some tags have is left out where it is not there', () => {
  const cdh6 = parseSourceFacts(poms('com.cloudera.cdh:cdh-root:6.2.1', '2.4.0-cdh6.2.1'));
  const edits = (hadoopPom: string): readonly string[] => {
    const root = `<project><groupId>org.apache.parquet</groupId><artifactId>parquet</artifactId><version>1.9.0-cdh6.2.1</version></project>`;
    const found = new Map([
      ['pom.xml', root],
      ['parquet-hadoop/pom.xml', hadoopPom],
    ]);
    const {compiled} = planDependencies({
      mode: 'apache',
      facts: cdh6,
      standIn,
      network: {mirrors: [], proxies: {}},
      shouldCompileTests: false,
      compiled: new Map([['parquet-cdh6', {...parquet(), poms: found}]]),
    });
    return compiled.flatMap((one) => one.edits.map(({id}) => id));
  };
  const codec =
    '<dependency><groupId>x</groupId><artifactId>brotli-codec</artifactId><version>1</version></dependency>';
  expect(
    edits(`<project><artifactId>parquet-hadoop</artifactId><dependencies>${codec}</dependencies></project>`),
  ).toEqual([...['parquet-rat', 'parquet-brotli']]);
  expect(edits('<project><artifactId>parquet-hadoop</artifactId></project>')).toEqual(['parquet-rat']);
});
