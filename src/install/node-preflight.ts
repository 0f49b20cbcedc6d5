// Decides whether a dist may go to a node, all problems at once. Pure.
import bytes from 'bytes';
import {exitCodes, ExpectedError} from '../core/errors.ts';
import type {Manifest} from '../distribution/manifest.ts';
import type {Findings, Problem} from './findings.ts';
import {findKerberosProblems} from './kerberos.ts';
import type {NodeFacts} from './node-facts.ts';
import {parseParcelVersion, parseReleaseVersion, type SparkPlace} from '../distribution/spark-place.ts';
import type {InstallRequest} from './node-settings.ts';

/** A node that a dist may not go to. Nothing was changed there. */
export class PreflightError extends ExpectedError {
  readonly exitCode: typeof exitCodes.usage | typeof exitCodes.failed;

  constructor(host: string, problems: readonly Problem[]) {
    const [first] = problems;
    super(
      `${host} is not ready, and nothing was changed there:\n${problems.map(({message, hint}) => `- ${message}\n  ${hint}`).join('\n')}`,
      problems.length === 1 && first !== undefined
        ? first.hint
        : 'Fix these, then type the same command again.',
    );
    this.exitCode = problems.some(({isUsage}) => isUsage === true) ? exitCodes.usage : exitCodes.failed;
  }
}

type DistFacts = Pick<
  Manifest,
  'release' | 'features' | 'deps' | 'dependencies' | 'projectVersion' | 'files'
>;

export function findProblems(
  facts: NodeFacts,
  dist: DistFacts,
  place: SparkPlace,
  request: InstallRequest,
): Findings {
  const problems: Problem[] = [];
  const warnings: string[] = [];
  const isServer = request.role === 'thriftserver';
  const add = (message: string, hint: string, isUsage = false): void => {
    problems.push({message, hint, isUsage});
  };
  checkVersion(facts, dist, place, request, {add, warn: (line) => warnings.push(line)});
  const jvm = findJavaMajor(facts.javaVersion);
  const oldest = /^(?:1|2\.[01])\./.test(dist.projectVersion ?? '1.') ? 7 : 8;
  if (facts.javaHome === undefined)
    add('It has no JDK that we find.', 'Install the JDK that CDH uses there, 7 or 8.');
  else if (jvm === undefined || jvm < oldest || jvm > 8)
    add(
      `Its JDK, ${facts.javaHome}, is ${facts.javaVersion ?? 'of an unknown version'}; this Spark runs on ${oldest === 8 ? '8' : '7 and 8'}.`,
      'Install JDK 8 where bigtop-detect-javahome finds it: /usr/java/jdk1.8…',
    );
  if (!facts.hasUser && isServer)
    add(`It has no user ${request.user}.`, 'Is Hive deployed on that node? Or name another user: --user');
  for (const command of facts.missing)
    add(`It lacks the command ${command}.`, 'Install util-linux, coreutils and procps there.');
  const needed = findNeededBytes(dist, place, request.layout);
  if (facts.freeBytes.opt < needed.opt)
    add(
      `/opt has ${show(facts.freeBytes.opt)} free, and ${show(needed.opt)} are needed.`,
      'Make room there, for instance: build-spark install … --rollback of an older dist.',
    );
  if (facts.freeBytes.parcel !== undefined && facts.freeBytes.parcel < needed.parcel)
    add(
      `The parcels have ${show(facts.freeBytes.parcel)} free, and ${show(needed.parcel)} are needed.`,
      'Make room there: Cloudera Manager removes old parcels.',
    );
  if (isServer) problems.push(...findKerberosProblems(facts, request));
  if (request.layout === 'overlay') checkOverlay(facts, dist, place, add);
  if (request.layout === 'overlay' && isServer) checkPort(facts, add);
  if (isServer) warnings.push(...renderServerWarnings(facts, request));
  if (facts.hiveSite === undefined)
    warnings.push(
      'It has no hive-site.xml: Spark will make a metastore of its own and show none of the tables of Hive.',
    );
  if (dist.dependencies === 'apache')
    warnings.push(
      "The dist was compiled against Apache's Hadoop and Hive in place of Cloudera's: try your own queries before others rely on it.",
    );
  return {problems, warnings};
}

interface Report {
  readonly add: (message: string, hint: string, isUsage?: boolean) => void;
  readonly warn: (line: string) => void;
}

