// What a coordinator does when a job of its run has ended: fetches dists and logs, tells how each build ended, and takes the job
// out of the queue once nobody wants anything of it. Waits for nothing.
import type {Report} from '../batch/report.ts';
import type {Session} from '../batch/session.ts';
import {exitCodes, ExpectedError, type ExitCode} from '../core/errors.ts';
import type {Event, Failure} from '../core/events.ts';
import {deliver, findDelivered} from './deliver.ts';
import {collectedName, renderCancelled} from './event-names.ts';
import {fetchLog} from './fetch-log.ts';
import {renderJobFolder, type JobData, type JobResult} from './job.ts';
import type {FleetQueue} from './queue.ts';
import type {RunRecord} from './records.ts';
import {readRuns, type RunKeeper} from './run-keeper.ts';
import type {Progress} from './run-progress.ts';

/** How a job ended, for its coordinator. */
export type JobEnd =
  | {readonly type: 'completed'; readonly result: JobResult; readonly addedAt: Date}
  | {readonly type: 'failed'; readonly reason: string}
  | {readonly type: 'cancelled'; readonly by: string}
  /** It is no longer in the queue. */
  | {readonly type: 'gone'};

export interface EndTools {
  readonly queue: Pick<FleetQueue, 'jobs' | 'runs' | 'tell'>;
  readonly record: RunRecord;
  readonly keeper: RunKeeper;
  readonly progress: Progress;
  readonly session: Session;
  readonly report: Pick<Report, 'emit'>;
}

interface Ended {
  readonly id: string;
  /** Absent where the job was gone before this process asked for it. */
  readonly data: JobData | undefined;
  readonly end: JobEnd;
}

/** Of a build that ended. */
type Outcome = Omit<Event & {type: 'build.finished'}, 'type' | 'at' | 'runId' | 'buildId'> & {
  /** Where it is not well. */
  readonly code?: ExitCode;
  /** The dist is there and could not be fetched: whoever goes on with the run tries it again. */
  readonly isOpen?: boolean;
};

/** Tells the end of each of its builds, once. @returns What those came to that did not end well. */
export async function endJob(ended: Ended, tools: EndTools): Promise<readonly ExitCode[]> {
  const {record, keeper, progress, report} = tools;
  const codes: ExitCode[] = [];
  for (const {buildId, jobId} of record.builds) {
    if (jobId !== ended.id || record.ended.includes(buildId)) continue;
    const {code, isOpen = false, ...outcome} = await endBuild(buildId, ended, tools);
    if (code !== undefined) codes.push(code);
    report.emit({type: 'build.finished', buildId, ...outcome});
    if (!isOpen) keeper.end(buildId, code);
    progress.end(buildId);
  }
  if (codes.length === 0) await collect(ended, tools);
  return codes;
}

async function endBuild(buildId: string, {data, end}: Ended, tools: EndTools): Promise<Outcome> {
  switch (end.type) {
    case 'cancelled': {
      const failure = {
        kind: 'interrupted',
        message: renderCancelled(end.by),
        hint: 'Type the same command again to do what is missing.',
      };
      return {status: 'cancelled', durationMs: 0, failure, code: exitCodes.failed};
    }
    case 'failed':
      return fail(explainFailed(end.reason));
    case 'gone':
      return endGone(buildId, data, tools);
    case 'completed':
      return endCompleted(buildId, data, end, tools);
  }
}

const fail = (failure: Failure): Outcome => ({
  status: 'failed',
  durationMs: 0,
  failure,
  code: exitCodes.failed,
});

