// Renders the spark-env.sh with which a dist runs beside Cloudera's Spark: its settings and class path, our Spark. Pure.
import type {SparkPlace} from './spark-place.ts';

/** Jars on the class path of Cloudera's client configuration that are of its own Spark; the rest is the cluster's. */
function listLeftJars(parcel: SparkPlace['parcel']): readonly string[] {
  return ['spark-assembly', 'spark-lineage', ...(parcel === 'SPARK2' ? ['hive-'] : [])];
}

/** Where things are, as shell words: quoted already. */
export interface SparkEnvWords {
  /** The dist's folder. */
  readonly home: string;
  /** The conf folder that this file is in, after `build_spark_home` is known. */
  readonly conf: string;
  /** Cloudera's client configuration. */
  readonly cloudera: string;
  /** The folder of the parcels. */
  readonly parcels: string;
  /** Used where Cloudera's own detection finds none. */
  readonly javaHome?: string | undefined;
}

/** Sourced by every command of the dist. @param maker Who made it: for its first line. @param more Lines for its end. */
export function renderSparkEnv(
  {parcel, jars}: Pick<SparkPlace, 'parcel' | 'jars'>,
  words: SparkEnvWords,
  maker: string,
  more: readonly string[] = [],
): string {
  const {cloudera, parcels, javaHome} = words;
  const detect = `${parcels}/CDH/lib/bigtop-utils/bigtop-detect-javahome`;
  const java = javaHome === undefined ? [] : [`export JAVA_HOME=\${JAVA_HOME:-${javaHome}}`];
  return [
    '#!/usr/bin/env bash',
    `# Made by ${maker}: Cloudera's settings, with the Spark of this folder.`,
    `build_spark_home=${words.home}`,
    '# Spark 1.5 compares this with its own as text, and calls another program of that name where they differ.',
    'if [[ -n ${SPARK_HOME:-} && $SPARK_HOME -ef $build_spark_home ]]; then build_spark_home=$SPARK_HOME; fi',
    `build_spark_conf=${words.conf}`,
    `if [[ -z \${JAVA_HOME:-} && -f ${detect} ]]; then`,
    `  . ${detect}`,
    'fi',
    ...java,
    `if [[ -f ${cloudera}/spark-env.sh ]]; then`,
    "  # It looks for Hadoop's configuration beside itself, and sets SPARK_HOME to the parcel's.",
    `  export SPARK_CONF_DIR=${cloudera}`,
    `  . ${cloudera}/spark-env.sh`,
    'fi',
    `if [[ -f ${cloudera}/classpath.txt ]]; then`,
    `  # Without Cloudera's own Spark and its lineage listeners${parcel === 'SPARK2' ? ', and without a Hive that is not its own' : ''}.`,
    `  SPARK_DIST_CLASSPATH=$(grep -vE '/(${listLeftJars(parcel).join('|')})[^/]*\\.jar$' ${cloudera}/classpath.txt | paste -sd: -)`,
    '  export SPARK_DIST_CLASSPATH',
    'fi',
    ...(parcel === 'CDH' && jars === 'jars' ? renderSixClasspath(`${parcels}/CDH`) : []),
    'export SPARK_HOME=$build_spark_home SPARK_CONF_DIR=$build_spark_conf',
    ...more,
    "# Spark asks its configuration alone for the transport; with this, Hive's classes would take the port of the other one.",
    'unset HIVE_SERVER2_TRANSPORT_MODE',
    "# pyspark of Cloudera's own Spark, for its executors; without this, that of this folder is sent to them.",
    'unset PYSPARK_ARCHIVES_PATH',
    'unset build_spark_home build_spark_conf',
    '',
  ].join('\n');
}

/**
 * classpath.txt of CDH 6 names no Hive. spark-sql and beeline need two jars that its Spark has not, and the dist's
 * logredactor is empty. With Hive's JLine the spark-shell of 6.1 and later ends before it asks anything; with none it
 * reads lines as they are. Spark's commands source this file with their own words.
 */
function renderSixClasspath(cdh: string): readonly string[] {
  return [
    `build_spark_jline=${cdh}/lib/hive/lib/jline-*.jar`,
    'if [[ " $* " == *" org.apache.spark.repl.Main "* ]]; then build_spark_jline=; fi',
    `for build_spark_jar in ${cdh}/lib/hive/lib/hive-cli-*.jar $build_spark_jline ${cdh}/jars/logredactor-*.jar; do`,
    '  if [[ -e $build_spark_jar ]]; then SPARK_DIST_CLASSPATH=${SPARK_DIST_CLASSPATH:+$SPARK_DIST_CLASSPATH:}$build_spark_jar; fi',
    'done',
    'export SPARK_DIST_CLASSPATH',
    'unset build_spark_jar build_spark_jline',
  ];
}
