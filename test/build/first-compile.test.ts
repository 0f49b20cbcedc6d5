// The module that is compiled before all others.
import {expect, test} from 'vitest';
import {renderFirstCompile} from '../../src/build/first-compile.ts';
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