/** Another coordinator may have fetched its dists, and taken it out. */
async function endGone(buildId: string, data: JobData | undefined, {record}: EndTools): Promise<Outcome> {
  const build = data?.builds.find((one) => one.buildId === buildId);
  const {output, startedAt} = record;
  const delivered =
    build &&
    (await findDelivered({
      ...{output, build, addedAt: new Date(startedAt)},
      sign: findKey(record, buildId),
    }).catch((error: unknown) => {
      if (error instanceof ExpectedError) return undefined;
      throw error;
    }));
  if (delivered !== undefined) return {...delivered, durationMs: 0};
  return fail({
    kind: 'removed',
    message: 'Its job is no longer in the queue: somebody removed it.',
    hint: 'Type the same command again to do what is missing.',
  });
}

async function endCompleted(
  buildId: string,
  data: JobData | undefined,
  {result, addedAt}: JobEnd & {type: 'completed'},
  {session, record}: EndTools,
): Promise<Outcome> {
  const build = data?.builds.find((one) => one.buildId === buildId);
  const there = result.builds.find((one) => one.buildId === buildId);
  if (data === undefined || build === undefined || there === undefined)
    return fail({
      kind: 'unknown',
      message: 'Its worker reported no result for it.',
      hint: 'Report this bug.',
    });
  const folder = renderJobFolder(findJob(record, buildId), data);
  await fetchLog(there, {build, folder}, result.worker, session);
  const {status, durationMs, failure} = there;
  if (status !== 'built' && status !== 'up-to-date') {
    const code = failure?.kind === 'leaked' ? exitCodes.leaked : exitCodes.failed;
    return {status, durationMs, ...(failure === undefined ? {} : {failure}), code};
  }
  try {
    const order = {output: record.output, build, addedAt, folder, sign: findKey(record, buildId)};
    return {...(await deliver(order, there, result.worker, session)), durationMs};
  } catch (error) {
    // Stopped, it has not failed: the run goes on without this process.
    if (!(error instanceof ExpectedError) || session.signal.aborted) throw error;
    const {message, hint} = error;
    const because = {kind: 'delivery', message, hint: hint.replace('<run>', record.runId)};
    return {status: 'failed', durationMs, failure: because, code: exitCodes.host, isOpen: true};
  }
}

const findKey = ({builds}: RunRecord, id: string): string | undefined =>
  builds.find(({buildId}) => buildId === id)?.sign;
const findJob = ({builds}: RunRecord, id: string): string =>
  builds.find(({buildId}) => buildId === id)?.jobId ?? '';

/**
 * Takes a job out whose dists are all at their places, so that it stands in for nothing that is asked for later. Another run
 * that waits for it does so in its turn.
 */
async function collect(
  {id, data, end}: Ended,
  {queue, record, keeper}: Pick<EndTools, 'queue' | 'record' | 'keeper'>,
): Promise<void> {
  if (data === undefined || end.type !== 'completed') return;
  await keeper.flush(); // Before others are looked at: of two that end at once, one at least sees that the other has.
  const isOpen = ({runId, builds, ended}: RunRecord): boolean =>
    runId !== record.runId && builds.some(({jobId, buildId}) => jobId === id && !ended.includes(buildId));
  try {
    if ((await readRuns(queue)).some(isOpen)) return;
    const job = await queue.jobs.getJob(id);
    if (job?.timestamp !== end.addedAt.getTime()) return; // Asked for anew meanwhile.
    await job.remove();
    await queue.tell(collectedName, {job: id, folder: renderJobFolder(id, data)});
  } catch {
    // The queue is away, or a worker is at the job again: both forget in time.
  }
}

/** @param reason As BullMQ or a worker gave it. */
export function explainFailed(reason: string): Failure {
  if (reason.includes('stalled more than'))
    return {
      kind: 'worker-lost',
      message: 'Every worker that took it died or lost the queue; it was tried six times.',
      hint: 'See what it does to a host: build-spark logs <build-id>, and `journalctl -k` there. Then: build-spark queue retry',
    };
  if (reason.startsWith('No worker can build it.'))
    return {
      kind: 'refused',
      message: reason,
      hint: 'Start a worker that can, then type: build-spark queue retry',
    };
  return {kind: 'worker', message: reason, hint: 'To try it again, type: build-spark queue retry'};
}
