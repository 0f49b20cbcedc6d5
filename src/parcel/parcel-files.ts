// Renders the files that a parcel has besides the dist: Cloudera Manager's descriptions, settings, commands. Pure.
import {quoteWord} from '../core/quote.ts';
import {
  clouderaOnly,
  findClusterHive,
  findMetastoreClient,
  findSparkJars,
} from '../distribution/cloudera-spark.ts';
import type {Manifest} from '../distribution/manifest.ts';
import {renderSparkEnv} from '../distribution/spark-env.ts';
import type {ParcelPlan} from './parcel-plan.ts';

/** Texts of ours that run on the cluster. */
export interface ParcelScripts {
  readonly command: string;
  readonly cluster: string;
  readonly server: string;
}

/** A file of ours, or a link, at its path in the parcel. */
export type ParcelFile =
  | {readonly path: string; readonly text: string; readonly mode: number}
  | {readonly path: string; readonly target: string};

type Dist = Pick<Manifest, 'files' | 'release' | 'features' | 'deps' | 'dependencies'>;

interface Command {
  readonly name: string;
  /** In the dist. */
  readonly script: string;
}

/** Names that no command of CDH has, so that spark-shell, spark-submit, pyspark and beeline stay Cloudera's. */
function listCommands({place}: ParcelPlan, {files}: Pick<Dist, 'files'>): readonly Command[] {
  const two = place.parcel === 'SPARK2' ? '2' : '';
  const has = (path: string): boolean => files.some((file) => file.path === path);
  return [
    {name: `spark${two}-sql`, script: 'bin/spark-sql'},
    {name: `spark${two}-beeline`, script: 'bin/beeline'},
    {name: two === '' ? 'sparkR' : 'spark2R', script: 'bin/sparkR'},
  ].filter(({script}) => has(script));
}

/** @param dist Its manifest. @param distName For the release notes. */
export function renderParcelFiles(
  plan: ParcelPlan,
  dist: Dist,
  distName: string,
  scripts: ParcelScripts,
): readonly ParcelFile[] {
  const commands = listCommands(plan, dist);
  const text = (path: string, content: string, mode = 0o644): ParcelFile => ({path, text: content, mode});
  const json = (path: string, value: unknown): ParcelFile =>
    text(path, `${JSON.stringify(value, undefined, 2)}\n`);
  const hive = findClusterHive(plan.place, '../../..');
  return [
    json('meta/parcel.json', describeParcel(plan)),
    text(`meta/${findEnvName(plan)}`, renderEnv(plan), 0o755),
    json('meta/alternatives.json', describeAlternatives(commands)),
    json('meta/permissions.json', describePermissions(commands)),
    text('meta/release-notes.txt', renderNotes(plan, dist, distName)),
    text('etc/settings.sh', renderSettings(plan, dist)),
    text('etc/spark-env.sh', renderParcelEnv(plan)),
    text('etc/cluster.sh', scripts.cluster),
    text('etc/server.sh', scripts.server),
    ...commands.map(({name}) => text(`bin/${name}`, scripts.command, 0o755)),
    // Cloudera's launcher of CDH 6 looks there for Hive.
    ...(hive !== undefined && !dist.files.some(({path}) => path.startsWith('hive/'))
      ? [{path: `lib/${plan.folder}/hive`, target: hive}]
      : []),
  ];
}

function findEnvName({folder}: ParcelPlan): string {
  return `${folder.replaceAll('-', '_')}_env.sh`;
}

/** The variable that tells the role where the parcel is. */
export function findParcelVariable({name}: Pick<ParcelPlan, 'name'>): string {
  return `${name}_PARCEL`;
}

/** What Cloudera Manager and the manifest of a repository say of it. */
function describeParcel(plan: ParcelPlan) {
  const {name, version, depends, componentVersion, place, clouderaVersion} = plan;
  return {
    schema_version: 1,
    name,
    version,
    extraVersionInfo: {
      fullVersion: version,
      baseVersion: place.parcel === 'CDH' ? `cdh${clouderaVersion}` : clouderaVersion,
      patchCount: '0',
    },
    setActiveSymlink: true,
    depends,
    replaces: '',
    conflicts: '',
    provides: [plan.service.tag],
    scripts: {defines: findEnvName(plan)},
    packages: [],
    // pkg_version has no meaning here, but Cloudera Manager 5.0 does not take a component without.
    components: [
      {
        name: plan.folder,
        version: componentVersion,
        pkg_version: componentVersion,
        pkg_release: version.slice(version.indexOf('p0.')),
      },
    ],
    users: {},
    groups: [],
  };
}

