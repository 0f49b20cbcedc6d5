// What the steps of one build share. Knows no step.
import type {MavenArtifact} from '../maven/artifact-sets.ts';
import {describeError} from '../core/errors.ts';
import type {Emit, EventBody} from '../core/events.ts';
import type {Exec} from '../core/exec.ts';
import type {Paths} from '../core/paths.ts';
import type {ProcessIdentity} from '../core/process-identity.ts';
import type {StepContext} from '../core/steps.ts';
import type {DependencyPlan} from '../maven/dependency-plan.ts';
import type {SourceFacts} from '../maven/source-facts.ts';
import type {StandIn} from '../maven/stand-in.ts';
import type {Definition} from '../distribution/fingerprint.ts';
import type {ManifestFacts} from '../distribution/manifest.ts';
import type {Journal} from '../machine/journal.ts';
import type {Guest, Machine, MachineSpec, ProvisionData} from '../machine/machine.ts';
import type {SourceLocation} from '../source/location.ts';
import type {PreparedSource} from '../source/prepare.ts';
import type {BuildPlan, MachineChoice} from './build-plan.ts';
import {findProgress, parseProgressLine, planProgress, type ProgressEstimate} from './progress.ts';

/** Everything from outside that a build needs; made once a run. */
export interface BuildTools {
  readonly exec: Exec;
  readonly paths: Paths;
  readonly journal: Journal;
  readonly owner: ProcessIdentity;
  readonly emit: Emit;
  /** Undefined, or settles once what was emitted has been read: for steps that print very much. */
  readonly whenDrained: () => Promise<void> | undefined;
  readonly standIn: StandIn;
  readonly toolVersion: string;
  readonly redact: (text: string) => string;
  readonly createMachine: (spec: MachineSpec) => Machine;
  /** Asked before a dist gets its name. @throws When the build is not ours any more. */
  readonly mayPublish?: ((plan: BuildPlan) => Promise<void>) | undefined;
  /** Six characters that make a machine's name its own. */
  readonly newSuffix: () => string;
  /** Whether this build is the one to be stopped for a full disk: one at a time, since its end makes room. */
  readonly mayStopForDisk: (buildId: string) => boolean;
  /** Folders whose file systems the build fills; watched while it runs. */
  readonly watchedFolders: readonly string[];
}

/** What one build needs beyond its plan; may hold secrets, so it is never printed or recorded. */
export interface BuildInputs {
  readonly plan: BuildPlan;
  /** This host's answer to what the plan wishes. */
  readonly machineChoice: MachineChoice;
  readonly dependencyPlan: DependencyPlan;
  /** Where the source comes from, with the credentials that its URL may hold. */
  readonly source: SourceLocation;
  readonly sourceFacts: SourceFacts;
  readonly provision: ProvisionData;
  readonly box: ManifestFacts['box'];
  readonly definition: Definition;
  /** Whose builds it may share artifacts and modules with: domain.ts. */
  readonly domain: string;
  /** Whether an older dist of the same name may go. */
  readonly replace: boolean;
  /** Absent: this build neither gives nor takes compiled modules. */
  readonly modules?: SharedModules | undefined;
}

/** What builds of one name may share. */
export interface SharedModules {
  readonly name: string;
  /** Whether another build of this run will want them; what is there already is used in any case. */
  readonly keeps: boolean;
}

/** Home of the user that every box has. */
export const guestHome = '/home/vagrant';

/** What a build got from the Maven cache. */
interface MavenSeed {
  /** Name of the set. */
  readonly set: string;
  readonly artifacts: readonly MavenArtifact[];
  readonly bytes: number;
  /** Whether it is just what such a build had last time. */
  readonly isOwn: boolean;
  /** Whether a smoke query is among what left it. */
  readonly smoke?: boolean | undefined;
}

