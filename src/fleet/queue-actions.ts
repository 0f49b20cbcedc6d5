// `queue`: what runs, goes on with a run, cancels, tries again, takes out what waits. Knows no terminal.
import {hostname, userInfo} from 'node:os';
import {UsageError} from '../core/errors.ts';
import {readHostRecords} from './host-record.ts';
import {jobSchema, resultSchema, type JobData} from './job.ts';
import {cancelledName, cancelName} from './event-names.ts';
import type {FleetQueue, Job} from './queue.ts';
import type {RunRecord} from './records.ts';
import {readRuns} from './run-keeper.ts';

interface ListedJob {
  readonly jobId: string;
  readonly builds: readonly string[];
  readonly state: string;
  readonly worker?: string | undefined;
  readonly since: string;
  /** How often its worker died or lost the queue. */
  readonly stalled: number;
  /** Why it failed, or who gave it back. */
  readonly note?: string | undefined;
}

export interface ListedQueue {
  readonly runs: readonly (Pick<RunRecord, 'runId' | 'command' | 'host' | 'startedAt'> & {
    readonly builds: number;
    readonly ended: number;
  })[];
  readonly jobs: readonly ListedJob[];
  readonly workers: readonly string[];
  /** Of workers that are gone, or stopped. */
  readonly machines: readonly {readonly id: string; readonly host: string; readonly worker: string}[];
}

const open = ['active', 'waiting', 'prioritized', 'delayed'] as const;

export async function listQueue(queue: FleetQueue): Promise<ListedQueue> {
  const jobs = await queue.jobs.getJobs([...open, 'failed']);
  const workers = await queue.listWorkers();
  const records = await readHostRecords(queue);
  return {
    runs: (await readRuns(queue)).map(({runId, command, host, startedAt, builds, ended}) => ({
      ...{runId, command, host, startedAt},
      ...{builds: builds.length, ended: ended.length},
    })),
    jobs: await Promise.all(jobs.map(describeJob)),
    workers,
    machines: records
      .filter(({worker}) => !workers.includes(worker))
      .flatMap(({machines, identity, worker}) => machines.map(({id}) => ({id, host: identity.host, worker}))),
  };
}

async function describeJob(job: Job): Promise<ListedJob> {
  const state = await job.getState();
  const {data} = jobSchema.safeParse(job.data);
  const refused = Object.entries(data?.refused ?? {}).map(
    ([worker, why]) => `${worker} gave it back: ${why}`,
  );
  const note = state === 'failed' ? job.failedReason : refused.join('; ');
  return {
    jobId: job.id ?? '',
    builds: data?.builds.map(({buildId}) => buildId) ?? [job.name],
    state: state === 'prioritized' || state === 'delayed' ? 'waiting' : state,
    worker: state === 'active' ? job.processedBy : undefined,
    since: new Date(job.processedOn ?? job.timestamp).toISOString(),
    stalled: job.stalledCounter,
    ...(note === '' ? {} : {note}),
  };
}

/** @throws UsageError */
export async function findRun(queue: FleetQueue, runId: string): Promise<RunRecord> {
  const record = (await readRuns(queue)).find((one) => one.runId === runId);
  if (record === undefined) throw notThere(queue, runId);
  return record;
}

function notThere({address}: FleetQueue, name: string): UsageError {
  return new UsageError(
    `The queue ${address.name} has no run or build ${JSON.stringify(name)}.`,
    'To see those that it has, type: build-spark queue ls --queue <url>',
  );
}

export interface Cancelled {
  readonly builds: readonly string[];
  /** `removed`: it had not begun. `told`: its worker was asked to stop it. */
  readonly how: 'removed' | 'told';
}

/** @param name Of a run, a build or a job. @throws UsageError when there is nothing of this name to be cancelled. */
export async function cancel(queue: FleetQueue, name: string): Promise<readonly Cancelled[]> {
  const run = (await readRuns(queue)).find(({runId}) => runId === name);
  const ofRun = new Set(run?.builds.map(({jobId}) => jobId));
  const found: Cancelled[] = [];
  for (const job of await queue.jobs.getJobs([...open])) {
    const {data} = jobSchema.safeParse(job.data);
    const builds = data?.builds.map(({buildId}) => buildId) ?? [job.name];
    if (job.id !== name && !builds.includes(name) && !ofRun.has(job.id ?? '')) continue;
    found.push({builds, how: await cancelOne(queue, job)});
  }
  if (run === undefined && found.length === 0) throw notThere(queue, name);
  return found;
}

async function cancelOne(queue: FleetQueue, job: Job): Promise<Cancelled['how']> {
  const fields = {job: job.id ?? '', by: `by ${userInfo().username} on ${hostname()}`};
  try {
    await job.remove();
  } catch {
    await queue.tell(cancelName, fields); // It has a lock: a worker is at it.
    return 'told';
  }
  await queue.tell(cancelledName, fields);
  return 'removed';
}

/** Takes out what has not begun. */
export async function drain(queue: FleetQueue): Promise<readonly Cancelled[]> {
  const done: Cancelled[] = [];
  for (const job of await queue.jobs.getJobs(['waiting', 'prioritized', 'delayed'])) {
    const {data} = jobSchema.safeParse(job.data);
    const builds = data?.builds.map(({buildId}) => buildId) ?? [job.name];
    done.push({builds, how: await cancelOne(queue, job)});
  }
  return done;
}

/** @param name Of a run or a build; all that failed where it is left out. @returns What is tried again. */
export async function retry(queue: FleetQueue, name: string | undefined): Promise<readonly string[]> {
  const run = (await readRuns(queue)).find(({runId}) => runId === name);
  const again: string[] = [];
  for (const job of await queue.jobs.getJobs(['failed', 'completed'])) {
    const {data} = jobSchema.safeParse(job.data);
    if (data === undefined || !(await isFailed(job))) continue;
    const builds = data.builds.map(({buildId}) => buildId);
    const isNamed =
      name === undefined || builds.includes(name) || run?.builds.some(({jobId}) => jobId === job.id) === true;
    if (!isNamed) continue;
    await job.updateData({...data, refused: {}} satisfies JobData);
    await job.retry((await job.getState()) === 'failed' ? 'failed' : 'completed', {resetAttemptsMade: true});
    again.push(...builds);
  }
  for (const {record} of await listRunsOf(queue, again)) {
    const ended = record.ended.filter((buildId) => !again.includes(buildId));
    const codes = Object.entries(record.exitCodes).filter(([buildId]) => !again.includes(buildId));
    const now = {...record, ended, exitCodes: Object.fromEntries(codes)};
    await (await queue.runs.getJob(record.runId))?.updateData(now);
  }
  if (name !== undefined && again.length === 0) throw notThere(queue, name);
  return again;
}

async function listRunsOf(
  queue: FleetQueue,
  builds: readonly string[],
): Promise<readonly {readonly record: RunRecord}[]> {
  const runs = await readRuns(queue);
  return runs.filter((record) => record.ended.some((id) => builds.includes(id))).map((record) => ({record}));
}

async function isFailed(job: Job): Promise<boolean> {
  if ((await job.getState()) === 'failed') return true;
  const {data} = resultSchema.safeParse(job.returnvalue);
  return data?.builds.some(({status}) => status !== 'built' && status !== 'up-to-date') === true;
}
