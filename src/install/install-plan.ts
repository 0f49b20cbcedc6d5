// Decides what is done on one node: what is sent, which files are replaced, what the operator types next. Pure.
import {createHash} from 'node:crypto';
import {quoteCommand} from '../core/quote.ts';
import type {Manifest} from '../distribution/manifest.ts';
import type {NodeFacts} from './node-facts.ts';
import {findKerberos} from './kerberos.ts';
import {renderBeeline} from './client-command.ts';
import {
  findBindHost,
  planOverlayEntries,
  renderUnit,
  type NodeScripts,
  type OverlayEntry,
} from './overlay-files.ts';
import {isRecipeFile} from './node-preflight.ts';
import type {SparkPlace} from '../distribution/spark-place.ts';
import {findOwnSettings, type InstallRequest} from './node-settings.ts';
import {planLineageOverrides} from './spark-defaults.ts';

/** One line of the agent's plan; agent.sh says what each kind means. */
export type PlanLine =
  | {readonly kind: 'folder'; readonly source: string; readonly path: string}
  | {
      readonly kind: 'file';
      readonly mode: string;
      readonly sha256: string;
      readonly source: string;
      readonly path: string;
    }
  | {readonly kind: 'link'; readonly target: string; readonly path: string}
  | {readonly kind: 'empty'; readonly mode: string; readonly owner: string; readonly path: string}
  | {readonly kind: 'absent'; readonly path: string}
  | {readonly kind: 'run'; readonly command: 'daemon-reload'};

export interface InstallPlan {
  readonly places: Places;
  /** Below the dist, with `/`; undefined for all of it. */
  readonly only?: readonly string[] | undefined;
  /** Where the dist goes in the staging folder. */
  readonly distFolder: string;
  /** Sent besides, relative to the staging folder. */
  readonly entries: readonly OverlayEntry[];
  readonly lines: readonly PlanLine[];
  /** What a person should know about it. */
  readonly notes: readonly string[];
  /** To be typed next, in this order. */
  readonly next: readonly string[];
}

export interface PlanInput {
  readonly request: InstallRequest;
  readonly facts: NodeFacts;
  readonly place: SparkPlace;
  readonly manifest: Pick<Manifest, 'files' | 'release'>;
  /** Text of the dist's SHA256SUMS. */
  readonly sums: string;
  readonly scripts: NodeScripts;
}

export function planInstall(input: PlanInput): InstallPlan {
  return input.request.layout === 'overlay' ? planOverlay(input) : planRecipe(input);
}

/** The text that the agent reads. No field may hold a tab or a newline: names were checked before. */
export function renderLines(lines: readonly PlanLine[]): string {
  return lines
    .map((line) => {
      switch (line.kind) {
        case 'folder':
          return ['folder', '-', '-', line.source, line.path];
        case 'file':
          return ['file', line.mode, line.sha256, line.source, line.path];
        case 'link':
          return ['link', '-', '-', line.target, line.path];
        case 'empty':
          return ['empty', line.mode, '-', line.owner, line.path];
        case 'absent':
          return ['absent', '-', '-', '-', line.path];
        case 'run':
          return ['run', '-', '-', '-', line.command];
      }
    })
    .map((fields) => `${fields.join('\t')}\n`)
    .join('');
}

/** Which series of installs this is one of: each has records of its own. */
export function findKey({layout, name}: InstallRequest, {parcels}: NodeFacts, place: SparkPlace): string {
  return layout === 'overlay' ? `overlay-${name}` : `recipe-${parcels[place.parcel] ?? place.parcel}`;
}

/** Where the agent keeps the records of one series, where things are sent to, and where it is itself. */
export interface Places {
  readonly state: string;
  readonly staging: string;
  readonly agent: string;
}

