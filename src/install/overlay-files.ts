// Renders what an overlay has besides the dist: its own conf folder, its unit. Pure.
import {createHash} from 'node:crypto';
import {quoteWord} from '../core/quote.ts';
import type {NodeFacts} from './node-facts.ts';
import {findOwnSettings, parseParcelVersion, type InstallRequest, type SparkPlace} from './node-settings.ts';
import {renderKerberosSettings} from './kerberos.ts';
import {findMetastoreClient, renderSparkDefaults} from './spark-defaults.ts';

/** A file or a link below the overlay's folder. */
export type OverlayEntry =
  | {readonly path: string; readonly text: string; readonly mode: '644' | '755'}
  | {readonly path: string; readonly target: string};

const serverClass = 'org.apache.spark.sql.hive.thriftserver.HiveThriftServer2';

/** Sourced by every command of the dist, also by those that are called without our wrapper. */
function renderSparkEnv({conf, parcel, jars}: SparkPlace, javaHome: string, parcels: string): string {
  const cloudera = quoteWord(conf);
  const isWithOwnHive = parcel === 'SPARK2';
  const left = ['spark-assembly', 'spark-lineage', ...(isWithOwnHive ? ['hive-'] : [])];
  const detect = quoteWord(`${parcels}/CDH/lib/bigtop-utils/bigtop-detect-javahome`);
  return `#!/usr/bin/env bash
# Made by build-spark install: Cloudera's settings, with the Spark of this folder.
build_spark_home=$(cd "$(dirname "\${BASH_SOURCE[0]}")/.." && pwd)
if [[ -z \${JAVA_HOME:-} && -f ${detect} ]]; then
  . ${detect}
fi
export JAVA_HOME=\${JAVA_HOME:-${quoteWord(javaHome)}}
if [[ -f ${cloudera}/spark-env.sh ]]; then
  # It looks for Hadoop's configuration beside itself, and sets SPARK_HOME to the parcel's.
  export SPARK_CONF_DIR=${cloudera}
  . ${cloudera}/spark-env.sh
fi
if [[ -f ${cloudera}/classpath.txt ]]; then
  # Without Cloudera's own Spark and its lineage listeners${isWithOwnHive ? ', and without a Hive that is not its own' : ''}.
  SPARK_DIST_CLASSPATH=$(grep -vE '/(${left.join('|')})[^/]*\\.jar$' ${cloudera}/classpath.txt | paste -sd: -)
  export SPARK_DIST_CLASSPATH
fi
${parcel === 'CDH' && jars === 'jars' ? renderSixClasspath(parcels) : ''}export SPARK_HOME=$build_spark_home SPARK_CONF_DIR=$build_spark_home/conf
# Spark asks its configuration alone for the transport; with this, Hive's classes would take the port of the other one.
unset build_spark_home HIVE_SERVER2_TRANSPORT_MODE
`;
}

/** classpath.txt of CDH 6 names no Hive. spark-sql needs two jars that its Spark has not, and the dist's logredactor is empty. */
function renderSixClasspath(parcels: string): string {
  const cdh = quoteWord(`${parcels}/CDH`);
  return `for build_spark_jar in ${cdh}/lib/hive/lib/hive-cli-*.jar ${cdh}/lib/hive/lib/jline-*.jar ${cdh}/jars/logredactor-*.jar; do
  if [[ -e $build_spark_jar ]]; then SPARK_DIST_CLASSPATH=\${SPARK_DIST_CLASSPATH:+$SPARK_DIST_CLASSPATH:}$build_spark_jar; fi
done
export SPARK_DIST_CLASSPATH
unset build_spark_jar
`;
}

function renderSettings(
  request: InstallRequest,
  bindHost: string,
  facts: NodeFacts,
  place: SparkPlace,
  release: string,
): string {
  const {name, user, port, paths, parcels} = request;
  const sum = createHash('sha256')
    .update(facts.clouderaDefaults ?? '')
    .digest('hex');
  return [
    '# Made by build-spark install; read by start, stop and status.',
    `name=${quoteWord(name)}`,
    `user=${quoteWord(user)}`,
    `port=${port}`,
    `bind_host=${quoteWord(bindHost)}`,
    `cloudera_defaults=${quoteWord(`${place.conf}/spark-defaults.conf`)}`,
    `cloudera_defaults_sha256=${sum}`,
    `release=${quoteWord(release)}`,
    `parcel_link=${quoteWord(`${parcels}/${place.parcel}`)}`,
    `parcel_version=${findParcelNumbers(facts.parcels[place.parcel] ?? '')}`,
    ...renderKerberosSettings(request, facts),
    `classpath=${quoteWord(`${place.conf}/classpath.txt`)}`,
    `log_dir=${quoteWord(`${paths.logs}/build-spark-${name}`)}`,
    `run_dir=${quoteWord(`${paths.run}/build-spark-${name}`)}`,
    `own_settings=${quoteWord(findOwnSettings(request))}`,
    '',
  ].join('\n');
}

