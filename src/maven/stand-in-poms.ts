// The poms of our own: Cloudera's parent stood in for, and one for each bridge. Pure text.
import {escapeXml, resolveProperties, type MavenCoordinates} from './pom.ts';
import {fillCdh, type Bridge, type StandIn, type StandInLine} from './stand-in.ts';

export interface BridgePlan {
  readonly name: string;
  readonly groupId: string;
  readonly artifactId: string;
  readonly version: string;
  /** Its pom.xml and Java sources, by path. */
  readonly files: Readonly<Record<string, string>>;
}

function lineProperties(
  line: StandInLine,
  parent: MavenCoordinates | undefined,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(line.versions).map(([name, [value]]) => [name, fillCdh(value, line, parent)]),
  );
}

/** @returns Its path within a local Maven repository, and its text. */
export function renderParentPom(
  parent: MavenCoordinates,
  line: StandInLine,
  standIn: StandIn,
): {readonly path: string; readonly text: string} {
  const {groupId, artifactId, version} = parent;
  const bridges = line.bridges.flatMap((name) => standIn.bridges[name] ?? []);
  const managed = [...line.managed, ...bridges].map((entry) => {
    const scope = 'scope' in entry ? `<scope>${escapeXml(entry.scope)}</scope>` : '';
    return `      <dependency>${renderCoordinates(entry)}${scope}</dependency>`;
  });
  const properties = Object.entries(lineProperties(line, parent)).map(
    ([name, value]) => `    <${name}>${escapeXml(value)}</${name}>`,
  );
  const text = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<!-- Stands in for Cloudera's parent pom of this name. Written by build-spark; only versions are in it. -->",
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '  <modelVersion>4.0.0</modelVersion>',
    `  ${renderCoordinates({groupId, artifactId, version})}`,
    '  <packaging>pom</packaging>',
    '  <properties>',
    ...properties,
    '  </properties>',
    '  <dependencyManagement>',
    '    <dependencies>',
    ...managed,
    '    </dependencies>',
    '  </dependencyManagement>',
    '</project>',
    '',
  ].join('\n');
  return {
    path: `${groupId.replaceAll('.', '/')}/${artifactId}/${version}/${artifactId}-${version}.pom`,
    text,
  };
}

interface EmptyPlan {
  /** Its folder within a local Maven repository. */
  readonly folder: string;
  /** Paths within a local Maven repository. */
  readonly jar: string;
  readonly pom: {readonly path: string; readonly text: string};
}

/** Artifacts that are named in the poms, are nowhere to be had and of which no class is used. */
export function planEmpty(line: StandInLine, parent: MavenCoordinates | undefined): readonly EmptyPlan[] {
  return line.empty.map((entry) => {
    const version = resolveProperties(entry.version, lineProperties(line, parent));
    const folder = `${entry.groupId.replaceAll('.', '/')}/${entry.artifactId}`;
    const base = `${folder}/${version}/${entry.artifactId}-${version}`;
    const text = [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<!-- Stands in for an artifact of this name, with an empty jar. Written by build-spark. -->',
      '<project xmlns="http://maven.apache.org/POM/4.0.0">',
      '  <modelVersion>4.0.0</modelVersion>',
      `  ${renderCoordinates({...entry, version})}`,
      '</project>',
      '',
    ].join('\n');
    return {folder, jar: `${base}.jar`, pom: {path: `${base}.pom`, text}};
  });
}

/** @param sources Java files by path. */
export function planBridge(
  name: string,
  bridge: Bridge,
  line: StandInLine,
  parent: MavenCoordinates | undefined,
  sources: Readonly<Record<string, string>>,
): BridgePlan {
  const properties = lineProperties(line, parent);
  const {groupId, artifactId} = bridge;
  const version = resolveProperties(bridge.version, properties);
  const compileAgainst = bridge.compileAgainst.map(
    (entry) =>
      `    <dependency>${renderCoordinates({...entry, version: resolveProperties(entry.version, properties)})}` +
      '<scope>provided</scope><exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>' +
      '</dependency>',
  );
  const pom = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '  <modelVersion>4.0.0</modelVersion>',
    `  ${renderCoordinates({groupId, artifactId, version})}`,
    '  <properties>',
    '    <maven.compiler.source>1.7</maven.compiler.source>',
    '    <maven.compiler.target>1.7</maven.compiler.target>',
    '    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>',
    // The same bytes in each machine: modules that are shared are known by what they were compiled against.
    '    <project.build.outputTimestamp>2000-01-01T00:00:00Z</project.build.outputTimestamp>',
    '  </properties>',
    '  <dependencies>',
    ...compileAgainst,
    '  </dependencies>',
    '</project>',
    '',
  ].join('\n');
  const files = Object.fromEntries(
    Object.entries(sources).map(([path, text]) => [`src/main/java/${path}`, text]),
  );
  return {name, groupId, artifactId, version, files: {'pom.xml': pom, ...files}};
}

function renderCoordinates(of: MavenCoordinates): string {
  return (
    `<groupId>${escapeXml(of.groupId)}</groupId><artifactId>${escapeXml(of.artifactId)}</artifactId>` +
    `<version>${escapeXml(of.version)}</version>`
  );
}
