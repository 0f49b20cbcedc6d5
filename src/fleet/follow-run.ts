// Follows the jobs of a run until each of its builds has ended: passes on what workers tell, fetches what they built, and
// names the machines that a dead worker left. Asks now and then, so that an event that was lost costs time alone.
import type {Report} from '../batch/report.ts';
import type {Session} from '../batch/session.ts';
import {exitCodes, type ExitCode} from '../core/errors.ts';
import type {Event} from '../core/events.ts';
import {endJob, type JobEnd} from './end-job.ts';
import {readHostRecords} from './host-record.ts';
import {resultSchema} from './job.ts';
import type {EventStream, FleetQueue} from './queue.ts';
import {forgetOwnRun, type Followed} from './own-run.ts';
import type {RunRecord} from './records.ts';
import {createRunKeeper} from './run-keeper.ts';
import {createProgress} from './run-progress.ts';
import {cancelledBy, cancelledName} from './event-names.ts';
import {parseTold, toldName} from './wire.ts';

interface Tools {
  readonly session: Session;
  readonly report: Report;
}

/** A job that is put in anew is gone for a moment. */
const goneMs = 1_000;

/** @returns Interrupted: the builds go on without this process. */
export async function followRun(
  queue: FleetQueue,
  {record, jobs}: Followed,
  {session, report}: Tools,
): Promise<{readonly exitCode: ExitCode}> {
  const {signal} = session.terminal;
  const keeper = createRunKeeper(queue, record);
  const ends = new Map<string, (end: JobEnd) => void>();
  const left = record.builds.filter(({buildId}) => !record.ended.includes(buildId));
  const waits = [...new Set(left.map(({jobId}) => jobId))].map(
    (id) => [id, new Promise<JobEnd>((resolve) => ends.set(id, resolve))] as const,
  );
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
    if (told === undefined) return;
    // Its builds name folders here, and whoever may use the queue can tell anything.
    const own = new Set(record.builds.flatMap(({jobId, buildId}) => (jobId === told.jobId ? [buildId] : [])));
    const events = told.events.filter((event) =>
      own.has(('buildId' in event ? event.buildId : undefined) ?? ''),
    );
    for (const event of events) passOn(event, report, record, told.host);
    if (events.some(({type}) => type === 'build.started')) progress.begin(events);
  });
  const look = (id: string | undefined): void => {
    if (id !== undefined && ends.has(id))
      void findEnd(queue, id, session).then(
        (end) => end && ends.get(id)?.(end),
        () => undefined,
      );
  };
  on('completed', ({jobId}) => look(jobId));
  on('failed', ({jobId}) => look(jobId));
  on(cancelledName, ({job = '', by = ''}) => ends.get(job)?.({type: 'cancelled', by}));
  const asking = setInterval(() => [...ends.keys()].forEach(look), queue.timings.askMs);
  [...ends.keys()].forEach(look);
  const results: ExitCode[] = Object.values(record.exitCodes);
  const stopped = new Promise<'stopped'>((resolve) => {
    if (signal.aborted) resolve('stopped');
    signal.addEventListener('abort', () => resolve('stopped'), {once: true});
  });
  const tools = {queue, record, keeper, progress, session, report};
  const endings: Promise<unknown>[] = [];
  progress.say();
  try {
    const all = Promise.all(
      waits.map(async ([id, wait]) => {
        const end = await wait;
        ends.delete(id);
        const ending = endJob({id, data: jobs.get(id), end}, tools);
        endings.push(ending);
        results.push(...(await ending));
      }),
    ).catch((error: unknown) => {
      if (signal.aborted) return 'stopped' as const; // In the middle of a fetch, which the next attach begins again.
      throw error;
    });
    if ((await Promise.race([all, stopped])) === 'stopped') {
      await Promise.allSettled(endings);
      report.emit({
        type: 'log.line',
        level: 'warn',
        line: `The builds go on without this process. To see them again: build-spark queue attach ${record.runId} --queue <url>; to stop them: build-spark queue cancel ${record.runId} --queue <url>`,
      });
      return {exitCode: exitCodes.interrupted};
    }
    const machines = await reportLeft(queue, record, report);
    const isOver = machines === 0 && results.every((code) => code !== exitCodes.host);
    await keeper.close({isOver});
    if (isOver) await forgetOwnRun(session.paths, record.runId);
    return {exitCode: machines > 0 ? exitCodes.leaked : worst(results)};
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
async function findEnd(
  queue: FleetQueue,
  id: string,
  {clock, signal}: Pick<Session, 'clock' | 'signal'>,
): Promise<JobEnd | undefined> {
  const {jobs} = queue;
  const state = await jobs.getJobState(id);
  const job = await jobs.getJob(id); // After its state: else what it came to may be from before it ended.
  if (job === undefined) {
    await clock.sleep(Math.min(goneMs, queue.timings.askMs), signal);
    return (await jobs.getJob(id)) === undefined ? {type: 'gone'} : findEnd(queue, id, {clock, signal});
  }
  const by = cancelledBy(job.failedReason);
  if (state === 'failed' && by !== undefined) return {type: 'cancelled', by};
  if (state === 'failed') return {type: 'failed', reason: job.failedReason};
  if (state !== 'completed') return undefined;
  const {data, error} = resultSchema.safeParse(job.returnvalue);
  if (data === undefined)
    return {type: 'failed', reason: `What its worker answered cannot be read: ${error.message}`};
  return {type: 'completed', result: data, addedAt: new Date(job.timestamp)};
}

/** Machines of this run that no worker has destroyed. @returns How many. */
async function reportLeft(queue: FleetQueue, {builds}: RunRecord, report: Report): Promise<number> {
  const jobs = new Set(builds.map(({jobId}) => jobId));
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
