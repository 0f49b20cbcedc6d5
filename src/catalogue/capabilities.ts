// Says whether a source can give a feature, by itself or with a patch of ours, and if not, why: each with its reason. Knows no git.
import semver from 'semver';
import {projectRoot} from '../core/paths.ts';
import {doEditsFit} from '../maven/edits.ts';
import {readSourcePatches, type SourcePatch} from '../maven/source-patches.ts';
import type {Pom} from '../maven/pom.ts';
import {featureNames, type FeatureName} from './features.ts';
import type {Capability, MavenCoordinates} from './ref-facts.ts';

/** The text of one file of the source; undefined when there is none. */
export type ReadFile = (path: string) => Promise<string | undefined>;

export interface CapabilityInput {
  readonly root: Pom;
  readonly sparkVersion: string;
  readonly readFile: ReadFile;
}

interface Obstacle {
  /** Spark's version, and the version of CDH whose Hive it is compiled against; undefined where the parent hides it. */
  readonly applies: (sparkVersion: string, cdhVersion: string | undefined) => boolean;
  /** The obstacle is gone when a file of the source says so. */
  readonly isPresent: (readFile: ReadFile) => Promise<boolean>;
  readonly reason: string;
}

const module = 'sql/hive-thriftserver';
const scala = `${module}/src/main/scala/org/apache/spark/sql/hive/thriftserver`;
const java = `${module}/src/main/java/org/apache/hive/service/cli`;

const mentions =
  (path: string, pattern: RegExp) =>
  async (readFile: ReadFile): Promise<boolean> =>
    pattern.test((await readFile(path)) ?? '');

const inRange = (range: string, version: string | undefined): boolean =>
  version !== undefined && semver.satisfies(version, range, {includePrerelease: true});

/** Found by comparing the sources of each tag with those of Hive at the same tag. */
const obstacles: readonly Obstacle[] = [
  {
    applies: (spark, cdh) => inRange('1.x', spark) && inRange('>=5.4.0 <5.5.0', cdh),
    isPresent: async (readFile) =>
      (await readFile(
        `${module}/v1.1.0/src/main/scala/org/apache/spark/sql/hive/thriftserver/Shim11.scala`,
      )) === undefined &&
      mentions(`${scala}/SparkSQLSessionManager.scala`, /\bcli\.log\.LogManager\b/)(readFile),
    reason:
      'Its Thriftserver has no layer for the Hive 1.1.0 of CDH 5.4 (no v1.1.0 folder) and imports a LogManager which that Hive lacks.',
  },
  {
    applies: (spark, cdh) => inRange('2.x', spark) && !inRange('>=6.0.0', cdh),
    isPresent: mentions(
      `${java}/ColumnValue.java`,
      /\bimport\s+org\.apache\.hadoop\.hive\.common\.type\.HiveInterval/,
    ),
    reason:
      'Its Thriftserver needs classes of Hive 1.2 (HiveIntervalDayTime, HivePrivilegeObjectUtils and others) which the Hive 1.1.0 of CDH 5 lacks.',
  },
  {
    applies: (spark, cdh) => inRange('2.x', spark) && inRange('>=6.0.0', cdh),
    isPresent: mentions(
      `${java}/session/HiveSessionImpl.java`,
      /\bimport\s+org\.apache\.hadoop\.hive\.ql\.(?:exec\.FetchFormatter|parse\.VariableSubstitution)\b/,
    ),
    reason:
      'Its Thriftserver imports FetchFormatter and VariableSubstitution from where Hive 1.2 had them; the Hive 2.1.1 of CDH 6 has moved both.',
  },
];

/** Whether this pom's parent supplies the versions of a CDH. */
export function isClouderaParent(parent: MavenCoordinates | undefined): parent is MavenCoordinates {
  return parent?.groupId === 'com.cloudera.cdh';
}

/** `5.7.0` of `cdh-root:5.7.0`; undefined for another parent. */
export function findParentCdh(parent: MavenCoordinates | undefined): string | undefined {
  return isClouderaParent(parent) && parent.artifactId === 'cdh-root' ? parent.version : undefined;
}

