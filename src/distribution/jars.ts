// Finds out which classes the jars of a dist hold, for both layouts: one assembly in lib/, many jars in jars/.
import {join, posix} from 'node:path';
import {describeError} from '../core/errors.ts';
import {readJarNames} from './jar.ts';

/** The few classes whose presence tells what a dist can do. */
export const markers = {
  thriftserver: 'org/apache/spark/sql/hive/thriftserver/HiveThriftServer2.class',
  sparkSql: 'org/apache/spark/sql/hive/thriftserver/SparkSQLCLIDriver.class',
  beeline: 'org/apache/hive/beeline/BeeLine.class',
  hadoopConfiguration: 'org/apache/hadoop/conf/Configuration.class',
  hadoopFileSystem: 'org/apache/hadoop/fs/FileSystem.class',
  hive: 'org/apache/hadoop/hive/conf/HiveConf.class',
  /** In every Spark 1.x with Hive; it wants DataNucleus beside the assembly. */
  metastore: 'org/apache/spark/sql/hive/HiveMetastoreCatalog.class',
} as const;

export type Marker = keyof typeof markers;

export interface JarFacts {
  readonly layout: 'lib' | 'jars' | 'unknown';
  /** Paths of the jars that Spark itself runs with; not examples and the shuffle service. */
  readonly mainJars: readonly string[];
  /** The jar that holds the marker. */
  readonly found: ReadonlyMap<Marker, string>;
  /** Of the classes below org/apache/hadoop/ in the main jars; Spark's own helpers there are left out. */
  readonly hadoopClasses: {readonly count: number; readonly example?: string | undefined};
  readonly entries: number;
  readonly broken: readonly string[];
}

const markerOfClass = new Map<string, Marker>(
  Object.entries(markers).map(([marker, path]) => [path, marker as Marker]),
);

/** Spark puts a few classes of its own into Hadoop's packages: SparkHadoopMapRedUtil, SparkOrcNewRecordReader. */
function isHadoopClass(name: string): boolean {
  return (
    name.startsWith('org/apache/hadoop/') &&
    name.endsWith('.class') &&
    !posix.basename(name).startsWith('Spark')
  );
}

/** Pure. @param paths Of all files of the dist. */
export function findMainJars(paths: readonly string[]): Pick<JarFacts, 'layout' | 'mainJars'> {
  const assemblies = paths.filter((path) => /^lib\/spark-assembly[^/]*\.jar$/.test(path));
  if (assemblies.length > 0) return {layout: 'lib', mainJars: assemblies};
  // cdh6 has the Hive jars in a folder of their own.
  const jars = paths.filter((path) => /^(?:jars|hive)\/[^/]+\.jar$/.test(path));
  return {layout: jars.some((path) => path.startsWith('jars/')) ? 'jars' : 'unknown', mainJars: jars};
}

/** Reads the names in the main jars; a jar that is not a complete zip is named in `broken`. */
export async function readJarFacts(
  dir: string,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<JarFacts> {
  const {layout, mainJars} = findMainJars(paths);
  const found = new Map<Marker, string>();
  const broken: string[] = [];
  let [entries, count] = [0, 0];
  let example: string | undefined;
  for (const jar of mainJars) {
    signal?.throwIfAborted();
    try {
      await readJarNames(join(dir, jar), (name) => {
        entries += 1;
        const marker = markerOfClass.get(name);
        if (marker !== undefined && !found.has(marker)) found.set(marker, jar);
        if (!isHadoopClass(name)) return;
        count += 1;
        example ??= `${name} in ${jar}`;
      });
    } catch (error) {
      broken.push(`${jar} is not a complete jar: ${describeError(error)}`);
    }
  }
  return {
    layout,
    mainJars,
    found,
    hadoopClasses: {count, example},
    entries,
    broken,
  };
}
