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
