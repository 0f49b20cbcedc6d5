// Follows the jobs of a run until each of its builds has ended: passes on what workers tell, fetches what they built, and
// names the machines that a dead worker left. Asks now and then, so that an event that was lost costs time alone.
import type {Report} from '../batch/report.ts';
import type {Session} from '../batch/session.ts';
import {exitCodes, ExpectedError, type ExitCode} from '../core/errors.ts';
import type {Event, Failure} from '../core/events.ts';
import {mapLimited} from '../core/map-limited.ts';
import {deliver, fetchLog} from './deliver.ts';
import {readHostRecords} from './host-record.ts';
import {resultSchema, type JobData, type JobResult} from './job.ts';
import type {EventStream, FleetQueue} from './queue.ts';
import type {RunRecord} from './records.ts';
import {createRunKeeper, type RunKeeper} from './run-keeper.ts';
import {cancelledBy, cancelledName, collectedName} from './event-names.ts';
import {parseTold, toldName} from './wire.ts';

export interface Followed {
  readonly record: RunRecord;
  readonly jobs: ReadonlyMap<string, JobData>;
}

interface Tools {
  readonly session: Session;
  readonly report: Report;
}

/** How a job ended, for its coordinator. */
type JobEnd =
  | {readonly type: 'completed'; readonly result: JobResult; readonly addedAt: Date}
  | {readonly type: 'failed'; readonly reason: string}
  | {readonly type: 'cancelled'; readonly by: string};

/** @returns Interrupted: the builds go on without this process. */
export async function followRun(
  queue: FleetQueue,
  {record, jobs}: Followed,
  {session, report}: Tools,
): Promise<{readonly exitCode: ExitCode}> {
  const {signal} = session.terminal;
  const keeper = createRunKeeper(queue, record);
  const ends = new Map<string, (end: JobEnd) => void>();
  const waits = [...jobs.keys()]
    .filter((id) => record.builds.some(({jobId, buildId}) => jobId === id && !record.ended.includes(buildId)))
    .map((id) => [id, new Promise<JobEnd>((resolve) => ends.set(id, resolve))] as const);
  const progress = createProgress(report, record);
  const events = await queue.listen(record.lastEventId);
  const on: EventStream['on'] = (name, listener) => {
    events.on(name, (fields, id) => {
      keeper.note(id);
      listener(fields, id);
    });
  };
  on(toldName, (fields) => {
    const told = parseTold(fields);
    if (told === undefined || !jobs.has(told.jobId)) return;
    for (const event of told.events) passOn(event, report, record, told.host);
    if (told.events.some(({type}) => type === 'build.started')) progress.begin(told.events);
  });
  const look = (id: string | undefined): void => {
    if (id !== undefined && ends.has(id))
      void findEnd(queue, id).then(
        (end) => end && ends.get(id)?.(end),
        () => undefined,
      );
  };
  on('completed', ({jobId}) => look(jobId));
  on('failed', ({jobId}) => look(jobId));
  on(cancelledName, ({job = '', by = ''}) => ends.get(job)?.({type: 'cancelled', by}));
  const asking = setInterval(() => [...ends.keys()].forEach(look), queue.timings.askMs);
  [...ends.keys()].forEach(look);
  const results: ExitCode[] = [];
  const stopped = new Promise<'stopped'>((resolve) => {
    if (signal.aborted) resolve('stopped');
    signal.addEventListener('abort', () => resolve('stopped'), {once: true});
  });
  progress.say();
  try {
    const all = Promise.all(
      waits.map(async ([id, wait]) => {
        const end = await wait;
        ends.delete(id);
        const data = jobs.get(id);
        if (data === undefined) return;
        results.push(...(await endJob({id, data, end, record, keeper, queue}, {session, report}, progress)));
      }),
    );
    if ((await Promise.race([all, stopped])) === 'stopped') {
      report.emit({
        type: 'log.line',
        level: 'warn',
        line: `The builds go on without this process. To see them again: build-spark queue attach ${record.runId} --queue <url>; to stop them: build-spark queue cancel ${record.runId} --queue <url>`,
      });
      return {exitCode: exitCodes.interrupted};
    }
    const left = await reportLeft(queue, jobs, report);
    await keeper.close({isOver: left === 0 && results.every((code) => code !== exitCodes.host)});
    return {exitCode: left > 0 ? exitCodes.leaked : worst(results)};
  } finally {
    clearInterval(asking);
    await keeper.flush();
    await events.close();
  }
}

/** A worker's build is told as one of this run; how it ends is told when its dist is here. */
function passOn(event: Event, report: Report, {output}: RunRecord, host: string): void {
  if (event.type === 'build.finished' || event.type.startsWith('run.')) return;
  const body = {...event, at: event.at};
  if (body.type === 'build.started') {
    const dist = `${output}/${body.dist.slice(body.dist.lastIndexOf('/') + 1)}`;
    report.emit({
      type: 'log.line',
      at: body.at,
      buildId: body.buildId,
      level: 'info',
      line: `It is built on host ${host}.`,
    });
    report.emit({...body, dist});
    return;
  }
  report.emit(body);
}

/** @returns undefined as long as it goes on. */
async function findEnd({jobs}: FleetQueue, id: string): Promise<JobEnd | undefined> {
  const state = await jobs.getJobState(id);
  const job = await jobs.getJob(id); // After its state: else what it came to may be from before it ended.
  if (job === undefined)
    return {type: 'failed', reason: 'The job is no longer in the queue: somebody removed it.'};
  const by = cancelledBy(job.failedReason);
  if (state === 'failed' && by !== undefined) return {type: 'cancelled', by};
  if (state === 'failed') return {type: 'failed', reason: job.failedReason};
  if (state !== 'completed') return undefined;
  const {data, error} = resultSchema.safeParse(job.returnvalue);
  if (data === undefined)
    return {type: 'failed', reason: `What its worker answered cannot be read: ${error.message}`};
  return {type: 'completed', result: data, addedAt: new Date(job.timestamp)};
}

