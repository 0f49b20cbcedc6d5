// A dist that is made and not fetched yet: which failures leave it whole in its machine, and the record from which a
// later process fetches it. Knows no command and no provider.
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {HostError, isSystemError, UsageError} from '../core/errors.ts';
import {CommandError} from '../core/exec.ts';
import {readJsonFile, writeJsonFile} from '../core/files.ts';
import {redactDeep} from '../core/redact.ts';
import {z} from '../core/schema.ts';
import {ConnectionLostError, FetchTimeoutError, SilenceError} from '../core/ssh-errors.ts';
import {StepTimeoutError} from '../core/steps.ts';
import {isThere} from '../core/presence.ts';
import {need, orWarn, type BuildContext, type BuildInputs} from './build-context.ts';
import type {MachineChoice} from './build-plan.ts';
import {BuildTimeoutError} from './failures.ts';

/** These steps find the complete dist in the machine, and leave it there. */
const fetchSteps: readonly string[] = ['Fetch dist', 'Verify and publish'];

/**
 * Whether the same may succeed later, with the same machine: this host was at fault, the connection or the clock, and
 * not what the guest offered.
 */
export function isWorthFetchingAgain(step: string, error: unknown): boolean {
  if (!fetchSteps.includes(step)) return false;
  return (
    error instanceof HostError || // The output cannot be written; a disk is full.
    error instanceof UsageError || // Something else has got the dist's name meanwhile.
    error instanceof ConnectionLostError ||
    error instanceof CommandError ||
    error instanceof SilenceError ||
    error instanceof FetchTimeoutError ||
    error instanceof StepTimeoutError ||
    error instanceof BuildTimeoutError ||
    isSystemError(error)
  );
}

/** What the last steps read of a context, as far as JSON holds it. */
type Recorded = Omit<BuildInputs, 'source' | 'provision'> &
  Pick<
    BuildContext,
    'memoryMib' | 'durations' | 'moduleMs' | 'mavenSeed' | 'restoredModules' | 'smoke' | 'peakMemoryBytes'
  > & {
    readonly startedAt: string;
    readonly golden?: string | undefined;
    readonly prepared: Pick<
      NonNullable<BuildContext['prepared']>,
      'undelete' | 'edits' | 'patches' | 'committedAt'
    >;
  };

export interface Unfetched extends Recorded {
  /** Without Maven's settings as they were, nobody can tell which builds may get the artifacts. */
  readonly canKeepArtifacts: boolean;
}

const schema = z.object({
  formatVersion: z.literal(1),
  /** No other version reads it: what it holds is what the steps of this one want. */
  toolVersion: z.string(),
  canKeepArtifacts: z.boolean(),
  build: z.looseObject({}),
});

const fileOf = (directory: string): string => join(directory, 'build.json');

/** Into the machine's own folder, with which it goes. Secrets are taken out. What fails here is a warning. */
export async function noteUnfetched(context: BuildContext): Promise<void> {
  await orWarn(context, 'If the dist is not fetched, it is lost', async () => {
    const {tools, plan, dependencyPlan, machine} = context;
    const {id} = need(machine, 'the machine').spec;
    const directory = join(tools.paths.machines, id);
    const file = fileOf(directory);
    context.isNoted = true;
    if (await isThere(file)) return; // It is fetched again.
    context.isNoted = false;
    await mkdir(directory, {recursive: true, mode: 0o700});
    const build = redactDeep(pickRecorded(context), tools.redact) as Recorded;
    const {output, dist, buildId} = plan;
    await writeJsonFile(file, {
      formatVersion: 1,
      toolVersion: tools.toolVersion,
      canKeepArtifacts: tools.redact(dependencyPlan.settingsXml) === dependencyPlan.settingsXml,
      build: {...build, plan: {...build.plan, output, dist, buildId}},
    });
    context.isNoted = true;
  });
}

function pickRecorded(context: BuildContext): Recorded {
  const {plan, machineChoice, dependencyPlan, sourceFacts, box, definition, domain, replace, modules} =
    context;
  const {memoryMib, durations, moduleMs, mavenSeed, restoredModules, smoke, peakMemoryBytes} = context;
  const {undelete, edits, patches, committedAt} = need(context.prepared, 'the source');
  const golden = context.machine?.readGolden();
  return {
    ...{
      plan,
      machineChoice,
      dependencyPlan,
      sourceFacts,
      box,
      definition,
      domain,
      replace,
      memoryMib,
      durations,
      moduleMs,
    },
    modules,
    mavenSeed,
    restoredModules,
    smoke,
    peakMemoryBytes,
    golden,
    startedAt: context.startedAt.toISOString(),
    prepared: {undelete, edits, patches, committedAt},
  };
}

/**
 * @param directory The machine's own folder.
 * @returns undefined when its build did not come that far.
 * @throws UsageError when the record is damaged or another version wrote it.
 */
export async function readUnfetched(directory: string, toolVersion: string): Promise<Unfetched | undefined> {
  const file = fileOf(directory);
  const record = await readJsonFile(file, schema, 'The record of the build');
  if (record === undefined) return undefined;
  if (record.toolVersion !== toolVersion) {
    throw new UsageError(
      `${file} was written by build-spark ${record.toolVersion}; this is ${toolVersion}.`,
      'Fetch the dist with that version, or build again.',
    );
  }
  const build = record.build as unknown as Omit<Recorded, 'machineChoice'> & {
    /** Absent in records of before December 2026, whose plans had it in place of a wish. */
    readonly machineChoice?: MachineChoice;
  };
  const {machineChoice = build.plan.machine as unknown as MachineChoice} = build;
  return {...build, machineChoice, canKeepArtifacts: record.canKeepArtifacts};
}