export function renderUnit({name, user, paths}: InstallRequest): string {
  const home = `${paths.root}/${name}`;
  return `# Made by build-spark install.
[Unit]
Description=Spark Thriftserver ${name}
Wants=network-online.target
After=network-online.target remote-fs.target

[Service]
Type=forking
User=${user}
RuntimeDirectory=build-spark-${name}
PIDFile=/run/build-spark-${name}/spark-${user}-${serverClass}-1.pid
ExecStart=${home}/start
ExecStop=${home}/stop
SuccessExitStatus=143
TimeoutStartSec=300
TimeoutStopSec=120
Restart=on-failure
RestartSec=30
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
`;
}

/** 0.0.0.0 where the node's own name leads to its loopback, as on many Debian hosts. */
export function findBindHost({bindHost}: InstallRequest, facts: NodeFacts): string {
  if (bindHost !== undefined) return bindHost;
  return facts.hostAddress === undefined || facts.hostAddress.startsWith('127.') ? '0.0.0.0' : facts.hostName;
}

/** As parcel_version of server.sh: `5.7.0`, `2.2.0.cloudera4`. */
function findParcelNumbers(parcel: string): string {
  return parseParcelVersion(parcel)?.replace('-', '.') ?? '';
}

/** libthrift 0.9 logs whatever fails before a login with a stack trace: each health check of a balancer would be one. */
const ownLog4j = `# Made by build-spark install; read after the cluster's log4j.properties.
log4j.logger.org.apache.thrift.server.TThreadPoolServer=FATAL
`;

/** Where the cluster has none; Spark's own would be a file inside its jar, which nothing can be added to. */
const plainLog4j = `# Made by build-spark install: the cluster has none.
log4j.rootCategory=INFO, console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.target=System.err
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n
`;

/** Texts of ours that run on the node. */
export interface NodeScripts {
  readonly control: string;
  readonly server: string;
}

/** @param release Of the dist. @param assembly Name of the assembly jar in the dist, of Spark 1. */
export function planOverlayEntries(
  request: InstallRequest,
  facts: NodeFacts,
  place: SparkPlace,
  scripts: NodeScripts,
  release: string,
  assembly: string | undefined,
): readonly OverlayEntry[] {
  const home = `${request.paths.root}/${request.name}`;
  const jars = assembly === undefined ? {folder: `${home}/${place.jars}`} : {jar: `${home}/lib/${assembly}`};
  const master = assembly === undefined ? 'yarn' : 'yarn-client';
  const ofServer: OverlayEntry[] = [
    {path: 'control.sh', text: scripts.control, mode: '755'},
    {path: 'server.sh', text: scripts.server, mode: '644'},
    {
      path: 'conf/thriftserver.sh',
      text: renderSettings(request, findBindHost(request, facts), facts, place, release),
      mode: '644',
    },
    {path: 'conf/log4j-more.properties', text: ownLog4j, mode: '644'},
  ];
  const isServer = request.role === 'thriftserver';
  const files: OverlayEntry[] = [
    ...(isServer ? ofServer : []),
    {
      path: 'conf/spark-env.sh',
      text: renderSparkEnv(place, facts.javaHome ?? '', request.parcels),
      mode: '644',
    },
    {
      path: 'conf/spark-defaults.conf',
      text: renderSparkDefaults(
        facts.clouderaDefaults,
        jars,
        master,
        findMetastoreClient(place.parcel, request.parcels),
      ),
      mode: '644',
    },
    ...(facts.confFiles.includes('log4j.properties')
      ? []
      : [{path: 'conf/log4j.properties', text: plainLog4j, mode: '644'} as const]),
  ];
  const links: OverlayEntry[] = [
    ...(isServer ? ['start', 'stop', 'status'] : []).map((path) => ({path, target: 'control.sh'})),
    // Cloudera's launcher of CDH 6 looks there for Hive.
    ...(place.parcel === 'CDH' && place.jars === 'jars'
      ? [{path: 'hive', target: `${request.parcels}/CDH/lib/spark/hive`}]
      : []),
    ...(facts.hiveSite === undefined ? [] : [{path: 'conf/hive-site.xml', target: facts.hiveSite}]),
    ...(facts.confFiles.includes('log4j.properties')
      ? [{path: 'conf/log4j.properties', target: `${place.conf}/log4j.properties`}]
      : []),
  ];
  const sums = files
    .map((file) =>
      'text' in file ? `${createHash('sha256').update(file.text).digest('hex')}  ${file.path}\n` : '',
    )
    .join('');
  return [...files, ...links, {path: 'INSTALLED.sha256', text: sums, mode: '644'}];
}
