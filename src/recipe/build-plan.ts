// Decides everything about one build. Pure: no clock, disk, network or environment.
import {isDeepStrictEqual} from 'node:util';
import {pickFeatures, renderFeatureSuffix, type FeatureName} from '../catalogue/features.ts';
import {renderRelease, type RefFacts} from '../catalogue/ref-facts.ts';
import {UsageError} from '../core/errors.ts';
import {skipTestArguments} from '../maven/dependency-plan.ts';
import {noOwnArguments, type OwnArguments} from '../maven/own-arguments.ts';
import type {BoxReference, ProviderName} from '../machine/machine.ts';
import type {BuildRequest} from './build-request.ts';

/** Whose Hadoop, Hive, HBase … the source is compiled against; `none`: the source's parent is not Cloudera's. */
export type DependencyMode = 'none' | 'cloudera' | 'apache';

interface MachineWish extends Pick<BuildRequest, 'provider' | 'box' | 'boxChecksum' | 'cpus'> {
  readonly memoryMib: number;
}

/** The machine that a host gives a build. */
export interface MachineChoice {
  readonly provider: ProviderName;
  readonly box: BoxReference;
  readonly memoryMib: number;
  readonly cpus: number;
  /** Its processor is interpreted: everything takes some ten times as long. */
  readonly isEmulated?: boolean;
}

/** All of one build, as data that any host can run: `plan` prints it, the manifest records it. */
export interface BuildPlan {
  readonly formatVersion: 1;
  /** The dist's name without `dist-`. */
  readonly buildId: string;
  readonly tag: string;
  readonly commit: string;
  readonly source: string;
  readonly facts: RefFacts;
  /** Folder name. */
  readonly dist: string;
  /** Absolute parent of the dist. */
  readonly output: string;
  readonly features: readonly FeatureName[];
  readonly deps: 'provided' | 'bundled';
  readonly dependencies: DependencyMode;
  readonly compileTests: boolean;
  /** What the operator named for Maven: of `arguments`, where they stand among ours. */
  readonly profiles: readonly string[];
  readonly defines: readonly string[];
  readonly script: RefFacts['script'];
  /** Of the script, in passing order. */
  readonly arguments: readonly string[];
  /** Those of them that are ours, for the patches and the stand-in: they name no repository and make no build another's. */
  readonly ownArguments: readonly string[];
  readonly mavenOpts: string;
  readonly undelete: {readonly status: 'edited' | 'nothing'; readonly kept: readonly string[]};
  /** Paths of the operator's own patches, in the order in which they are applied. */
  readonly patches: readonly string[];
  /** What was asked of it; which it is, each host decides for itself. */
  readonly machine: MachineWish;
  /** Whether a machine provisioned before is used, and kept for the next. */
  readonly goldenBox: 'auto' | 'off';
  readonly smoke: boolean;
  /** Whether all times in the dist are the commit's. */
  readonly reproducible: boolean;
  /** Path of the operator's key. */
  readonly sign?: string | undefined;
  /** Nothing of this build opens a connection, in the machine neither. */
  readonly offline: boolean;
  readonly timeoutMs: number;
  readonly silenceMs: number;
  readonly retry: number;
  readonly onFailure: 'destroy' | 'keep';
  readonly keepForMs: number;
  readonly label?: string | undefined;
  /** Set when the catalogue says that it cannot work and the operator insisted. */
  readonly forcedUnsupported: boolean;
}

/**
 * @param facts Read from the ref, or from the catalogue when the commit is the catalogue's.
 * @param dependencies What was chosen by what the network gives.
 * @param own Of our patches and the stand-in.
 * @returns Arguments for the distribution script in passing order; memory in MiB, times in ms.
 * @throws UsageError when the operator names a profile that cannot be.
 */
