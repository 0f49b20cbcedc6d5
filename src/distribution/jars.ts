// Finds out which classes the jars of a dist hold, for both layouts: one assembly in lib/, many jars in jars/.
import {join, posix} from 'node:path';
import {features} from '../catalogue/features.ts';
import {describeError} from '../core/errors.ts';
import {readJarNames} from './jar.ts';

/** Besides those that prove a feature, the few classes whose presence tells what a dist can do. */
export const markers = {
  hadoopConfiguration: 'org/apache/hadoop/conf/Configuration.class',
  hadoopFileSystem: 'org/apache/hadoop/fs/FileSystem.class',
  hive: 'org/apache/hadoop/hive/conf/HiveConf.class',
  /** In every Spark 1.x with Hive; it wants DataNucleus beside the assembly. */
  metastore: 'org/apache/spark/sql/hive/HiveMetastoreCatalog.class',
} as const;

export interface JarFacts {
  readonly layout: 'lib' | 'jars' | 'unknown';
  /** Paths of the jars that Spark itself runs with; not examples and the shuffle service. */
  readonly mainJars: readonly string[];
  /** The jar that holds it, by the entry of a class that was looked for. */
  readonly found: ReadonlyMap<string, string>;
  /** Of the classes below org/apache/hadoop/ in the main jars; Spark's own helpers there are left out. */
  readonly hadoopClasses: {readonly count: number; readonly example?: string | undefined};
  readonly entries: number;
  readonly broken: readonly string[];
}

const watched = new Set<string>([
  ...Object.values(markers),
  ...features.flatMap(({classes}) => classes.flatMap((proof): readonly string[] => proof.classes)),
]);

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
  const found = new Map<string, string>();
  const broken: string[] = [];
  let [entries, count] = [0, 0];
  let example: string | undefined;
  for (const jar of mainJars) {
    signal?.throwIfAborted();
    try {
      await readJarNames(join(dir, jar), (name) => {
        entries += 1;
        if (watched.has(name) && !found.has(name)) found.set(name, jar);
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
