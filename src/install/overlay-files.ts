// Renders what an overlay has besides the dist: its own conf folder, its unit. Pure.
import {createHash} from 'node:crypto';
import {quoteWord} from '../core/quote.ts';
import {
  findClusterHive,
  findMetastoreClient,
  findSparkJars,
  quietLogger,
  serverClass,
} from '../distribution/cloudera-spark.ts';
import type {Manifest} from '../distribution/manifest.ts';
import {renderSparkEnv} from '../distribution/spark-env.ts';
import type {NodeFacts} from './node-facts.ts';
import {parseParcelVersion, type SparkPlace} from '../distribution/spark-place.ts';
import {findOwnSettings, type InstallRequest} from './node-settings.ts';
import {renderKerberosSettings} from './kerberos.ts';
import {renderSparkDefaults} from './spark-defaults.ts';

/** A file or a link below the overlay's folder. */
export type OverlayEntry =
  | {readonly path: string; readonly text: string; readonly mode: '644' | '755'}
  | {readonly path: string; readonly target: string};

/** Found by commands that are called without our wrapper too: it asks nothing but its own path. */
function renderOverlayEnv(place: SparkPlace, javaHome: string, parcels: string): string {
  const words = {
    home: '$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)',
    conf: '$build_spark_home/conf',
    cloudera: quoteWord(place.conf),
    parcels: quoteWord(parcels),
    javaHome: quoteWord(javaHome),
  };
  return renderSparkEnv(place, words, 'build-spark install');
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
# It ends with 0 when YARN has ended its application. 143 is a stop, also one by hand.
Restart=always
RestartPreventExitStatus=143
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

const ownLog4j = `# Made by build-spark install; read after the cluster's log4j.properties.
${quietLogger.key}=${quietLogger.value}
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

export function planOverlayEntries(
  request: InstallRequest,
  facts: NodeFacts,
  place: SparkPlace,
  scripts: NodeScripts,
  {files: distFiles, release}: Pick<Manifest, 'files' | 'release'>,
): readonly OverlayEntry[] {
  const home = `${request.paths.root}/${request.name}`;
  const hive = findClusterHive(place, request.parcels);
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
      text: renderOverlayEnv(place, facts.javaHome ?? '', request.parcels),
      mode: '644',
    },
    {
      path: 'conf/spark-defaults.conf',
      text: renderSparkDefaults(
        facts.clouderaDefaults,
        findSparkJars(distFiles, place, home, request.parcels),
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
    ...(hive === undefined ? [] : [{path: 'hive', target: hive}]),
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
