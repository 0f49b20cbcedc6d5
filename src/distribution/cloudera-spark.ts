// What in the settings of a cluster names Cloudera's own Spark, so that another Spark cannot follow it, and what it is
// told instead. Pure.
import type {SparkPlace} from './spark-place.ts';

/** The server's class: what `start-thriftserver.sh` submits. */
export const serverClass = 'org.apache.spark.sql.hive.thriftserver.HiveThriftServer2';

/** Of spark-defaults.conf; regular expressions that JavaScript and awk read alike, for keys and values in lower case. */
export const clouderaOnly = {
  /** Keys that name its assembly or jars. */
  jarKeys: '^spark[.]yarn[.](jar|jars|archive)$',
  /** Keys of the lineage, whose classes no dist has. */
  lineageKeys: '^spark[.]lineage[.]',
  /** Keys of lists of listeners, out of which those that match `lineage` are taken. */
  listenerKeys: 'listeners$',
  lineage: 'lineage',
} as const;

/** Hive's client that Spark loads apart from its own Hive, to talk to the metastore. */
export interface MetastoreClient {
  readonly version: string;
  /** A class path. */
  readonly jars: string;
}

/**
 * Spark 2 on CDH 5 has another Hive than the cluster, whose calls CDH's metastore does not all know: CDH's own client
 * does, as in Cloudera's Spark 2. Spark 1 and CDH 6 are built on the cluster's Hive.
 */
export function findMetastoreClient(parcel: 'CDH' | 'SPARK2', parcels: string): MetastoreClient | undefined {
  if (parcel !== 'SPARK2') return undefined;
  const cdh = `${parcels}/CDH/lib`;
  return {version: '1.1.0', jars: `${cdh}/hive/lib/*:${cdh}/hadoop/client/*`};
}

/**
 * Hive of CDH 6, which no class path of its Spark names: a folder of every node, beside the Spark, where Cloudera's
 * launcher looks for it.
 */
export function findClusterHive(
  {parcel, jars}: Pick<SparkPlace, 'parcel' | 'jars'>,
  parcels: string,
): string | undefined {
  return parcel === 'CDH' && jars === 'jars' ? `${parcels}/CDH/lib/spark/hive` : undefined;
}

/** What a dist's own settings say of it. */
export interface SparkJars {
  /** Where Cloudera's settings name none. */
  readonly master: 'yarn' | 'yarn-client';
  /** A line of spark-defaults.conf. */
  readonly setting: string;
}

/**
 * `file:` makes YARN hand our jars to every node; `local:` would look for them on nodes that do not have them. What the
 * dist leaves to the cluster is on all of them.
 * @param files Of the dist. @param home The dist on the node.
 */
export function findSparkJars(
  files: readonly {readonly path: string}[],
  place: Pick<SparkPlace, 'parcel' | 'jars'>,
  home: string,
  parcels: string,
): SparkJars {
  const assembly = files.find(({path}) => /^lib\/spark-assembly[^/]*\.jar$/.test(path))?.path;
  if (assembly !== undefined)
    return {master: 'yarn-client', setting: `spark.yarn.jar=file:${home}/${assembly}`};
  const cluster = findClusterHive(place, parcels);
  const hive = files.some(({path}) => path.startsWith('hive/'))
    ? [`file:${home}/hive/*`]
    : cluster === undefined
      ? []
      : [`local:${cluster}/*`];
  return {
    master: 'yarn',
    setting: `spark.yarn.jars=${[`file:${home}/${place.jars}/*`, ...hive].join(',')}`,
  };
}

/** libthrift 0.9 logs whatever fails before a login with a stack trace: each health check of a balancer would be one. */
export const quietLogger = {
  key: 'log4j.logger.org.apache.thrift.server.TThreadPoolServer',
  value: 'FATAL',
} as const;
