// What in the settings of a cluster names Cloudera's own Spark, so that another Spark cannot follow it. Pure data.

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

/** libthrift 0.9 logs whatever fails before a login with a stack trace: each health check of a balancer would be one. */
export const quietLogger = {
  key: 'log4j.logger.org.apache.thrift.server.TThreadPoolServer',
  value: 'FATAL',
} as const;
