// The one declaration of the events, for scripts (NDJSON) and for our own code, which takes the types from it. Imported as
// a type only, except by tests: no command pays for a schema that it does not check anything with.
import {z} from './schema.ts';

const common = {
  /** UTC. */
  at: z.iso.datetime(),
  runId: z.string(),
};
const build = {...common, buildId: z.string()};
const step = {...build, step: z.string()};
const machine = {...build, machine: z.string(), provider: z.string()};
const durationMs = z.number().nonnegative();
/** In ms, by name. */
const times = z.record(z.string(), durationMs).readonly();

export const failureSchema = z
  .strictObject({
    /** One word for scripts, such as `memory`. */
    kind: z.string().regex(/^[a-z][a-z-]*$/),
    message: z.string(),
    hint: z.string(),
    step: z.string().optional(),
  })
  .readonly();

export const moduleSchema = z
  .strictObject({
    name: z.string(),
    elapsedMs: z.number().nonnegative(),
    /** It packs what it compiled: over in some seconds, which the log does not say. */
    isEnding: z.literal(true).optional(),
  })
  .readonly();

export const statusSchema = z.enum(['built', 'up-to-date', 'failed', 'skipped', 'cancelled']);

/** Strict: a field that is not named here is a mistake of ours, found by the tests. Readers should ignore unknown ones. */
export const eventSchema = z.discriminatedUnion('type', [
  z.strictObject({
    ...common,
    type: z.literal('run.started'),
    command: z.string(),
    builds: z.array(z.string()).readonly(),
    /** Machines at once, at the most. */
    jobs: z.int().positive().optional(),
    /** Where it was typed; absent in runs of older versions. */
    host: z.string().optional(),
  }),
  /** What is wanted, of each build of the run, also of one that is there already. */
  z.strictObject({
    ...build,
    type: z.literal('build.planned'),
    /** As in a dist's name: `cdh5.7.0`. */
    release: z.string(),
    tag: z.string(),
    /** Absent where it was skipped before anything was read of it. */
    commit: z.string().optional(),
    /** Sorted: `['sparkr', 'thriftserver']`. */
    features: z.array(z.string()).readonly(),
    deps: z.string(),
    /** Whose they are, and one sentence on why. */
    dependencies: z.string().optional(),
    choice: z.string().optional(),
    /** Whatever else makes a build longer: `sample-provided`, `spark-bundled-tests`. */
    variant: z.string(),
    /** Of the distribution script, in passing order. */
    arguments: z.array(z.string()).readonly(),
    /** Ours by id, the operator's by path. */
    patches: z.array(z.string()).readonly(),
    /** To have this one alone once more. */
    command: z.string(),
  }),
  /** Somebody or something else comes first. */
  z.strictObject({...build, type: z.literal('wait.started'), for: z.string()}),
  z.strictObject({...build, type: z.literal('wait.finished'), durationMs}),
  /** Whether something kept from earlier was there; `part`: some of it. */
  z.strictObject({
    ...build,
    type: z.literal('cache.asked'),
    cache: z.enum(['dist', 'maven', 'modules', 'compiled', 'machine']),
    result: z.enum(['hit', 'part', 'miss']),
    /** What was there, or why it was not used. */
    reason: z.string(),
  }),
  /** Of a run with several builds, whenever one begins or ends. */
  z.strictObject({
    ...common,
    type: z.literal('run.progress'),
    total: z.int().nonnegative(),
    finished: z.int().nonnegative(),
    running: z.int().nonnegative(),
    /** Until all are done; absent as long as nothing is known of builds like these. */
    remainingMs: z.number().nonnegative().optional(),
  }),
  z.strictObject({
    ...build,
    type: z.literal('build.started'),
    dist: z.string(),
    steps: z.array(z.string()).readonly(),
    /** Where its machine is; absent in runs of older versions. */
    host: z.string().optional(),
  }),
  z.strictObject({...step, type: z.literal('step.started')}),
  z.strictObject({
    ...step,
    type: z.literal('step.progress'),
    /** Such as "[7/25] Spark Project SQL". */
    message: z.string(),
    /** Absent where it is not known. */
    fraction: z.number().min(0).max(1).optional(),
    remainingMs: z.number().nonnegative().optional(),
    /** What is at work at that moment, with several threads more than one; absent where it has no modules. */
    modules: z.array(moduleSchema).readonly().optional(),
  }),
  z.strictObject({
    ...common,
    type: z.literal('log.line'),
    // Absent, never undefined: whoever reads events asks whether they name a build.
    buildId: z.string().exactOptional(),
    step: z.string().exactOptional(),
    level: z.enum(['info', 'warn']),
    line: z.string(),
  }),
  z.strictObject({
    ...step,
    type: z.literal('step.finished'),
    status: z.enum(['done', 'failed', 'cancelled']),
    durationMs,
  }),
  /** Just before the end of a build that was begun. */
  z.strictObject({
    ...build,
    type: z.literal('build.measured'),
    status: statusSchema,
    /** How many machines its run had at once: they take time from each other. */
    jobs: z.int().positive().optional(),
    /** Of the steps that came to their end, by name. */
    stepMs: times,
    /** Of the modules of the reactor, by name. */
    moduleMs: times,
    memoryMib: z.number().nonnegative().optional(),
    cpus: z.number().nonnegative().optional(),
    peakMemoryBytes: z.number().nonnegative().optional(),
    oomKills: z.number().nonnegative().optional(),
    /** Answers of the smoke query. */
    smoke: z.record(z.string(), z.unknown()).readonly().optional(),
    /** Of a build that failed: the lines of its log that matter. */
    lines: z.array(z.string()).readonly().optional(),
  }),
  z.strictObject({
    ...build,
    type: z.literal('build.finished'),
    status: statusSchema,
    /** Absolute path, when there is one. */
    dist: z.string().optional(),
    durationMs,
    failure: failureSchema.optional(),
  }),
  z.strictObject({...machine, type: z.literal('machine.created')}),
  z.strictObject({...machine, type: z.literal('machine.destroyed')}),
  z.strictObject({...machine, type: z.literal('machine.leaked'), message: z.string()}),
  z.strictObject({...common, type: z.literal('run.finished'), exitCode: z.int(), durationMs}),
]);
