// What a worker does with a job that it has taken: builds it while it is its own, gives it back, or ends it. Knows BullMQ's
// ends of a job, and no build.
import type {Report} from '../batch/report.ts';
import type {Session} from '../batch/session.ts';
import {BuildError, exitCodes, type ExitCode} from '../core/errors.ts';
import {parsePublishPlace} from '../distribution/publish-place.ts';
import {publishThere} from '../distribution/publish-there.ts';
import {cancelName, collectedName, renderCancelled} from './event-names.ts';
import {buildJob, describeRefusal, type JobContext} from './build-job.ts';
import {removeTree} from '../core/mounts.ts';
import type {HostKeeper} from './host-record.ts';
import {jobSchema, type JobData, type JobResult, type JobTool, type WorkerFacts} from './job.ts';
import type {HostOptions} from './job-rows.ts';
import {
  DelayedError,
  UnrecoverableError,
  WaitingError,
  type EventStream,
  type FleetQueue,
  type Job,
} from './queue.ts';
import {toldName, type Teller} from './wire.ts';

export interface RunnerTools {
  readonly queue: FleetQueue;
  readonly session: Session;
  readonly host: HostOptions;
  readonly report: Report;
  readonly tool: JobTool;
  readonly facts: WorkerFacts;
  /** Job by build, of what this worker does now. */
  readonly active: Map<string, string>;
  readonly keeper: HostKeeper;
  readonly teller: Teller;
  readonly ending: {readonly stop: AbortController};
}

type TakenJob = Job;

export interface JobRunner {
  readonly run: (job: TakenJob, token: string, signal: AbortSignal) => Promise<JobResult>;
  /** Its lock ran out: it is another worker's by now. */
  readonly lose: (jobId: string) => void;
  /** Its dists are where they belong: what is here of them may go. */
  readonly forget: (jobId: string) => Promise<void>;
  readonly isIdle: () => boolean;
  readonly exitCode: () => ExitCode;
}

class LostError extends BuildError {
  constructor(jobId: string) {
    super(
      `The job ${jobId} is another worker's by now: this one was stopped, or cut off from the queue, for too long.`,
      'Nothing need be done: the other worker builds it.',
    );
  }
}

export function createJobRunner(tools: RunnerTools): JobRunner {
  const losing = new Map<string, AbortController>();
  const folders = new Map<string, string>();
  let running = 0;
  let exitCode: ExitCode = exitCodes.done;
  const run: JobRunner['run'] = async (job, token, signal) => {
    const id = job.id ?? '';
    const lost = new AbortController();
    losing.set(id, lost);
    running += 1;
    try {
      return await runOne(
        job,
        token,
        AbortSignal.any([signal, lost.signal, tools.ending.stop.signal]),
        tools,
        {
          onLeak: () => {
            exitCode = exitCodes.leaked;
          },
          onFolder: (folder) => void folders.set(id, folder),
        },
      );
    } finally {
      losing.delete(id);
      running -= 1;
    }
  };
  return {
    run,
    forget: async (id) => {
      const folder = folders.get(id);
      folders.delete(id);
      if (folder !== undefined && !losing.has(id)) await removeTree(folder).catch(() => undefined);
    },
    lose: (id) => losing.get(id)?.abort(new LostError(id)),
    isIdle: () => running === 0,
    exitCode: () => exitCode,
  };
}