/** Filled step by step; each field names the step that sets it. */
export interface BuildContext extends StepContext, BuildInputs {
  readonly tools: BuildTools;
  readonly startedAt: Date;
  readonly memoryMib: number;
  /** Stops the build with this reason; the cleanups run. */
  readonly fail: (reason: unknown) => void;
  /** Log of this build: a folder of its own. */
  readonly logFolder: string;
  readonly durations: Record<string, number>;
  /** Of Maven's modules, from its own summary. */
  readonly moduleMs: Record<string, number>;
  /** By step, from earlier builds of the same kind. */
  readonly estimates: Readonly<Record<string, ProgressEstimate>>;
  /** Prepare source. */
  prepared?: PreparedSource;
  /** Prepare source: what the guest's user is to have at home. May be gone when the machine has it. */
  home?: string | undefined;
  /** For Open machine: makes a kept machine ours, so that no other copy destroys it meanwhile. */
  claim?: () => Promise<Machine>;
  /** Boot machine, or Open machine. */
  machine?: Machine | undefined;
  /** Provision. */
  guest?: Guest | undefined;
  /** Prepare source, where the cache had something. */
  mavenSeed?: MavenSeed | undefined;
  /** Prepare source: names of the dependencies to be compiled whose jars an earlier build left. */
  cachedCompiled?: readonly string[];
  /** Prepare source, where modules are shared; then, by Make distribution, artifact ids of those that were not compiled. */
  restoredModules?: string[] | undefined;
  /** Make distribution: Maven's output. */
  peakMemoryBytes?: number | undefined;
  oomKills?: number | undefined;
  /** What was free where it was least, when a step in the machine failed. */
  freeBytes?: number | undefined;
  /** Smoke query. */
  smoke?: Readonly<Record<string, unknown>> | undefined;
  /** Fetch dist: the partial folder, until it is renamed. */
  partial?: string;
  /** Verify and publish: the dist. */
  published?: string;
  /** Fetch dist: whether another process could do this and the next steps again. */
  isNoted?: boolean;
  /** Set when a failed build's machine is to stay for a while. */
  isKept?: boolean;
  /** Set when it stays because its dist is whole and could not be fetched. */
  isFetchable?: boolean;
  /** Until when it stays; ISO 8601, UTC. */
  keptUntil?: string;
}

/** By how much the limits of time are longer in an emulated machine: measured as about that, see docs/providers.md. */
export function slowness({machineChoice}: Pick<BuildInputs, 'machineChoice'>): number {
  return machineChoice.isEmulated === true ? 10 : 1;
}

/** How long a command in the machine may print nothing. */
export function findSilenceMs(context: Pick<BuildInputs, 'plan' | 'machineChoice'>): number {
  return context.plan.silenceMs * slowness(context);
}

/** A value that an earlier step must have set. */
export function need<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`The recipe is out of order: ${what} is not there yet.`);
  return value;
}

/** Output of a command as events of this build and step, and what it says of how far the step is. */
export function followLines(context: BuildContext, step: string): (line: string) => void {
  const {tools, plan, clock} = context;
  const estimate = context.estimates[step];
  let state = planProgress(clock.monotonicMs());
  return (line) => {
    tools.emit({type: 'log.line', buildId: plan.buildId, step, level: 'info', line});
    const next = parseProgressLine(state, line, clock.monotonicMs());
    if (next === state) return;
    state = next;
    Object.assign(context.moduleMs, state.moduleMs);
    const progress = findProgress(state, clock.monotonicMs(), estimate);
    if (progress !== undefined) tools.emit({type: 'step.progress', buildId: plan.buildId, step, ...progress});
  };
}

/** One line about this build. */
export function say({tools, plan}: BuildContext, level: 'info' | 'warn', line: string): void {
  tools.emit({type: 'log.line', buildId: plan.buildId, level, line});
}

/** Whether something that earlier builds left was there for this one. */
export function sayCache(
  {tools, plan}: BuildContext,
  cache: Exclude<(EventBody & {readonly type: 'cache.asked'})['cache'], 'dist'>,
  result: 'hit' | 'part' | 'miss',
  reason: string,
): void {
  tools.emit({type: 'cache.asked', buildId: plan.buildId, cache, result, reason});
}

/** For what a build can do without. */
export async function orWarn(context: BuildContext, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (context.signal.aborted) throw error;
    say(context, 'warn', `${what}: ${describeError(error)}`);
  }
}
