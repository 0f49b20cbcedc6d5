// A pom whose class path is what a `provided` dist leaves to the cluster, for the smoke query. Pure.
import {renderChildPom} from './child-pom.ts';
import type {DependencyPlan} from './dependency-plan.ts';
import type {SourceFacts} from './source-facts.ts';

/**
 * Its parent is Spark's own root pom, so that versions and exclusions are those of the build: with these jars
 * added, a dist has what a `bundled` one has.
 * @param words Of the build: what no `-P…-provided` of them leaves out is in the dist.
 * @param sparkPom Path of the root pom, as seen from the folder that the rendered pom will be in.
 */
export function renderClassPathPom(
  facts: SourceFacts,
  {bridges, classPath}: Pick<DependencyPlan, 'bridges' | 'classPath'>,
  words: readonly string[],
  sparkPom: string,
): string {
  // Hive first: Maven takes the first of two equally near versions, and ZooKeeper's JLine is too old for beeline.
  const isHive = ({scope}: {readonly scope: string}): boolean => scope === '${hive.deps.scope}';
  const left = facts.provided.filter(({scope}) =>
    words.includes(`-P${/^\$\{(\w+)\./.exec(scope)?.[1] ?? ''}-provided`),
  );
  const provided = [...left.filter(isHive), ...left.filter((entry) => !isHive(entry))];
  // The root pom may withhold one from all modules, as Spark 2 does with Guava: only an own scope gets it back.
  const managed = provided.map((entry) => ({...entry, version: '', scope: 'compile'}));
  return renderChildPom({
    parent: facts.project,
    parentPath: sparkPom,
    artifactId: 'build-spark-class-path',
    packaging: 'pom',
    dependencies: [
      ...managed,
      ...bridges.map(({groupId, artifactId}) => ({groupId, artifactId, scope: 'compile'})),
      ...classPath
        .filter(({artifactId}) => !managed.some((one) => one.artifactId === artifactId))
        .map((entry) => ({...entry, scope: 'compile', isAlone: true})),
    ],
  });
}
