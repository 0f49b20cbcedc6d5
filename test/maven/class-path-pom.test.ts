// The pom of the smoke query's class path; with the data that we ship.
import {expect, test} from 'vitest';
import {projectRoot} from '../../src/core/paths.ts';
import {renderClassPathPom} from '../../src/maven/class-path-pom.ts';
import {planDependencies} from '../../src/maven/dependency-plan.ts';
import {parsePom} from '../../src/maven/pom.ts';
import {parseSourceFacts} from '../../src/maven/source-facts.ts';
import {readStandIn} from '../../src/maven/stand-in.ts';
import {poms} from './poms.ts';

const cdh = parseSourceFacts(poms());
const standIn = await readStandIn(projectRoot);
const plan = planDependencies({
  mode: 'apache',
  facts: cdh,
  standIn,
  network: {mirrors: [], proxies: {}},
  shouldCompileTests: false,
});

test('the class path of the smoke query leaves out what the dist has inside', () => {
  const words = ['-Phadoop-provided', '-Pyarn'];
  const pom = parsePom(
    renderClassPathPom(cdh, {bridges: [], classPath: []}, words, '../spark/pom.xml'),
    'pom.xml',
  );
  expect(pom.dependencies.map(({artifactId}) => artifactId)).toEqual(['hadoop-client']);
});

test('the class path of the smoke query: Spark’s own managed versions, Hive’s first, what the dist left out, and the bridge', () => {
  const words = ['-Phadoop-provided', '-Phive-provided'];
  const pom = parsePom(renderClassPathPom(cdh, plan, words, '../spark/pom.xml'), 'pom.xml');
  expect(pom.parent).toEqual(cdh.project);
  expect(
    pom.dependencies.map(({artifactId, classifier, version, scope}) => [
      artifactId,
      classifier,
      version,
      scope,
    ]),
  ).toEqual([
    ['avro-mapred', '${avro.mapred.classifier}', '', 'compile'],
    ['hadoop-client', '', '', 'compile'],
    ['hive-conf', '', '', 'compile'],
  ]);
});

test('what both our list and the poms name is there once: Maven would take the version from neither', () => {
  const extra = {groupId: 'org.apache.hadoop', artifactId: 'hadoop-client', version: '3'};
  const words = ['-Phadoop-provided'];
  const text = renderClassPathPom(cdh, {bridges: [], classPath: [extra]}, words, '../spark/pom.xml');
  const found = parsePom(text, 'pom.xml').dependencies.filter(
    ({artifactId}) => artifactId === 'hadoop-client',
  );
  expect(found).toMatchObject([{version: ''}]);
});
