// A node of a cluster with an active parcel of ours, and the folder of a process on it as Cloudera Manager's agent makes it.
import {spawnSync} from 'node:child_process';
import {chmod, mkdir, readFile, symlink, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {projectRoot} from '../../src/core/paths.ts';
import {renderParcelFiles} from '../../src/parcel/parcel-files.ts';
import {planParcel} from '../../src/parcel/parcel-plan.ts';
import {writeServiceJar} from '../../src/parcel/service-jar.ts';
import {libFacts, makeFolder} from '../distribution/fake-dist.ts';
import {readJar} from './made.ts';

export const clouderaDefaults = `# of the cluster
spark.eventLog.enabled=true
spark.yarn.jar=local:/opt/cloudera/parcels/CDH/lib/spark/lib/spark-assembly.jar
 spark.yarn.archive : hdfs:///x.zip
spark.lineage.enabled true
spark.sql.queryExecutionListeners = a.B , com.cloudera.spark.lineage.X,c.D
spark.extraListeners com.cloudera.spark.lineage.ClouderaNavigatorListener
spark.executor.extraJavaOptions -Da=b -Dc:d
spark.executor.memory=1g
`;

/** What an agent gives by default. */
const environment = {
  ...{
    THRIFT_HOST: 'localhost',
    THRIFT_USER: 'hive',
    THRIFT_PORT: '17015',
    THRIFT_BIND_HOST: '',
    THRIFT_UI_PORT: '4045',
  },
  ...{THRIFT_DRIVER_MEMORY: '4294967296', THRIFT_EXECUTORS: '0', THRIFT_EXECUTOR_MEMORY: '2147483648'},
  ...{
    THRIFT_EXECUTOR_CORES: '1',
    THRIFT_QUEUE: '',
    THRIFT_PRINCIPAL: '',
    THRIFT_KEYTAB: '',
    THRIFT_ARGUMENTS: '',
  },
};

export async function write(path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), {recursive: true});
  await writeFile(path, text);
  await chmod(path, mode);
}

/** Which Spark the parcel is of. */
export interface Kind {
  readonly release: string;
  readonly projectVersion: string;
  /** Jars of the dist. */
  readonly jars: readonly string[];
  /** Cloudera's parcels, active ones. */
  readonly parcels: readonly string[];
  /** Below those, by their links. */
  readonly theirs?: readonly string[];
}

const kindOne: Kind = {
  release: 'cdh5.7.0',
  projectVersion: '1.6.0-cdh5.7.0',
  jars: ['lib/spark-assembly-1.6.0.jar'],
  parcels: ['CDH-5.7.0-1.cdh5.7.0.p0.45'],
};

