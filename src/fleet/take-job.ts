// What a worker does with a job that it has taken: builds it while it is its own, gives it back, or ends it. Knows BullMQ's
// ends of a job, and no build.
import {join} from 'node:path';
import type {Report} from '../batch/report.ts';
import type {Session} from '../batch/session.ts';
import {BuildError, exitCodes, type ExitCode} from '../core/errors.ts';
import {parsePublishPlace} from '../distribution/publish-place.ts';
import {publishThere} from '../distribution/publish-there.ts';
import {cancelName, collectedName, renderCancelled} from './event-names.ts';
import {buildJob, describeRefusal, type JobContext} from './build-job.ts';
import {removeTree} from '../core/mounts.ts';
import type {HostKeeper} from './host-record.ts';
import {
  jobSchema,
  renderJobFolder,
  type JobData,
  type JobResult,
  type JobTool,
  type WorkerFacts,
} from './job.ts';
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

export interface JobRunner {
  readonly run: (job: Job, token: string, signal: AbortSignal) => Promise<JobResult>;
  /** Its lock ran out: it is another worker's by now. */
  readonly lose: (jobId: string) => void;
  /** Its dists are where they belong: what is here of them may go. @param folder As renderJobFolder names it. */
  readonly forget: (jobId: string, folder: string) => Promise<void>;
  /** Whether a job is being built in this folder. */
  readonly isBusy: (folder: string) => boolean;
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
  const busy = new Set<string>();
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
        busy,
        () => {
          exitCode = exitCodes.leaked;
        },
      );
    } finally {
      losing.delete(id);
      running -= 1;
    }
  };
  return {
    run,
    forget: async (id, name) => {
      const folder = join(tools.session.paths.fleet, name);
      const isOurs = /^[0-9a-f]{16}$/.test(name) && !losing.has(id) && !busy.has(folder);
      if (isOurs) await removeTree(folder).catch(() => undefined);
    },
    isBusy: (folder) => busy.has(folder),
    lose: (id) => losing.get(id)?.abort(new LostError(id)),
    isIdle: () => running === 0,
    exitCode: () => exitCode,
  };
}

async function runOne(
  job: Job,
  token: string,
  signal: AbortSignal,
  tools: RunnerTools,
  busy: Set<string>,
  onLeak: () => void,
): Promise<JobResult> {
  const {queue, session, facts, active, keeper, teller, report, tool, host, ending} = tools;
  const id = job.id ?? '';
  const {success, data, error} = jobSchema.safeParse(job.data);
  // Nor would another worker of this version: it would go round for ever.
  if (!success) throw new UnrecoverableError(`Worker ${facts.name} cannot read the job: ${error.message}`);
  if (data.refused[facts.name] !== undefined) {
    await failUnlessAble(data.refused, queue); // Others may have gone since.
    return delay(job, token, queue);
  }
  // Of another place: logs and machines go by the name of the build.
  if (data.builds.some(({buildId}) => active.has(buildId))) return delay(job, token, queue);
  const folder = join(session.paths.fleet, renderJobFolder(id, data));
  for (const {buildId} of data.builds) active.set(buildId, id);
  busy.add(folder);
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
    const done = await buildJob(data, {
      folder,
      session: own,
      host,
      report,
      tool,
      stillOurs,
      afterBuild,
    });
    if (done.isLeaked) onLeak();
    await keeper.settle();
    await teller.flush();
    if (ending.stop.signal.aborted) return await putBack(job, token);
    if (signal.aborted) throw asEnd(signal.reason);
    return {worker: facts, builds: [...done.builds]};
  } catch (error) {
    const refusal = describeRefusal(error);
    if (refusal !== undefined) return await giveBack(job, data, token, refusal, tools);
    if (ending.stop.signal.aborted) return await putBack(job, token);
    if (signal.aborted) throw asEnd(signal.reason);
    throw error;
  } finally {
    busy.delete(folder);
    for (const {buildId} of data.builds) active.delete(buildId);
  }
}

/** Never tried again: who ends a job so has a reason that holds on any worker, or has lost it. */
function asEnd(reason: unknown): Error {
  return new UnrecoverableError(reason instanceof Error ? reason.message : String(reason));
}

async function putBack(job: Job, token: string): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError();
}

/** Another worker may be able to do it. @param why Completes "worker w gave it back: …". */
async function giveBack(
  job: Job,
  data: JobData,
  token: string,
  why: string,
  {queue, facts, report}: RunnerTools,
): Promise<never> {
  const refused = {...data.refused, [facts.name]: why};
  await job.updateData({...data, refused} satisfies JobData);
  const line = `Worker ${facts.name} gave ${job.name} back: ${why}.`;
  report.emit({type: 'log.line', level: 'warn', line});
  const {buildId} = data.builds[0] ?? {buildId: job.name};
  const event = {type: 'log.line', at: new Date().toISOString(), runId: '', buildId, level: 'warn', line};
  const told = {job: job.id ?? '', worker: facts.name, host: facts.identity.host};
  await queue.tell(toldName, {...told, events: JSON.stringify([event])});
  await failUnlessAble(refused, queue);
  return delay(job, token, queue);
}

/** @throws Once every connected worker has refused it. */
async function failUnlessAble(
  refused: Readonly<Record<string, string>>,
  queue: Pick<FleetQueue, 'listWorkers'>,
): Promise<void> {
  const able = (await queue.listWorkers()).filter((name) => refused[name] === undefined);
  if (able.length === 0) throw new UnrecoverableError(renderRefusals(refused));
}

/** For others, or for later. */
async function delay(job: Job, token: string, {timings}: Pick<FleetQueue, 'timings'>): Promise<never> {
  await job.moveToDelayed(Date.now() + timings.giveBackMs, token);
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
  events.on(collectedName, ({job = '', folder = ''}) => void forget(job, folder));
  return events;
}