export function planBuild(
  facts: RefFacts,
  request: BuildRequest,
  dependencies: DependencyMode,
  own: OwnArguments = noOwnArguments,
): BuildPlan {
  const {provider, box, boxChecksum, memoryMib, cpus} = request;
  const features = request.features.filter((feature, index, all) => all.indexOf(feature) === index);
  const dist = renderDistName(facts.tag, features, request, dependencies);
  return {
    formatVersion: 1,
    buildId: dist.slice('dist-'.length),
    tag: facts.tag,
    commit: facts.commit,
    source: request.source,
    facts,
    dist,
    output: request.output,
    features,
    deps: request.deps,
    dependencies,
    compileTests: request.compileTests,
    profiles: request.profiles,
    defines: request.defines,
    script: facts.script,
    arguments: planArguments(facts, features, request, dependencies, own),
    ownArguments: own.arguments,
    mavenOpts: planMavenOpts(memoryMib),
    undelete: planUndelete(facts, features),
    patches: request.patches,
    machine: {provider, box, boxChecksum, memoryMib, cpus},
    goldenBox: request.goldenBox,
    smoke: request.smoke,
    reproducible: request.reproducible,
    sign: request.sign,
    offline: request.offline,
    timeoutMs: request.timeoutMs,
    silenceMs: request.silenceMs,
    retry: request.retry,
    onFailure: request.onFailure,
    keepForMs: request.keepForMs,
    label: request.label,
    forcedUnsupported: findUnsupported(facts, features) !== undefined,
  };
}

function planUndelete({removal}: RefFacts, features: readonly FeatureName[]): BuildPlan['undelete'] {
  const wanted = pickFeatures(features).flatMap(({scripts}) => scripts);
  const kept = removal.status === 'absent' ? [] : removal.scripts.filter((script) => wanted.includes(script));
  return {status: kept.length === 0 ? 'nothing' : 'edited', kept};
}

/** What a release that a range matched and that is not built would have been called. */
export function renderBuildId(tag: string, request: BuildRequest): string {
  return renderDistName(tag, request.features, request, 'none').slice('dist-'.length);
}

/** The names of the original recipe, so that scripts which look for them go on working. */
function renderDistName(
  tag: string,
  features: readonly FeatureName[],
  {deps, label}: BuildRequest,
  dependencies: DependencyMode,
): string {
  return [
    `dist-${renderRelease(tag)}`,
    deps === 'provided' ? '-nodeps' : '',
    renderFeatureSuffix(features),
    dependencies === 'apache' ? '-apache' : '',
    label === undefined ? '' : `-${label}`,
  ].join('');
}

function planArguments(
  facts: RefFacts,
  features: readonly FeatureName[],
  request: BuildRequest,
  dependencies: DependencyMode,
  {arguments: ownArguments, bundles, notBundled}: OwnArguments,
): readonly string[] {
  if (request.deps === 'bundled' && notBundled !== undefined) {
    throw new UsageError(
      `${facts.tag} cannot be built with --deps bundled: ${notBundled}`,
      'Type the same with --deps provided, or with --with none',
    );
  }
  const [refused] = request.profiles.filter((id) => Object.hasOwn(bundles, id));
  if (refused !== undefined) {
    throw new UsageError(
      `${facts.tag} cannot be built with -P ${refused}: ${bundles[refused] ?? ''}`,
      'Leave it out; what CDH has is left out of a dist by --deps provided, as far as that can be.',
    );
  }
  const has = (profile: string): boolean => facts.profiles.includes(profile);
  const profiles = [
    ...['yarn'].filter(has),
    ...(facts.hasHiveProfile ? ['hive'] : []),
    ...pickFeatures(features)
      .map(({profile}) => profile)
      .filter(has),
    ...(facts.neededProfiles ?? []),
    // No Hadoop profile: on Cloudera's tags it replaces Cloudera's versions by Apache's. Source: cdh.md, section 4.
    ...(request.deps === 'provided'
      ? facts.providedProfiles.filter((id) => isLeftOut(id, facts) && !Object.hasOwn(bundles, id))
      : []),
    ...request.profiles,
  ];
  return [
    ...(facts.scriptOptions.mvn ? ['--mvn', 'mvn'] : []),
    ...(facts.scriptOptions.skipJavaTest ? ['--skip-java-test'] : []),
    '-B',
    ...new Set(profiles.map((profile) => `-P${profile}`)),
    ...(request.compileTests ? [] : skipTestArguments),
    ...planHadoopVersion(facts, request, dependencies),
    ...ownArguments,
    ...request.defines.map((define) => `-D${define}`),
  ];
}

