// What the poms of a source say about its dependencies. Pure: takes their text, knows neither git nor disk.
import {UsageError} from '../core/errors.ts';
import {
  rememberPoms,
  resolveProperties,
  type Dependency,
  type MavenCoordinates,
  type ParsePom,
  type Pom,
} from './pom.ts';

export interface SourceFacts {
  /** Of the whole: `org.apache.spark:spark-parent_2.10:1.6.0-cdh5.7.0`. */
  readonly project: MavenCoordinates;
  /** `com.cloudera.cdh:cdh-root:5.7.0`; Apache's own tags have `org.apache:apache`. */
  readonly parent?: MavenCoordinates | undefined;
  /** Whether that parent is one that only Cloudera has. */
  readonly hasClouderaParent: boolean;
  /** The key of patches/dependencies/versions.json: `5.7`, or `spark2-2.2.0`. Only with Cloudera's parent. */
  readonly line?: string;
  /** Test jars of Spark's own that its modules want of each other, as paths in a local Maven repository. */
  readonly testJars: readonly string[];
  /**
   * Artifact ids of the modules that are compiled into a jar which is all that is taken of them; not those from which
   * the dist is assembled. None without Scala: then compiling takes no time.
   */
  readonly plainModules: readonly string[];
  /**
   * What a dist with `provided` dependencies leaves to the cluster: managed by the root pom, or declared by the
   * assembly, with a scope of its own.
   */
  readonly provided: readonly Dependency[];
}

/**
 * @param poms Text of each pom.xml by its path in the source; `pom.xml` is the root.
 * @param parse One that remembers, where others read these poms too.
 * @throws UsageError when the root pom is missing or cannot be read as one.
 */
export function parseSourceFacts(
  poms: ReadonlyMap<string, string>,
  parse: ParsePom = rememberPoms(),
): SourceFacts {
  const rootText = poms.get('pom.xml');
  const root = rootText === undefined ? undefined : parse(rootText, 'pom.xml');
  if (root?.version === undefined) {
    throw new UsageError(
      'The source has no pom.xml with a version in its top folder.',
      'Name a ref of Spark 1.x or 2.x with --ref, or another --source.',
    );
  }
  const {version} = root;
  const properties = {
    ...root.properties,
    ...findScalaBinary(root),
    'project.version': version,
    version,
  };
  const isCloudera = root.parent?.groupId.startsWith('com.cloudera.') === true;
  const all = [...poms].flatMap(([path, text]) => listDependencies(parse(text, path)));
  return {
    project: {groupId: root.groupId, artifactId: root.artifactId, version},
    parent: root.parent,
    hasClouderaParent: isCloudera,
    ...(isCloudera ? {line: findLine(version, root.parent)} : {}),
    testJars: listTestJars(all, properties, version),
    plainModules: rootText?.includes('scala-maven-plugin') === true ? listPlainModules(poms, parse) : [],
    provided: [...root.managed, ...listAssembled(poms, parse)].filter(isProvided),
  };
}

/** CDH 6 has it from its parent; then the name of the root says it. */
function findScalaBinary({artifactId, properties}: Pom): Readonly<Record<string, string>> {
  const name = 'scala.binary.version';
  const fromName = /_(\d+\.\d+)$/.exec(artifactId)?.[1];
  return fromName === undefined || !(properties[name] ?? '').startsWith('${cdh.') ? {} : {[name]: fromName};
}

/**
 * CDH's own tags go by the parent's version; those of Spark 2 for CDH 5 share parents, and go by their own. The first
 * beta had a parent to itself.
 */
function findLine(version: string, parent: MavenCoordinates): string {
  if (parent.artifactId === 'spark2-root') return `spark2-${parent.version.replace('.cloudera.', '-')}`;
  const spark2 = /^(2\.\d+\.\d+)[.-](cloudera\w*|beta\w*)/.exec(version);
  if (spark2?.[1] !== undefined) return `spark2-${spark2[1]}`;
  return parent.version.split('.').slice(0, 2).join('.');
}

/** Managed ones and those of profiles too. */
function listDependencies({dependencies, managed, profiles}: Pom): readonly Dependency[] {
  return [...dependencies, ...managed, ...profiles.flatMap((profile) => profile.dependencies)];
}

/** Spark 2 puts back here what the root pom withholds from its modules, such as Guava. */
function listAssembled(poms: ReadonlyMap<string, string>, parse: ParsePom): readonly Dependency[] {
  const path = 'assembly/pom.xml';
  const text = poms.get(path);
  return text === undefined ? [] : parse(text, path).dependencies;
}

/** The jars of the others are put together from what is not in their own pom alone, or are taken from their folders. */
const assembled = /^(assembly|examples|csd|.*-assembly|.*network(-|\/)yarn|sql\/hive-exec)\/pom\.xml$/;

function listPlainModules(poms: ReadonlyMap<string, string>, parse: ParsePom): readonly string[] {
  return [...poms]
    .filter(([path]) => path !== 'pom.xml' && !assembled.test(path))
    .map(([path, text]) => parse(text, path).artifactId)
    .filter((name) => /^[A-Za-z0-9._-]+$/.test(name));
}

function listTestJars(
  dependencies: readonly Dependency[],
  properties: Readonly<Record<string, string>>,
  version: string,
): readonly string[] {
  const names = dependencies
    .filter(
      ({groupId, type, classifier}) =>
        (type === 'test-jar' || classifier === 'tests') &&
        /^(org\.apache\.spark|\$\{project\.groupId\})$/.test(groupId),
    )
    .map(({artifactId}) => resolveProperties(artifactId, properties))
    .filter((name) => /^[A-Za-z0-9._-]+$/.test(name));
  return [...new Set(names)]
    .sort()
    .map((name) => `org/apache/spark/${name}/${version}/${name}-${version}-tests.jar`);
}

function isProvided({scope, type}: Dependency): boolean {
  return /^\$\{(hadoop|hive|parquet|orc|hbase)\.deps\.scope\}$/.test(scope) && type !== 'test-jar';
}
