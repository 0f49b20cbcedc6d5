// What is remembered of runs and of hosts beside the jobs, in queues of their own that nobody works on: each record is an
// entry with a name. Knows what is in them, and no job.
import {z} from '../core/schema.ts';
import {processIdentitySchema} from '../core/process-identity.ts';
import {exitCodes} from '../core/errors.ts';
import {buildIdSchema} from './job.ts';

const runBuildSchema = z.object({
  buildId: buildIdSchema,
  jobId: z.string(),
  /** Path of the key on that host, to sign what was fetched. */
  sign: z.string().optional(),
});

export const runSchema = z.object({
  formatVersion: z.literal(1),
  runId: z.string(),
  /** Without secrets. */
  command: z.string(),
  startedAt: z.iso.datetime(),
  host: z.string(),
  /** Absolute, on that host. */
  output: z.string(),
  builds: z.array(runBuildSchema),
  /** Of the stream: what came after it was not told yet. */
  lastEventId: z.string().optional(),
  /** Ids of builds whose end was told. */
  ended: z.array(z.string()),
  /** By id, what those of them came to that did not end well. */
  exitCodes: z.record(z.string(), z.literal(Object.values(exitCodes))).default({}),
});

export type RunRecord = z.infer<typeof runSchema>;

const machineSchema = z.object({
  id: z.string(),
  buildId: buildIdSchema,
  jobId: z.string(),
  provider: z.string(),
});

/** The machines that a worker has: taken out when the provider no longer lists them, also by its next start. */
export const hostSchema = z.object({
  formatVersion: z.literal(1),
  worker: z.string(),
  /** Hash of the state folder: who starts there reaps what was left there. */
  home: z.string(),
  identity: processIdentitySchema,
  startedAt: z.iso.datetime(),
  machines: z.array(machineSchema),
});

export type HostRecord = z.infer<typeof hostSchema>;
export type MachineThere = z.infer<typeof machineSchema>;