function checkVersion(
  facts: NodeFacts,
  dist: DistFacts,
  place: SparkPlace,
  {forceVersion, parcels, role}: InstallRequest,
  {add, warn}: Report,
): void {
  if (role === 'thriftserver' && !dist.features.includes('thriftserver'))
    add('The dist has no Thriftserver.', 'Build one: build-spark --cdh … --with thriftserver', true);
  const parcel = facts.parcels[place.parcel];
  if (parcel === undefined) {
    add(
      `It has no active parcel ${parcels}/${place.parcel}.`,
      'Name a node of the cluster; parcels elsewhere: --parcels <folder>',
    );
    return;
  }
  if (facts.sparkHome === undefined)
    add(`The parcel ${parcel} has no ${place.folder}.`, 'Is this the node, and the parcel, that has Spark?');
  const has = parseParcelVersion(parcel);
  const wants = parseReleaseVersion(dist.release);
  if (has !== undefined && has === wants) return;
  const what = `The dist is for ${dist.release}, and the node has ${parcel}.`;
  if (forceVersion)
    warn(`${what} INSTALLED ALL THE SAME, because of --force-version: classes may be missing at run time.`);
  else
    add(
      what,
      has === undefined
        ? 'If you know that they fit: --force-version'
        : `Build it for that one: build-spark ${place.parcel === 'CDH' ? '--cdh' : '--spark2'} ${has}; or, at your own risk: --force-version`,
      true,
    );
}

function checkOverlay(facts: NodeFacts, dist: DistFacts, place: SparkPlace, add: Report['add']): void {
  if (facts.inTheWay !== undefined)
    add(`${facts.inTheWay} is there, and is not ours.`, 'Look at it, and move it away.');
  if (dist.deps === 'provided' && !facts.confFiles.includes('classpath.txt'))
    add(
      `It has no ${place.conf}/classpath.txt, which names the jars that this dist leaves to the cluster.`,
      'Give that node the Spark gateway role in Cloudera Manager, and deploy the client configuration.',
    );
}

function checkPort({server: {port, portFrom, listener}}: NodeFacts, add: Report['add']): void {
  if (listener === 'other')
    add(
      `Port ${port} is taken there${portFrom === undefined ? '' : `; it comes from ${portFrom}`}.`,
      portFrom === undefined
        ? 'Name another one: --port <n>'
        : `Take ${portFrom} away, or name a free port there.`,
    );
}

/** Where it listens in another way than was asked for. */
function renderServerWarnings(
  {server}: NodeFacts,
  {port, bindHost}: Pick<InstallRequest, 'port' | 'bindHost'>,
): readonly string[] {
  return [
    ...(server.mode === 'http'
      ? [
          `hive.server2.transport.mode is http there: it will speak HTTP, on port ${server.port}, path /${server.httpPath}.`,
        ]
      : []),
    ...(server.portFrom !== undefined && server.port !== port
      ? [`It will listen on port ${server.port}, from ${server.portFrom}, instead of ${port}.`]
      : []),
    ...(server.host !== undefined && server.host !== bindHost
      ? [`It will listen on ${server.host}, which the settings of that node name.`]
      : []),
  ];
}

/** What is laid out, kept and replaced, with a tenth to spare. The recipe's jars are there three times for a moment. */
function findNeededBytes(
  {files}: DistFacts,
  place: SparkPlace,
  layout: InstallRequest['layout'],
): {readonly opt: number; readonly parcel: number} {
  const sum = (list: typeof files): number => list.reduce((total, file) => total + file.bytes, 0);
  if (layout === 'overlay') return {opt: sum(files) * 1.1, parcel: 0};
  const jars = sum(files.filter(({path}) => isRecipeFile(path, place)));
  return {opt: jars * 2.2, parcel: jars * 1.1};
}

/** What the article copies: Spark's own jars and the two scripts. */
export function isRecipeFile(path: string, {jars}: SparkPlace): boolean {
  return new RegExp(`^${jars}/spark[^/]*\\.jar$|^sbin/(?:start|stop)-thriftserver\\.sh$`).test(path);
}

/** 8 of `1.8.0_504`, 11 of `11.0.2`. */
export function findJavaMajor(version: string | undefined): number | undefined {
  const match = /^(?:1\.)?(\d+)/.exec(version ?? '');
  return match === null ? undefined : Number(match[1]);
}

function show(count: number): string {
  return bytes.format(count, {unitSeparator: ' '}) ?? String(count);
}