interface Ended {
  readonly id: string;
  readonly data: JobData;
  readonly end: JobEnd;
  readonly record: RunRecord;
  readonly keeper: RunKeeper;
  readonly queue: FleetQueue;
}

/** Tells the end of each of its builds, once. @returns What each came to. */
async function endJob(
  {id, data, end, record, keeper, queue}: Ended,
  {session, report}: Tools,
  progress: Progress,
): Promise<readonly ExitCode[]> {
  const codes: ExitCode[] = [];
  const finish = (
    buildId: string,
    more: Omit<Event & {type: 'build.finished'}, 'type' | 'at' | 'runId' | 'buildId'>,
  ): void => {
    report.emit({type: 'build.finished', buildId, ...more});
    keeper.end(buildId);
    progress.end(buildId);
  };
  const fail = (
    buildId: string,
    failure: Failure,
    durationMs = 0,
    code: ExitCode = exitCodes.failed,
  ): void => {
    codes.push(code);
    finish(buildId, {status: 'failed', durationMs, failure});
  };
  await mapLimited(
    data.builds.filter(({buildId}) => !record.ended.includes(buildId)),
    1,
    async (build) => {
      const {buildId} = build;
      if (end.type === 'cancelled') {
        codes.push(exitCodes.failed);
        const failure = {
          kind: 'interrupted',
          message: `It was cancelled ${end.by}.`,
          hint: 'Type the same command again to do what is missing.',
        };
        finish(buildId, {status: 'cancelled', durationMs: 0, failure});
        return;
      }
      if (end.type === 'failed') {
        fail(buildId, explainFailed(end.reason));
        return;
      }
      const there = end.result.builds.find((one) => one.buildId === buildId);
      if (there === undefined) {
        fail(buildId, {
          kind: 'unknown',
          message: 'Its worker said nothing of it.',
          hint: 'Report this bug.',
        });
        return;
      }
      await fetchLog(there, end.result.worker, session);
      const {status, durationMs, failure} = there;
      if (status !== 'built' && status !== 'up-to-date') {
        codes.push(failure?.kind === 'leaked' ? exitCodes.leaked : exitCodes.failed);
        finish(buildId, {status, durationMs, ...(failure === undefined ? {} : {failure})});
        return;
      }
      try {
        const order = {output: record.output, build, addedAt: end.addedAt};
        const done = await deliver(order, there, end.result.worker, session);
        finish(buildId, {...done, durationMs});
      } catch (error) {
        if (!(error instanceof ExpectedError)) throw error;
        const {message, hint} = error;
        fail(
          buildId,
          {kind: 'delivery', message, hint: hint.replace('<run>', record.runId)},
          durationMs,
          exitCodes.host,
        );
      }
    },
  );
  if (codes.length === 0) await queue.tell(collectedName, {job: id}).catch(() => undefined);
  return codes;
}

/** @param reason As BullMQ or a worker gave it. */
export function explainFailed(reason: string): Failure {
  if (reason.includes('stalled more than'))
    return {
      kind: 'worker-lost',
      message:
        'Each worker that took it died, or lost the queue, before it was done; it was tried six times.',
      hint: 'Look what it does to a host: build-spark logs <build-id>, and `journalctl -k` there. Then: build-spark queue retry',
    };
  if (reason.startsWith('No worker can build it.'))
    return {
      kind: 'refused',
      message: reason,
      hint: 'Start a worker that can, then type: build-spark queue retry',
    };
  return {kind: 'worker', message: reason, hint: 'To try it again, type: build-spark queue retry'};
}

/** Machines of this run that no worker has destroyed. @returns How many. */
async function reportLeft(
  queue: FleetQueue,
  jobs: ReadonlyMap<string, JobData>,
  report: Report,
): Promise<number> {
  let count = 0;
  for (const {identity, machines, worker} of await readHostRecords(queue))
    for (const {id, buildId, provider, jobId} of machines) {
      if (!jobs.has(jobId)) continue;
      count += 1;
      const message = `${id} may still be on host ${identity.host}: worker ${worker} died, or is stopped. The next worker that starts there destroys it; or type there: build-spark reap`;
      report.emit({type: 'machine.leaked', buildId, machine: id, provider, message});
    }
  return count;
}

function worst(codes: readonly ExitCode[]): ExitCode {
  const set = new Set(codes);
  if (set.has(exitCodes.leaked)) return exitCodes.leaked;
  const [only = exitCodes.done] = set;
  return set.size > 1 ? exitCodes.failed : only;
}

interface Progress {
  readonly begin: (events: readonly Event[]) => void;
  readonly end: (buildId: string) => void;
  readonly say: () => void;
}

function createProgress(report: Report, {builds, ended}: RunRecord): Progress {
  const total = builds.length;
  const running = new Set<string>();
  const done = new Set<string>(ended);
  const say = (): void => {
    if (total > 1) report.emit({type: 'run.progress', total, finished: done.size, running: running.size});
  };
  return {
    say,
    begin: (events) => {
      for (const event of events)
        if (event.type === 'build.started' && !done.has(event.buildId)) running.add(event.buildId);
      say();
    },
    end: (buildId) => {
      running.delete(buildId);
      done.add(buildId);
      say();
    },
  };
}