export async function layOut(kind: Kind = kindOne) {
  const root = await makeFolder();
  const parcels = join(root, 'parcels');
  const conf = join(root, 'etc/spark/conf');
  const {release, projectVersion} = kind;
  const facts = {...libFacts, release, projectVersion};
  const planned = planParcel({...facts, features: ['thriftserver']});
  const plan = {...planned, place: {...planned.place, conf}};
  const top = `${plan.name}-${plan.version}`;
  const script = (path: string) => readFile(join(projectRoot, 'data', path), 'utf8');
  const files = ['bin/spark-sql', 'bin/beeline', ...kind.jars].map((path) => ({
    ...{path, bytes: 1, sha256: 'a'.repeat(64), mode: '755'},
  }));
  const scripts = {
    command: await script('parcel/command.sh'),
    cluster: await script('parcel/cluster.sh'),
    server: await script('node/server.sh'),
  };
  const home = join(parcels, top, 'lib', plan.folder);
  await mkdir(home, {recursive: true});
  for (const file of renderParcelFiles(plan, {...facts, files}, 'dist', scripts))
    if ('text' in file) await write(join(parcels, top, file.path), file.text, file.mode);
    else await symlink(file.target, join(parcels, top, file.path));
  // As Spark: it reads its environment through the conf folder.
  const say = `#!/usr/bin/env bash
set -a; . "$SPARK_CONF_DIR/spark-env.sh"; set +a
printf '%s\\n' "$(basename "$0")" "$@"
echo "port=\${HIVE_SERVER2_THRIFT_PORT:-} http=\${HIVE_SERVER2_THRIFT_HTTP_PORT:-} host=\${HIVE_SERVER2_THRIFT_BIND_HOST:-}"
echo "home=$SPARK_HOME classes=$SPARK_DIST_CLASSPATH hadoop=\${HADOOP_CONF_DIR:-} options=\${SPARK_SUBMIT_OPTS:-}"
if [[ -r $SPARK_CONF_DIR/spark-defaults.conf ]]; then cat "$SPARK_CONF_DIR/spark-defaults.conf"; fi
`;
  for (const name of ['spark-submit', 'spark-sql', 'beeline'])
    await write(join(home, 'bin', name), say, 0o755);
  for (const name of kind.parcels) {
    await mkdir(join(parcels, name));
    await symlink(name, join(parcels, name.slice(0, name.indexOf('-'))));
  }
  for (const path of kind.theirs ?? []) await write(join(parcels, path), '');
  const classes = ['hadoop-common.jar', 'hive-exec.jar', 'spark-assembly-1.6.0.jar'].map((name) =>
    join(root, name),
  );
  for (const path of classes) await write(path, '');
  await write(join(conf, 'classpath.txt'), `${classes.join('\n')}\n`);
  await write(join(conf, 'spark-defaults.conf'), clouderaDefaults);
  await write(join(conf, 'spark-env.sh'), 'export SPARK_HOME=/of/cloudera HADOOP_CONF_DIR=/of/the/client\n');

  const process = join(root, 'process');
  const jar = await readJar(join(root, await writeServiceJar(plan, release, root)));
  for (const name of ['control.sh', 'service.sh'])
    await write(join(process, 'scripts', name), jar[`scripts/${name}`]!, 0o755);
  const property = (name: string, value: string) =>
    `<property><name>${name}</name><value>${value}</value></property>`;
  const site = `<configuration>${property('hive.server2.enable.doAs', 'true')}${property('hive.server2.thrift.port', '10000')}</configuration>\n`;
  await write(join(process, 'hive-conf/hive-site.xml'), site);
  await write(
    join(process, 'yarn-conf/yarn-site.xml'),
    '<a>{{CDH_MR2_HOME}}/*:{{CMF_CONF_DIR}}{{HADOOP_CLASSPATH}}</a>\n',
  );
  await write(join(process, 'role-conf/spark-defaults.conf'), 'spark.executor.cores=7\n');
  await write(join(process, 'role-conf/log4j.properties'), 'log4j.rootLogger=INFO\n');
  const run = (verb: string, more: Readonly<Record<string, string>> = {}) => {
    const {status, stdout, stderr} = spawnSync('bash', [join(process, 'scripts/control.sh'), verb], {
      env: {
        ...{PATH: globalThis.process.env.PATH, CONF_DIR: process, CDH_MR2_HOME: '/mr2'},
        ...{[`${plan.name}_PARCEL`]: join(parcels, top), PARCELS_ROOT: parcels, ...environment, ...more},
      },
      encoding: 'utf8',
    });
    return {status, stdout, stderr, lines: stdout.split('\n')};
  };
  return {root, parcels, top, home, conf, process, run};
}

/** Of a file, or of what a run has printed, with words before the file. The last line with each key holds, as in Spark. */
export function readSettings(lines: readonly string[]): Readonly<Record<string, string>> {
  const start = lines.findIndex((line) => line.startsWith('home='));
  const pairs = lines.slice(start + 1).flatMap((line) => {
    const [, key, value = ''] = /^\s*(spark\.[^\s=:]+)\s*[=:\s]\s*(.*)$/.exec(line) ?? [];
    return key === undefined ? [] : [[key, value.trim()] as const];
  });
  return Object.fromEntries(pairs);
}