async function runOne(
  job: TakenJob,
  token: string,
  signal: AbortSignal,
  tools: RunnerTools,
  {onLeak, onFolder}: {readonly onLeak: () => void; readonly onFolder: (folder: string) => void},
): Promise<JobResult> {
  const {queue, session, facts, active, keeper, teller, report, tool, host, ending} = tools;
  const id = job.id ?? '';
  const {success, data, error} = jobSchema.safeParse(job.data);
  if (!success) return giveBack(job, token, `it does not understand the job: ${error.message}`, tools);
  if (data.refused[facts.name] !== undefined)
    return giveBack(job, token, data.refused[facts.name] ?? '', tools);
  if (data.builds.some(({buildId}) => active.has(buildId))) return giveBack(job, token, undefined, tools); // Of another place: logs and machines go by the name of the build.
  for (const {buildId} of data.builds) active.set(buildId, id);
  const stillOurs = async (): Promise<void> => {
    const isOurs = await job.extendLock(token, queue.timings.lockMs).catch(() => 0);
    if (isOurs !== 1) throw new LostError(id);
  };
  const afterBuild: JobContext['afterBuild'] = async (build, dist) => {
    if (data.publish === undefined) return;
    const place = parsePublishPlace(data.publish);
    const did = await publishThere(
      dist,
      place,
      {...session, signal},
      {replace: build.replace, mayPublish: stillOurs},
    );
    const line = did === 'sent' ? `It is in ${data.publish} too.` : `It was in ${data.publish} already.`;
    report.emit({type: 'log.line', buildId: build.buildId, level: 'info', line});
  };
  try {
    const own = {...session, signal, terminal: {...session.terminal, signal}};
    const done = await buildJob(id, data, {
      session: own,
      host,
      report,
      tool,
      stillOurs,
      afterBuild,
    });
    if (done.isLeaked) onLeak();
    onFolder(done.folder);
    await keeper.settle();
    await teller.flush();
    if (ending.stop.signal.aborted) return await putBack(job, token);
    if (signal.aborted) throw asEnd(signal.reason);
    return {worker: facts, builds: [...done.builds]};
  } catch (error) {
    const refusal = describeRefusal(error);
    if (refusal !== undefined) return await giveBack(job, token, refusal, tools);
    if (ending.stop.signal.aborted) return await putBack(job, token);
    if (signal.aborted) throw asEnd(signal.reason);
    throw error;
  } finally {
    for (const {buildId} of data.builds) active.delete(buildId);
  }
}

/** Never tried again: who ends a job so has a reason that holds on any worker, or has lost it. */
function asEnd(reason: unknown): Error {
  return new UnrecoverableError(reason instanceof Error ? reason.message : String(reason));
}

async function putBack(job: TakenJob, token: string): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError();
}

/**
 * Another worker may be able to do it. When all that there are have refused, it has failed.
 * @param why Completes "worker w gave it back: …"; undefined: only for now.
 */
async function giveBack(
  job: TakenJob,
  token: string,
  why: string | undefined,
  tools: RunnerTools,
): Promise<never> {
  const {queue, facts} = tools;
  if (why !== undefined) {
    const {success, data} = jobSchema.safeParse(job.data);
    const refused = {...(success ? data.refused : {}), [facts.name]: why};
    if (success) await job.updateData({...data, refused} satisfies JobData);
    const line = `Worker ${facts.name} gave ${job.name} back: ${why}.`;
    const {buildId} = (success ? data.builds[0] : undefined) ?? {buildId: job.name};
    const event = {type: 'log.line', at: new Date().toISOString(), runId: '', buildId, level: 'warn', line};
    const told = {job: job.id ?? '', worker: facts.name, host: facts.identity.host};
    await queue.tell(toldName, {...told, events: JSON.stringify([event])});
    const able = (await queue.listWorkers()).filter((name) => refused[name] === undefined);
    if (able.length === 0) throw new UnrecoverableError(renderRefusals(refused));
  }
  await job.moveToDelayed(Date.now() + queue.timings.giveBackMs, token);
  throw new DelayedError();
}

function renderRefusals(refused: Readonly<Record<string, string>>): string {
  const each = Object.entries(refused).map(([name, why]) => `${name}: ${why}`);
  return `No worker can build it. ${each.join('; ')}`;
}

/** What others ask of this worker, or tell it; nothing is done where the job is another worker's. */
export async function listenForOthers(
  queue: FleetQueue,
  {
    cancel,
    forget,
  }: {readonly cancel: (jobId: string, reason: string) => unknown; readonly forget: JobRunner['forget']},
): Promise<EventStream> {
  const events = await queue.listen();
  events.on(cancelName, ({job = '', by = ''}) => void cancel(job, renderCancelled(by)));
  events.on(collectedName, ({job = ''}) => void forget(job));
  return events;
}