async function readThriftserver(input: CapabilityInput): Promise<Capability> {
  const {root, sparkVersion, readFile} = input;
  if ((await readFile(`${module}/pom.xml`)) === undefined)
    return {status: 'no', reason: `This source has no module ${module}.`};
  const cdhVersion = findParentCdh(root.parent);
  // First of all: a patch may be for what is an obstacle without it, and may put the module into the list.
  const patched = isClouderaParent(root.parent) ? await findPatched(input, cdhVersion) : undefined;
  if (patched !== undefined) return patched;
  const isInProfile = root.profiles.some(
    (profile) => profile.id === 'hive-thriftserver' && profile.modules.includes(module),
  );
  if (!isInProfile && !root.modules.includes(module)) {
    return {
      status: 'no',
      reason: `The module ${module} is there, but no module list and no profile of the root pom names it.`,
    };
  }
  if (!isClouderaParent(root.parent)) return {status: 'yes'};
  for (const obstacle of obstacles) {
    if (obstacle.applies(sparkVersion, cdhVersion) && (await obstacle.isPresent(readFile)))
      return {status: 'no', reason: obstacle.reason};
  }
  return {status: 'yes'};
}

/** As `built` of a patch names it: `6.3`; `spark2-2.4.0` for Spark 2 for CDH 5, whose parent is that of some CDH 5. */
function findLine(version: string | undefined, sparkVersion: string, cdhVersion: string | undefined): string {
  const isSpark2 = /[.-](?:cloudera|beta)/.test(version ?? '');
  return isSpark2 ? `spark2-${sparkVersion}` : (cdhVersion?.split('.').slice(0, 2).join('.') ?? '');
}

/** As people call that line. */
function titleOf(line: string): string {
  return line.startsWith('spark2-') ? `Spark ${line.slice('spark2-'.length)} for CDH 5` : `CDH ${line}`;
}

/** Of the patches that are for a source like this one, the first decides. */
async function findPatched(
  {root, sparkVersion, readFile}: CapabilityInput,
  cdhVersion: string | undefined,
): Promise<Capability | undefined> {
  const isFound = async ({file, pattern}: SourcePatch['where'][number]): Promise<boolean> =>
    pattern.test((await readFile(file)) ?? '');
  for (const {id, applies, where, unless, built, reason, edits} of await readSourcePatches(projectRoot)) {
    if (!inRange(applies.spark, sparkVersion)) continue;
    if (applies.cdh !== undefined && !inRange(applies.cdh, cdhVersion)) continue;
    if (!(await Promise.all(where.map(isFound))).every(Boolean)) continue;
    if (unless !== undefined && (await isFound(unless))) continue;
    if (!(await doEditsFit(edits, readFile)))
      return {status: 'no', reason: `${reason} It does not fit this source, which was changed there.`};
    const line = findLine(root.version, sparkVersion, cdhVersion);
    return (built?.includes(line) ?? true)
      ? {status: 'patched', reason, patch: id}
      : {
          status: 'no',
          reason: `${reason} No release of ${titleOf(line)} has been built with it yet.`,
          patch: id,
        };
  }
  return undefined;
}

async function readSparkr({root, readFile}: CapabilityInput): Promise<Capability> {
  if (!root.profiles.some((profile) => profile.id === 'sparkr'))
    return {status: 'no', reason: 'The root pom has no profile sparkr.'};
  for (const path of ['R/install-dev.sh', 'bin/sparkR']) {
    if ((await readFile(path)) === undefined) return {status: 'no', reason: `This source has no ${path}.`};
  }
  return {status: 'yes'};
}

/** How each feature is looked for in a source. */
const readers: Readonly<Record<FeatureName, (input: CapabilityInput) => Promise<Capability>>> = {
  thriftserver: readThriftserver,
  sparkr: readSparkr,
};

export async function readCapabilities(
  input: CapabilityInput,
): Promise<Readonly<Record<FeatureName, Capability>>> {
  const found = await Promise.all(
    featureNames.map(async (name) => [name, await readers[name](input)] as const),
  );
  return Object.fromEntries(found) as Record<FeatureName, Capability>;
}