export function planPlaces(root: string, key: string): Places {
  return {
    state: `${root}/.state/${key}`,
    staging: `${root}/.staging/${key}`,
    agent: `${root}/.state/agent.sh`,
  };
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

function planOverlay({request, facts, place, manifest, sums, scripts}: PlanInput): InstallPlan {
  const {name, user, paths} = request;
  const home = `${paths.root}/${name}`;
  // A dist may bring what would be a link, such as the folder hive.
  const own = planOverlayEntries(request, facts, place, scripts, manifest).filter(
    (entry) => !manifest.files.some(({path}) => path.startsWith(`${entry.path}/`)),
  );
  const unit = renderUnit(request);
  const version = `.versions/${name}-${hash([sums, JSON.stringify(own), unit].join('\0')).slice(0, 12)}`;
  const unitName = `build-spark-${name}.service`;
  const isServer = request.role === 'thriftserver';
  const hasUnit = isServer && facts.hasSystemd;
  const units: PlanLine[] = hasUnit
    ? [
        {
          kind: 'file',
          mode: '644',
          sha256: hash(unit),
          source: 'unit',
          path: `${paths.units}/${unitName}`,
        },
      ]
    : [];
  // A server that was installed here before has one, and may start at boot.
  const strayUnits = [unitName, `multi-user.target.wants/${unitName}`].map((path): PlanLine => {
    return {kind: 'absent', path: `${paths.units}/${path}`};
  });
  const isUpgrade = facts.current !== undefined && facts.current !== version;
  return {
    places: planPlaces(request.paths.root, findKey(request, facts, place)),
    distFolder: 'version',
    entries: [
      ...own.map((entry) => ({...entry, path: `version/${entry.path}`})),
      ...(hasUnit ? [{path: 'unit', text: unit, mode: '644' as const}] : []),
    ],
    lines: [
      {kind: 'folder', source: 'version', path: `${paths.root}/${version}`},
      ...(isServer
        ? [{kind: 'empty', mode: '755', owner: user, path: `${paths.logs}/build-spark-${name}`} as const]
        : []),
      ...units,
      {kind: 'link', target: version, path: home},
      ...(facts.hasSystemd && !isServer ? strayUnits : []),
      ...(facts.hasSystemd ? [{kind: 'run' as const, command: 'daemon-reload' as const}] : []),
    ],
    notes: [
      `${home} is the dist with a conf folder of its own; ${place.conf} and the parcel stay as they are.`,
      ...(isServer
        ? [
            `Settings of your own that outlive an install: ${findOwnSettings(request)}.sh, and .log4j.properties beside it.`,
          ]
        : []),
    ],
    next: isServer
      ? [
          ...(facts.hasSystemd
            ? [
                `sudo systemctl enable ${unitName}`,
                `sudo systemctl ${isUpgrade ? 'restart' : 'start'} ${unitName}`,
              ]
            : [...(isUpgrade ? [`sudo ${home}/stop`] : []), `sudo ${home}/start`]),
          renderBeeline(`${home}/bin/beeline`, request, facts),
        ]
      : ['spark-sql', 'sparkR'].flatMap((command) =>
          manifest.files.some(({path}) => path === `bin/${command}`)
            ? [`${home}/bin/${command}${command === 'spark-sql' ? " -e 'show tables'" : ''}`]
            : [],
        ),
  };
}

/** As the article says, with `install -o root -g root`; scripts get 0755, because with its 0644 nobody can start them. */
function planRecipe({request, facts, place, manifest}: PlanInput): InstallPlan {
  const {user, port} = request;
  const {sparkHome = ''} = facts;
  const notes: string[] = [];
  const files = manifest.files.filter(({path}) => isRecipeFile(path, place));
  const lines = files.map((file): PlanLine => {
    const twin = findTwin(file.path, facts.sparkFiles);
    if (twin !== undefined && twin !== file.path)
      notes.push(`${file.path} goes to ${twin}: beside Cloudera's, spark-class would refuse to choose.`);
    const mode = file.path.endsWith('.sh') ? '755' : '644';
    const source = `dist/${file.path}`;
    return {kind: 'file', mode, sha256: file.sha256, source, path: `${sparkHome}/${twin ?? file.path}`};
  });
  const logs = `${request.paths.logs}/build-spark-thriftserver`;
  const settings = [
    ...(facts.javaHome === undefined ? [] : [`JAVA_HOME=${facts.javaHome}`]),
    `SPARK_LOG_DIR=${logs}`,
    `SPARK_PID_DIR=${logs}`,
  ];
  // By the real path of the parcel: by its link, Cloudera's load-spark-env.sh looks for another Spark and stops nothing.
  const asUser = ['sudo', '-u', user, 'env', '-u', 'SPARK_HOME', ...settings];
  const within = manifest.files.some(({path}) => path.startsWith('lib/spark-assembly-1.5.'))
    ? planWithinSettings(`${place.conf}/spark-env.sh`)
    : [];
  const bindHost = findBindHost(request, facts);
  const overrides = planLineageOverrides(facts.clouderaDefaults);
  if (overrides.length > 0)
    notes.push(
      `${place.conf}/spark-defaults.conf names lineage listeners, whose classes are not in this dist; the command below leaves them out.`,
    );
  const login = findKerberos(request, facts);
  const ofServer = [
    `hive.server2.thrift.${facts.server.mode === 'http' ? 'http.' : ''}port=${port}`,
    `hive.server2.thrift.bind.host=${bindHost}`,
    'hive.server2.enable.doAs=false',
    'hive.server2.map.fair.scheduler.queue=false',
    ...(login === undefined
      ? []
      : [
          `hive.server2.authentication.kerberos.keytab=${login.keytab}`,
          `hive.server2.authentication.kerberos.principal=${login.principal}`,
        ]),
  ];
  // To Spark 2, hive-site.xml counts more than --hiveconf, and Spark's own words and the environment more than both.
  const ofSpark = place.jars === 'jars' ? ofServer.map((setting) => `spark.hadoop.${setting}`) : [];
  const start = [
    `HIVE_SERVER2_THRIFT_${facts.server.mode === 'http' ? 'HTTP_' : ''}PORT=${port}`,
    `HIVE_SERVER2_THRIFT_BIND_HOST=${bindHost}`,
    ...within,
    `${sparkHome}/sbin/start-thriftserver.sh`,
    ...(login === undefined ? [] : ['--keytab', login.keytab, '--principal', login.principal]),
    ...[...overrides, ...ofSpark].flatMap((setting) => ['--conf', setting]),
    ...ofServer.flatMap((setting) => ['--hiveconf', setting]),
  ];
  return {
    places: planPlaces(request.paths.root, findKey(request, facts, place)),
    only: files.map(({path}) => path),
    distFolder: 'dist',
    entries: [],
    lines: [...lines, {kind: 'empty', mode: '755', owner: user, path: logs}],
    notes: [
      'Scripts get mode 0755; the article gives them 0644, and then nobody can start them.',
      ...notes,
      `It is stopped by: ${quoteCommand([...asUser, ...within, `${sparkHome}/sbin/stop-thriftserver.sh`])}`,
      'An upgrade of the parcel, or its removal, takes these files away with it; the overlay stays.',
    ],
    next: [quoteCommand([...asUser, ...start]), renderBeeline('beeline', request, facts)],
  };
}

/**
 * Runs a command with Cloudera's settings loaded already. The scripts of Spark 1.5 call its folder `…/sbin/..`; when they
 * load these themselves, they take the name in them for another Spark, and look there for a file that is nowhere.
 */
function planWithinSettings(sparkEnv: string): readonly string[] {
  return ['bash', '-c', 'set -a; . "$0"; SPARK_ENV_LOADED=1; exec "$@"', sparkEnv];
}

/** The file of the parcel that is the same thing under the parcel's name: `lib/spark-assembly-…-cdh5.7.0.jar`. */
export function findTwin(path: string, sparkFiles: readonly string[]): string | undefined {
  if (sparkFiles.includes(path)) return path;
  const artifact = findArtifact(path);
  if (artifact === undefined) return undefined;
  const folder = path.slice(0, path.indexOf('/') + 1);
  return sparkFiles.find((each) => each.startsWith(folder) && findArtifact(each) === artifact);
}

/** What a jar is, without its version; undefined when its name has none, as the link spark-assembly.jar. */
function findArtifact(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (/^spark-\d.*-yarn-shuffle\.jar$/.test(name)) return 'spark-yarn-shuffle';
  return /^(spark-[a-z][\w.-]*?)-\d.*\.jar$/.exec(name)?.[1];
}
