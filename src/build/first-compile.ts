// What Maven is to compile before all else, alone. Pure.
import {renderChildPom} from '../maven/child-pom.ts';
import type {MavenCoordinates} from '../maven/pom.ts';

/**
 * The Scala plugin compiles its interface to the compiler once a home folder, into one jar. Where several modules
 * start with nothing, several threads do so at once, and one may read what another has half written (seen with
 * apache-spark-2.2.0: "A required class was missing: xsbt/GlobalCompat$RunCompat$class").
 * @param rootPom Text of the source's root pom.
 * @returns Files of a module of ours with one object and the source's own plugins; none for a source without Scala.
 */
export function renderFirstCompile(
  rootPom: string,
  project: MavenCoordinates,
  parentPath: string,
): Readonly<Record<string, string>> {
  if (!rootPom.includes('<artifactId>scala-maven-plugin</artifactId>')) return {};
  return {
    'first/pom.xml': renderChildPom({
      parent: project,
      parentPath,
      artifactId: 'build-spark-first',
      packaging: 'jar',
      dependencies: [{groupId: 'org.scala-lang', artifactId: 'scala-library'}],
    }),
    'first/src/main/scala/Nothing.scala': 'object Nothing\n',
  };
}
