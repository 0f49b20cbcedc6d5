// What travels through the queue: a job is a request and all that its coordinator decided, a result says where the dists are.
// Plain data without secrets. Pure.
import {createHash} from 'node:crypto';
import {join} from 'node:path';
import {failureSchema, statusSchema} from '../core/event-schema.ts';
import {processIdentitySchema} from '../core/process-identity.ts';
import {z} from '../core/schema.ts';
import type {BuildPlan} from '../recipe/build-plan.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const folderName = z
  .string()
  .regex(/^[^/\0]+$/)
  .refine((name) => name !== '.' && name !== '..');

const patchSchema = z.strictObject({name: folderName, sha256, content: z.base64()});

const buildSchema = z.strictObject({
  buildId: z.string(),
  dist: folderName,
  /** Without what is the host's to decide; checked again by whoever builds it. */
  request: z.record(z.string(), z.unknown()),
  pinned: z.strictObject({
    tag: z.string(),
    commit: z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/),
    choice: z.strictObject({mode: z.enum(['none', 'cloudera', 'apache']), reason: z.string()}),
  }),
  /** What comes of it: a worker that would build something else gives the job back. */
  plan: z.record(z.string(), z.unknown()),
  /** Over the stand-in, the bridges and the edits. */
  dependencies: sha256,
  patches: z.array(patchSchema),
  /** Whether an older dist at its place may go. */
  replace: z.boolean(),
});

/** Of the tool that made a job: another one may build something else of it. */
const toolSchema = z.strictObject({version: z.string(), puppet: sha256, hiera: sha256});

export const jobSchema = z.strictObject({
  formatVersion: z.literal(1),
  tool: toolSchema,
  /** At least one; those that share modules, since their cache is a host's. */
  builds: z.array(buildSchema).min(1),
  /** `user@host:/dir`, where the worker puts each dist too. */
  publish: z.string().optional(),
  /** By the name of the worker that gave it back, why. */
  refused: z.record(z.string(), z.string()).default({}),
});

const builtSchema = z.strictObject({
  buildId: z.string(),
  status: statusSchema,
  /** On the worker's host. */
  dist: z.string().startsWith('/').optional(),
  log: z.string().startsWith('/'),
  durationMs: z.number(),
  failure: failureSchema.optional(),
});

const workerSchema = z.strictObject({
  name: z.string(),
  /** What coordinators reach its host by, with ssh. */
  address: z.string().regex(/^(?:[\w.-]+@)?[A-Za-z0-9[][\w.:[\]-]*$/),
  identity: processIdentitySchema,
});

export const resultSchema = z.strictObject({worker: workerSchema, builds: z.array(builtSchema)});

export type JobData = z.infer<typeof jobSchema>;
export type JobBuild = JobData['builds'][number];
export type JobTool = JobData['tool'];
export type JobResult = z.infer<typeof resultSchema>;
export type BuiltThere = JobResult['builds'][number];
export type WorkerFacts = z.infer<typeof workerSchema>;

/**
 * The same build for the same place is the same job, whoever adds it.
 * @param host Name of the coordinator's, where the places are.
 */
export function renderJobId(host: string, output: string, dists: readonly string[]): string {
  const places = dists.map((dist) => join(output, dist)).sort();
  const hash = createHash('sha256')
    .update(JSON.stringify([host, places]))
    .digest('hex')
    .slice(0, 16);
  return `${places.length === 1 ? '' : `${places.length}-`}${(dists[0] ?? '').slice(0, 60)}-${hash}`;
}

/** Of a plan what must be the same on the host that builds: not where it lies there, nor the machine. */
export function pickDecided(plan: BuildPlan): Readonly<Record<string, unknown>> {
  const decided = {...plan, output: undefined, patches: undefined, machine: undefined};
  return toPlain(decided) as Readonly<Record<string, unknown>>;
}

/** As it comes out of JSON: without undefined. */
export function toPlain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
