// What travels through the queue: a job is a request and all that its coordinator decided, a result says where the dists are.
// Plain data without secrets. Pure.
import {createHash} from 'node:crypto';
import {join} from 'node:path';
import {folderIdPattern} from '../core/folder-id.ts';
import {failureSchema, statusSchema} from '../core/event-schema.ts';
import {isPlainPath} from '../core/inner-paths.ts';
import {processIdentitySchema} from '../core/process-identity.ts';
import {z} from '../core/schema.ts';
import type {BuildPlan} from '../recipe/build-plan.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const folderName = z
  .string()
  .regex(/^[^/\0]+$/)
  .refine((name) => name !== '.' && name !== '..');

/** Logs and patches lie in folders of this name. */
export const buildIdSchema = z.string().regex(folderIdPattern);

/** Absolute, and written in the one usual way: no `..` leads anywhere. */
const pathThere = z.string().refine((path) => path.startsWith('/') && isPlainPath(path.slice(1)));

const patchSchema = z.strictObject({name: folderName, sha256, content: z.base64()});

const buildSchema = z.strictObject({
  buildId: buildIdSchema,
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
  buildId: buildIdSchema,
  status: statusSchema,
  /** On the worker's host. */
  dist: pathThere.optional(),
  log: pathThere,
  durationMs: z.number(),
  failure: failureSchema.optional(),
});

const workerSchema = z.strictObject({
  name: z.string(),
  /** What coordinators reach its host by, with ssh. */
  address: z.string().regex(/^(?:\w[\w.-]*@)?[A-Za-z0-9[][\w.:[\]-]*$/),
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

/** The folder of a worker in which it builds a job: another content is another folder, so that no older dist is in the way. */
export function renderJobFolder(jobId: string, {builds}: Pick<JobData, 'builds'>): string {
  const content = builds.map(({plan, dependencies, patches}) => [
    plan,
    dependencies,
    patches.map(({sha256: hash}) => hash),
  ]);
  return createHash('sha256')
    .update(JSON.stringify([jobId, content]))
    .digest('hex')
    .slice(0, 16);
}

/** Whether a dist and a log are where a worker has those of this job: whoever wrote the result may have written anything. */
export function isPlaceOf({dist, log}: BuiltThere, build: JobBuild, folder: string): boolean {
  const isDist = dist === undefined || dist.endsWith(`/build-spark/fleet/${folder}/dists/${build.dist}`);
  return isDist && log.endsWith(`/build-spark/logs/${build.buildId}`);
}

/** Of a plan what must be the same on the host that builds: not where it lies there, nor the machine, nor a key. */
export function pickDecided(plan: BuildPlan): Readonly<Record<string, unknown>> {
  const decided = {...plan, output: undefined, patches: undefined, machine: undefined, sign: undefined};
  return toPlain(decided) as Readonly<Record<string, unknown>>;
}

/** As it comes out of JSON: without undefined. */
export function toPlain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
