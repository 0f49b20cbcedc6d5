// Owns the schema of the events as scripts get them (NDJSON). Must accept exactly what core/events.ts can emit.
import {z} from '../core/schema.ts';
import type {Event} from '../core/events.ts';

const common = {at: z.iso.datetime(), runId: z.string()};
const build = {...common, buildId: z.string()};
const step = {...build, step: z.string()};
const machine = {...build, machine: z.string(), provider: z.string()};
const durationMs = z.number().nonnegative();

export const failureSchema = z.strictObject({
  kind: z.string().regex(/^[a-z][a-z-]*$/),
  message: z.string(),
  hint: z.string(),
  step: z.string().exactOptional(),
});

/** Strict: a field that is not named here is a mistake of ours, found by the tests. Readers should ignore unknown ones. */
export const eventSchema = z.discriminatedUnion('type', [
  z.strictObject({
    ...common,
    type: z.literal('run.started'),
    command: z.string(),
    builds: z.array(z.string()).readonly(),
    jobs: z.int().positive().exactOptional(),
  }),
  z.strictObject({
    ...common,
    type: z.literal('run.progress'),
    total: z.int().nonnegative(),
    finished: z.int().nonnegative(),
    running: z.int().nonnegative(),
    remainingMs: z.number().nonnegative().exactOptional(),
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
    message: z.string(),
    fraction: z.number().min(0).max(1).exactOptional(),
    remainingMs: z.number().nonnegative().exactOptional(),
    modules: z
      .array(
        z
          .strictObject({
            name: z.string(),
            elapsedMs: z.number().nonnegative(),
            isEnding: z.literal(true).exactOptional(),
          })
          .readonly(),
      )
      .readonly()
      .exactOptional(),
  }),
  z.strictObject({
    ...common,
    type: z.literal('log.line'),
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
    status: z.enum(['built', 'up-to-date', 'failed', 'skipped', 'cancelled']),
    dist: z.string().exactOptional(),
    durationMs,
    failure: failureSchema.exactOptional(),
  }),
  z.strictObject({...machine, type: z.literal('machine.created')}),
  z.strictObject({...machine, type: z.literal('machine.destroyed')}),
  z.strictObject({...machine, type: z.literal('machine.leaked'), message: z.string()}),
  z.strictObject({...common, type: z.literal('run.finished'), exitCode: z.int(), durationMs}),
]);

// Fails to compile when the schema and core/events.ts disagree, in either direction.
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
export const isSchemaOfEvent: Same<z.infer<typeof eventSchema>, Event> = true;