/** Sourced into every process of Cloudera Manager that asks for our tag: it may not exit, nor set what is Cloudera's. */
function renderEnv(plan: ParcelPlan): string {
  return `#!/bin/bash
# Made by build-spark parcel. Sets one variable of its own: CDH_SPARK_HOME and the like stay what Cloudera's parcels say.
${findParcelVariable(plan)}=$PARCELS_ROOT/\${PARCEL_DIRNAME:-${plan.name}-${plan.version}}
export ${findParcelVariable(plan)}
`;
}

function describeAlternatives(commands: readonly Command[]) {
  return Object.fromEntries(
    commands.map(({name}) => [
      name,
      {destination: `/usr/bin/${name}`, source: `bin/${name}`, priority: 10, isDirectory: false},
    ]),
  );
}

/** Whatever the umask of the agent that unpacks it: everybody may run the commands. */
function describePermissions(commands: readonly Command[]) {
  return Object.fromEntries(
    commands.map(({name}) => [`bin/${name}`, {user: 'root', group: 'root', permissions: '0755'}]),
  );
}

function renderNotes({place, clouderaVersion}: ParcelPlan, dist: Dist, distName: string): string {
  const features = dist.features.join(' and ') || 'no features';
  return [
    `Cloudera's Spark of ${dist.release} with ${features}, built by build-spark (${distName}).`,
    `It goes with ${place.parcel} ${clouderaVersion} alone. Cloudera's own Spark stays as it is.`,
    ...(dist.dependencies === 'apache'
      ? ["It was compiled against Apache's Hadoop and Hive: try it on one cluster first."]
      : []),
    'It is not a product of Cloudera, who does not support it.',
    '',
  ].join('\n');
}

/** Read by etc/cluster.sh, and named there. */
function renderSettings(plan: ParcelPlan, {files, release}: Dist): string {
  const {place, clouderaVersion, folder} = plan;
  const jars = findSparkJars(files, place, '@home@', '@parcels@');
  const metastore = findMetastoreClient(place.parcel, '@parcels@');
  const settings = {
    folder,
    release,
    spark_label: place.parcel === 'SPARK2' ? 'Spark 2' : 'Spark',
    cloudera_parcel: place.parcel,
    cloudera_version: clouderaVersion,
    cloudera_conf: place.conf,
    master: jars.master,
    jars_setting: jars.setting,
    metastore_version: metastore?.version ?? '',
    metastore_jars: metastore?.jars ?? '',
    jar_keys: clouderaOnly.jarKeys,
    lineage_keys: clouderaOnly.lineageKeys,
    listener_keys: clouderaOnly.listenerKeys,
    lineage: clouderaOnly.lineage,
  };
  return [
    '# shellcheck shell=bash disable=SC2034',
    '# Made by build-spark parcel; read by cluster.sh.',
    ...Object.entries(settings).map(([key, value]) => `${key}=${value === '' ? "''" : quoteWord(value)}`),
    '',
  ].join('\n');
}

/** Linked into each conf folder that is made: it asks where it really is. */
function renderParcelEnv({place, folder}: ParcelPlan): string {
  const here = '$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")';
  return renderSparkEnv(
    place,
    {
      home: `${here}/lib/${folder}`,
      conf: '$SPARK_CONF_DIR',
      cloudera: quoteWord(place.conf),
      parcels: '"${build_spark_home%/*/*/*}"',
    },
    'build-spark parcel',
    [
      '# Of a role: what Cloudera Manager gives it, and not what the client configuration names.',
      'if [[ -n ${build_spark_hadoop_conf:-} ]]; then',
      '  export HADOOP_CONF_DIR=$build_spark_hadoop_conf YARN_CONF_DIR=$build_spark_hadoop_conf',
      'fi',
    ],
  );
}
