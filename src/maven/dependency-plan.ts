// Decides what it takes to compile a source against the dependencies that were chosen. Pure: no disk, network, clock.
import {UsageError} from '../core/errors.ts';
import {listCompiled, planCompiled, type CompiledPlan, type CompiledSource} from './compiled.ts';
import type {Edit} from './edits.ts';
import type {MavenCoordinates} from './pom.ts';
import type {SourceFacts} from './source-facts.ts';
import {planSettings, type DependenciesMode, type Network} from './maven-network.ts';
import {planBridge, planEmpty, renderParentPom, type BridgePlan} from './stand-in-poms.ts';
import type {StandIn} from './stand-in.ts';

/** Plain data: what `renderDependencies` writes and what the manifest quotes. */
export interface DependencyPlan {
  readonly mode: DependenciesMode;
  /** Line of the stand-in, with `apache` only. */
  readonly line?: string;
  /** Tags that were really built with the same versions; empty: nobody has tried this line yet. */
  readonly proven: readonly string[];
  /** The stand-in for Cloudera's parent pom; its path is within a local Maven repository. */
  readonly parentPom?: {readonly path: string; readonly text: string} | undefined;
  readonly bridges: readonly BridgePlan[];
  /** Compiled in the machine before Spark is, unless an earlier build has left them. */
  readonly compiled: readonly CompiledPlan[];
  /** Of artifacts with an empty jar; paths within a local Maven repository. */
  readonly emptyPoms: readonly {readonly path: string; readonly text: string}[];
  /** For the smoke query of a `provided` dist; versions may name properties of the poms. */
  readonly classPath: readonly MavenCoordinates[];
  readonly edits: readonly Edit[];
  /** Paths within a local Maven repository; of test jars, and of what is nowhere to be had. */
  readonly emptyJars: readonly string[];
  /** With `@CENTRAL@` where the address of Maven Central belongs, which install.sh reads in the guest. */
  readonly settingsXml: string;
  /** Of the user's own settings, where passwords in them are encrypted. */
  readonly settingsSecurityXml?: string;
  /** Folders of a local Maven repository that no cache may keep: what is in them holds for one build only. */
  readonly localOnly: readonly string[];
}

const localOnly = ['build-spark', 'com/cloudera/cdh/cdh-root', 'org/apache/spark'];

/** Arguments that leave Spark's own tests uncompiled; they need the empty test jars. */
export const skipTestArguments = [
  '-Dmaven.test.skip=true',
  '-Dmaven.source.skip=true',
  '-Dsource.skip=true', // The same, for the source plugin 2.4 of Spark's own poms.
  '-Dscalastyle.skip=true',
  '-Dcheckstyle.skip=true',
] as const;

/** @param shouldCompileTests With `--compile-tests` Spark makes its test jars itself. */
export function planDependencies(input: {
  readonly mode: DependenciesMode;
  readonly facts: SourceFacts;
  readonly standIn: StandIn;
  readonly network: Network;
  readonly shouldCompileTests: boolean;
  /** Whether SparkR is built: it needs edits for R 4, with either kind of dependencies. */
  readonly hasSparkR?: boolean;
  /** Those that the features need, by id: `listNeededPatches` of the catalogue knows them. */
  readonly patches?: readonly string[];
  /** Of each that `listCompiled` names, by its name. */
  readonly compiled?: ReadonlyMap<string, CompiledSource>;
}): DependencyPlan {
  const {mode, facts, standIn, network} = input;
  const line = mode === 'apache' && facts.line !== undefined ? standIn.lines[facts.line] : undefined;
  if (mode === 'apache' && line === undefined) {
    throw new UsageError(
      `There is no stand-in for the parent pom of CDH ${facts.line ?? '(unknown)'}.`,
      'Use --dependencies cloudera, or build another release.',
    );
  }
  const bridges = (line?.bridges ?? []).flatMap((name) => {
    const bridge = standIn.bridges[name];
    return bridge === undefined || line === undefined
      ? []
      : [planBridge(name, bridge, line, facts.parent, standIn.sources[name] ?? {})];
  });
  const compiled = listCompiled(mode, facts, standIn).flatMap((wish) => {
    const found = input.compiled?.get(wish.name);
    return found === undefined || line === undefined
      ? []
      : [planCompiled(wish, found, {line, facts, standIn})];
  });
  const empty = line === undefined ? [] : planEmpty(line, facts.parent);
  return {
    mode,
    ...(line === undefined || facts.line === undefined ? {} : {line: facts.line}),
    proven: line?.proven ?? [],
    ...(line === undefined || facts.parent === undefined
      ? {}
      : {parentPom: renderParentPom(facts.parent, line, standIn)}),
    bridges,
    compiled,
    emptyPoms: empty.map(({pom}) => pom),
    classPath: standIn.lines[facts.line ?? '']?.classPath ?? [],
    edits: [
      ...[
        ...listLineEdits(mode, facts, standIn),
        ...(input.hasSparkR === true ? listSparkREdits(mode, facts) : []),
      ].flatMap((id) => {
        const edit = standIn.edits[id];
        return edit === undefined ? [] : [{id, ...edit}];
      }),
      ...standIn.patches.filter(({id}) => input.patches?.includes(id)).flatMap(({edits}) => edits),
    ],
    emptyJars: [
      ...(input.shouldCompileTests ? [] : facts.testJars),
      ...empty.map(({jar}) => jar),
      ...compiled.flatMap(({emptyTestJars}) => emptyTestJars),
    ],
    settingsXml: planSettings(mode, standIn, network),
    ...(network.mavenSettings?.security === undefined
      ? {}
      : {settingsSecurityXml: network.mavenSettings.security}),
    localOnly: [...localOnly, ...empty.map(({folder}) => folder)],
  };
}

/** With Cloudera's own dependencies only what these cannot give. */
function listLineEdits(mode: DependenciesMode, facts: SourceFacts, standIn: StandIn): readonly string[] {
  const edits = mode === 'none' ? [] : (standIn.lines[facts.line ?? '']?.edits ?? []);
  return mode === 'apache' ? edits : edits.filter((id) => standIn.editsOfBoth.includes(id));
}

/** Apache's own 2.x is left alone: its later ones have the second themselves. */
function listSparkREdits(mode: DependenciesMode, {project}: SourceFacts): readonly string[] {
  if (/^1\.[56]\./.test(project.version)) return ['sparkr-s3-methods', 'sparkr-generics'];
  return mode !== 'none' && project.version.startsWith('2.') ? ['sparkr-generics'] : [];
}
