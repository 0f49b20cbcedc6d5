// How the Scala plugin of a source is to be started, so that threads do not meet in it. Pure.
import {renderChildPom} from './child-pom.ts';
import type {MavenCoordinates} from './pom.ts';

/**
 * Whether one compiler may serve all modules: SharedCompiler.java. From 3.2 on, zinc holds a lock while it makes one;
 * that of 3.1 does not, and two threads could spoil its list.
 * @param rootPom Text of the source's root pom, whose management and profiles name the plugin's versions.
 */
export function canShareCompiler(rootPom: string): boolean {
  const versions = [...rootPom.matchAll(/<artifactId>scala-maven-plugin<\/artifactId>\s*<version>([^<]*)/g)];
  return versions.length > 0 && versions.every(([, version = '']) => /^\s*3\.2\.\d+\s*$/.test(version));
}

/**
 * The Scala plugin compiles its interface to the compiler once a home folder, into one jar. Where several modules
 * start with nothing, several threads do so at once, and one may read what another has half written (seen with
 * apache-spark-2.2.0: "A required class was missing: xsbt/GlobalCompat$RunCompat$class").
 * @param rootPom Text of the source's root pom.
 * @returns Files of a module of ours with one object and the source's own plugins, to be compiled alone, before all
 * others, where they do not share a compiler; none for a source without Scala.
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
