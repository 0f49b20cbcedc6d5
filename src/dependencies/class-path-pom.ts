// A pom whose class path is what a `provided` dist leaves to the cluster, for the smoke query. Pure.
import type {SourceFacts} from './facts.ts';
import {escapeXml} from '../maven/pom.ts';
import type {BridgePlan} from './stand-in-poms.ts';

/**
 * Its parent is Spark's own root pom, so that versions and exclusions are those of the build: with these jars
 * added, a dist has what a `bundled` one has.
 * @param sparkPom Path of the root pom, as seen from the folder that the rendered pom will be in.
 */
export function renderClassPathPom(
  facts: SourceFacts,
  bridges: readonly BridgePlan[],
  sparkPom: string,
): string {
  const {groupId, artifactId, version} = facts.project;
  // Hive first: Maven takes the first of two equally near versions, and ZooKeeper's JLine is too old for beeline.
  const isHive = ({scope}: {readonly scope: string}): boolean => scope === '${hive.deps.scope}';
  const provided = [...facts.provided.filter(isHive), ...facts.provided.filter((entry) => !isHive(entry))];
  const wanted = [...provided, ...bridges.map((bridge) => ({...bridge, classifier: '', type: ''}))];
  const dependencies = wanted.map((entry) => {
    const fields = (['groupId', 'artifactId', 'type', 'classifier'] as const).filter(
      (name) => entry[name] !== '',
    );
    const named = fields.map((name) => `<${name}>${escapeXml(entry[name])}</${name}>`).join('');
    // The root pom may withhold one from all modules, as Spark 2 does with Guava: only an own scope gets it back.
    return `    <dependency>${named}<scope>compile</scope></dependency>`;
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '  <modelVersion>4.0.0</modelVersion>',
    `  <parent><groupId>${escapeXml(groupId)}</groupId><artifactId>${escapeXml(artifactId)}</artifactId>` +
      `<version>${escapeXml(version)}</version><relativePath>${escapeXml(sparkPom)}</relativePath></parent>`,
    '  <artifactId>build-spark-class-path</artifactId>',
    '  <packaging>pom</packaging>',
    '  <dependencies>',
    ...dependencies,
    '  </dependencies>',
    '</project>',
    '',
  ].join('\n');
}
