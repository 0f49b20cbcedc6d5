// How the Scala plugin is started: the module that is compiled before all others, or one compiler for all.
import {expect, test} from 'vitest';
import {canShareCompiler, renderFirstCompile} from '../../src/maven/scala-plugin.ts';
import {parsePom} from '../../src/maven/pom.ts';

const project = {groupId: 'org.apache.spark', artifactId: 'spark-parent_2.11', version: '2.2.0'};
const rootPom = '<project><plugin><artifactId>scala-maven-plugin</artifactId></plugin></project>';

test('a child of the source, with Scala to compile', () => {
  const files = renderFirstCompile(rootPom, project, '../../spark/pom.xml');
  const pom = parsePom(files['first/pom.xml'] ?? '', 'first/pom.xml');
  expect(pom.parent).toEqual(project);
  expect(pom.dependencies).toMatchObject([
    {groupId: 'org.scala-lang', artifactId: 'scala-library', version: ''},
  ]);
  expect(Object.keys(files)).toContain('first/src/main/scala/Nothing.scala');
});

test('nothing for a source without Scala', () => {
  expect(renderFirstCompile('<project/>', project, '../pom.xml')).toEqual({});
});

const versions = (...list: readonly string[]): string =>
  list
    .map((version) => `<artifactId>scala-maven-plugin</artifactId>\n  <version>${version}</version>`)
    .join('\n<profile/>');

test.each([
  ['of Spark 1.6', versions('3.2.2', '3.2.0'), true],
  ['whose zinc holds no lock', versions('3.1.6'), false],
  ['of which one profile names another', versions('3.2.2', '3.4.6'), false],
  ['by a property', versions('${scala.plugin.version}'), false],
  ['without a version', rootPom, false],
  ['that is not there', '<project/>', false],
])('one compiler for all modules, or not: a plugin %s', (_, pom, expected) => {
  expect(canShareCompiler(pom)).toBe(expected);
});
