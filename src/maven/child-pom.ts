// A pom of ours whose parent is that of the source, so that versions, plugins and profiles are those of the build. Pure.
import {escapeXml, type Dependency, type MavenCoordinates} from './pom.ts';

export interface ChildPom {
  readonly parent: MavenCoordinates;
  /** Path of the parent's pom, as seen from the folder that this one will be in. */
  readonly parentPath: string;
  readonly artifactId: string;
  readonly packaging: 'pom' | 'jar';
  /** Without `version`, which the parent manages, unless it is given. */
  readonly dependencies: readonly ChildDependency[];
}

type ChildDependency = Pick<Dependency, 'groupId' | 'artifactId'> &
  Partial<Dependency> & {
    /** Without what it depends on itself. */
    readonly isAlone?: boolean;
  };

export function renderChildPom({parent, parentPath, artifactId, packaging, dependencies}: ChildPom): string {
  const {groupId, artifactId: parentId, version} = parent;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '  <modelVersion>4.0.0</modelVersion>',
    `  <parent><groupId>${escapeXml(groupId)}</groupId><artifactId>${escapeXml(parentId)}</artifactId>` +
      `<version>${escapeXml(version)}</version><relativePath>${escapeXml(parentPath)}</relativePath></parent>`,
    `  <artifactId>${escapeXml(artifactId)}</artifactId>`,
    `  <packaging>${packaging}</packaging>`,
    '  <dependencies>',
    ...dependencies.map((dependency) => `    <dependency>${renderFields(dependency)}</dependency>`),
    '  </dependencies>',
    '</project>',
    '',
  ].join('\n');
}

function renderFields(dependency: ChildDependency): string {
  const fields = (['groupId', 'artifactId', 'version', 'type', 'classifier', 'scope'] as const).flatMap(
    (name) => {
      const value = dependency[name];
      return value === undefined || value === '' ? [] : [`<${name}>${escapeXml(value)}</${name}>`];
    },
  );
  const none =
    '<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>';
  return [...fields, ...(dependency.isAlone === true ? [none] : [])].join('');
}