/**
 * Hive 2's hive-exec has an older Parquet in it under Parquet's own names: that one would win over the cluster's, while
 * a Parquet in the dist comes before both.
 */
function isLeftOut(profile: string, {hiveVersion}: RefFacts): boolean {
  return profile !== 'parquet-provided' || hiveVersion?.startsWith('2.') !== true;
}

/** A Hadoop profile of the operator's sets a version of its own, so the one that is compiled against is said again. */
function planHadoopVersion(
  {hadoopVersion}: RefFacts,
  {profiles, defines}: BuildRequest,
  dependencies: DependencyMode,
): readonly string[] {
  if (hadoopVersion === undefined || dependencies === 'none') return [];
  if (!profiles.some((id) => /^hadoop-\d/.test(id))) return [];
  if (defines.some((define) => define.startsWith('hadoop.version='))) return [];
  return [
    `-Dhadoop.version=${dependencies === 'apache' ? hadoopVersion.replace(/-cdh.*/, '') : hadoopVersion}`,
  ];
}

/**
 * Measured: 3 GiB of heap carry Spark 1.6 and 2.2 in 6 GiB; half of the machine leaves room for page cache and R.
 * Should what scala-plugin.ts does fail, two threads may still write one jar of the Scala plugin; JDK 8, which maps
 * open jars into memory, would then end with SIGBUS in libzip.so (seen with apache-spark-2.2.0).
 */
function planMavenOpts(memoryMib: number): string {
  const heapMib = Math.min(4096, Math.max(1024, Math.floor(memoryMib / 2)));
  return `-Xmx${heapMib}m -XX:ReservedCodeCacheSize=512m -Dsun.zip.disableMemoryMapping=true`;
}

/** @returns Why this ref cannot give one of the features, or undefined when it can give all. */
export function findUnsupported(facts: RefFacts, features: readonly FeatureName[]): string | undefined {
  if (facts.buildTool === 'sbt') {
    return `${facts.tag} cannot be built: its ${facts.script} calls sbt, which takes no Maven arguments.`;
  }
  for (const feature of features) {
    const capability = facts[feature];
    if (capability.status === 'no')
      return `${facts.tag} cannot be built with ${feature}: ${capability.reason}`;
  }
  return undefined;
}

/**
 * The same build, asked for twice as ranges that overlap do, is built once: the first of them is kept.
 * @throws UsageError when two different builds of one run would have one name.
 */
export function keepDistinct<T extends {readonly plan: BuildPlan; readonly place?: string | undefined}>(
  builds: readonly T[],
): readonly T[] {
  const seen = new Map<string, T>();
  for (const build of builds) {
    const {plan, place} = build;
    const other = seen.get(plan.dist);
    if (other === undefined) seen.set(plan.dist, build);
    else if (!isDeepStrictEqual(other.plan, plan)) {
      const places = place === undefined ? '' : ` (${other.place ?? ''} and ${place})`;
      throw new UsageError(
        other.plan.tag === plan.tag
          ? `Two different builds of ${plan.tag} would both be written as ${plan.dist}${places}.`
          : `${other.plan.tag} and ${plan.tag} would both be written as ${plan.dist}${places}.`,
        place === undefined
          ? 'Build them in two runs, one of them with a --label of its own.'
          : 'Give one of them a `label` of its own, or exclude it.',
      );
    }
  }
  return [...seen.values()];
}
