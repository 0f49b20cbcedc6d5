// A run whose builds other hosts do: puts them into the queue, tells what happens there, fetches the dists. What it decided is
// kept here and how far it is in the queue, so that another process of this host can go on with it.
import {hostname} from 'node:os';
import {join} from 'node:path';
import type {AskedRun, BuildOptions, OutputOptions} from '../batch/build-options.ts';
import {openSessionFor} from '../batch/arguments.ts';
import {planElsewhere, type PlannedElsewhere} from '../batch/plan-elsewhere.ts';
import type {Report} from '../batch/report.ts';
import {runAll, type RunSurroundings} from '../batch/run.ts';
import {makeStateFolders, type Session} from '../batch/session.ts';
import {readTarget} from '../batch/targets.ts';
import {UsageError, type ExitCode} from '../core/errors.ts';
import type {EventBody} from '../core/events.ts';
import {createRedactor} from '../core/redact.ts';
import {orStopped} from '../core/stop.ts';
import type {Terminal} from '../core/terminal.ts';
import {readOwnTool} from './compatibility.ts';
import {enqueue, findSame, makeJobs, type MadeJob} from './enqueue.ts';
import type {JobBuild} from './job.ts';
import {followRun} from './follow-run.ts';
import {openQueue, type FleetQueue} from './queue.ts';
import {parseQueueAddress} from './queue-address.ts';
import {forgetOwnRun, keepOwnRun} from './own-run.ts';
import type {RunRecord} from './records.ts';
import {createSay} from '../batch/say.ts';

export type FleetOptions = BuildOptions & OutputOptions;

/** @param typed Attribute names of the options that stood on the command line. */
export async function runOnQueue(
  terminal: Terminal,
  options: FleetOptions,
  typed: ReadonlySet<string>,
  readRun: () => Promise<AskedRun>,
  {openReport, reportRefusal}: RunSurroundings,
): Promise<ExitCode> {
  const say = createSay(terminal, options);
  let queue: FleetQueue | undefined;
  let junit = options.junit;
  try {
    const address = parseQueueAddress(options.queue ?? '', typed.has('queue'));
    if (options.setup === true)
      throw new UsageError(
        '--setup prepares this host, and the builds are done by others.',
        'Leave one of the two out.',
      );
    const requested = await readRun();
    ({junit} = requested.options);
    const session = await openSessionFor(terminal, requested.rows);
    const planned = await orStopped(planElsewhere(session, requested.rows, say), terminal.signal, 5_000);
    refuseUnsigned(planned.request);
    if (planned.wanted.length > 0) queue = await openQueue(address, terminal.env, say);
    await makeStateFolders(session.paths);
    const report = await openReport(session, options, planned, junit);
    try {
      const open = queue;
      const build = open && ((told: Report) => buildThere(open, planned, {session, report: told, say}));
      // The workers send what they build.
      const jobs = {jobs: Math.max(1, planned.wanted.length)};
      return await runAll(session, {...planned, jobs}, report, build, {
        ...planned.request,
        isBuiltElsewhere: true,
      });
    } finally {
      report.close();
    }
  } catch (error) {
    if (junit !== undefined) await reportRefusal(junit, terminal, error);
    throw error;
  } finally {
    await queue?.close();
  }
}

interface Tools {
  readonly session: Session;
  readonly report: Report;
  readonly say: (line: string) => void;
}

async function buildThere(
  queue: FleetQueue,
  planned: PlannedElsewhere,
  {session, report, say}: Tools,
): Promise<{readonly exitCode: ExitCode; readonly bugs: readonly unknown[]}> {
  const {terminal, clock} = session;
  const made = await makeJobs(planned, await readOwnTool(), planned.request.publish);
  for (const job of made) await findSame(queue, job); // All of them before the first one is put in.
  const isAlone = planned.wanted.length === 1;
  const redact = createRedactor(planned.secrets);
  // Before the first job is there, so that none of what happens to it is missed, and no other run takes it out.
  const record: RunRecord = {
    formatVersion: 1,
    runId: report.runId,
    command: redact(`build-spark ${terminal.argv.join(' ')}`),
    startedAt: clock.now().toISOString(),
    host: hostname(),
    output: planned.output,
    builds: made.flatMap(({id, data, keys}) =>
      data.builds.map(({buildId}) => {
        const sign = keys.get(buildId);
        return {buildId, jobId: id, ...(sign === undefined ? {} : {sign})};
      }),
    ),
    lastEventId: await queue.readPosition(),
    ended: [],
    exitCodes: {},
  };
  const jobs = new Map(made.map(({id, data}) => [id, data]));
  await keepOwnRun(session.paths, {record, jobs}, clock.now());
  const entry = await queue.runs.add(report.runId, record, {jobId: report.runId});
  const ended: string[] = [];
  try {
    for (const job of made) {
      const found = await enqueue(queue, job, isAlone, () => isHere(job, planned));
      for (const build of job.data.builds)
        if (found === 'here') {
          ended.push(build.buildId);
          report.emit(describeHere(build, planned));
        } else if (found === 'joined') report.emit(describeJoined(build));
    }
  } catch (error) {
    await entry.remove().catch(() => undefined);
    await forgetOwnRun(session.paths, report.runId);
    throw error;
  }
  const workers = await queue.listWorkers();
  if (workers.length === 0)
    say(
      `No worker takes builds from ${queue.address.name} yet. Start one on each host: build-spark worker --queue <url>`,
    );
  const {exitCode} = await followRun(queue, {record: {...record, ended}, jobs}, {session, report});
  return {exitCode, bugs: []};
}

/** A worker has no key of ours, and what it sends is not seen here before it is there. @throws UsageError */
function refuseUnsigned({sign, publish}: Pick<PlannedElsewhere['request'], 'sign' | 'publish'>): void {
  if (sign === undefined || publish === undefined) return;
  throw new UsageError(
    '--sign and --publish do not go together on a queue: each worker sends what it built to the other host, and only what is fetched is signed, here.',
    'Leave --publish out. When the dists are here, type the same with --publish and without --queue: they are up to date then, and are only sent.',
  );
}

/** Another coordinator may have fetched all of it since it was planned. */
async function isHere({wanted}: MadeJob, {targets}: PlannedElsewhere): Promise<boolean> {
  for (const {draft} of wanted)
    if (draft.request.force || (await readTarget(draft, targets)).status !== 'same') return false;
  return true;
}

function describeHere({buildId, dist}: JobBuild, {output}: PlannedElsewhere): EventBody {
  return {type: 'build.finished', buildId, status: 'up-to-date', dist: join(output, dist), durationMs: 0};
}

function describeJoined({buildId}: JobBuild): EventBody {
  return {
    type: 'log.line',
    buildId,
    level: 'info',
    line: 'It is in the queue already; this run waits for it.',
  };
}
