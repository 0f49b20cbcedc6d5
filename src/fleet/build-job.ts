// One job on the host of a worker: what its coordinator decided is held against what this host would build, then it is built
// like any other run. Knows no queue.
import {createHash} from 'node:crypto';
import {writeFile, mkdir, utimes} from 'node:fs/promises';
import {join} from 'node:path';
import {readHistory} from '../batch/history.ts';
import {openTools} from '../batch/build-all.ts';
import {runPreflight, type Preflight} from '../batch/preflight.ts';
import type {Report} from '../batch/report.ts';
import {runBuilds} from '../batch/run-builds.ts';
import type {Session} from '../batch/session.ts';
import {asError, describeError, exitCodes, ExpectedError} from '../core/errors.ts';
import {hashDependencies} from '../distribution/fingerprint.ts';
import {refuseOtherTool} from './compatibility.ts';
import {findField} from './compare-jobs.ts';
import {pickDecided, type BuiltThere, type JobBuild, type JobData, type JobTool} from './job.ts';
import {planRow, type HostOptions} from './job-rows.ts';

/** This host cannot build it, or would build something else; another one may. */
class RefusedError extends Error {}

export interface JobContext {
  /** Of the job's content: an older job's dists are not in the way, and a job that comes again finds its own. */
  readonly folder: string;
  /** Of this job: its signal ends the builds. */
  readonly session: Session;
  readonly host: HostOptions;
  readonly report: Report;
  readonly tool: JobTool;
  /** @throws When the job is another worker's by now. */
  readonly stillOurs: () => Promise<void>;
  /** What is done with each dist that is there, while the job is ours. */
  readonly afterBuild: (build: JobBuild, dist: string) => Promise<void>;
}

/** @throws RefusedError */
export async function buildJob(
  job: JobData,
  context: JobContext,
): Promise<{readonly builds: readonly BuiltThere[]; readonly isLeaked: boolean}> {
  const {folder, report, tool, stillOurs, afterBuild} = context;
  const refusal = refuseOtherTool(job.tool, tool);
  if (refusal !== undefined) throw new RefusedError(refusal);
  await openFolder(folder, context.session);
  const session = {...context.session, terminal: {...context.session.terminal, cwd: folder}};
  const {paths, clock} = session;
  const preflight = await planJob(job, session, context);
  for (const {plan} of preflight.upToDate) {
    const dist = join(plan.output, plan.dist);
    report.emit({type: 'build.finished', buildId: plan.buildId, status: 'up-to-date', dist, durationMs: 0});
  }
  const {standIn, secrets, host} = preflight;
  const tools = await openTools(session, report, {standIn, secrets, provider: host?.machine.provider});
  const {results, bugs} = await runBuilds(
    session,
    {...preflight, jobs: {...preflight.jobs, jobs: 1}},
    report,
    {...tools, mayPublish: stillOurs},
    await readHistory(paths.runs, clock.now()),
  );
  if (bugs[0] !== undefined && results.length === 0) throw asError(bugs[0]);
  const builds: BuiltThere[] = [];
  for (const build of job.builds) {
    const result = results.find(({plan}) => plan.buildId === build.buildId);
    const there = preflight.upToDate.find(({plan}) => plan.buildId === build.buildId);
    const dist = result?.dist ?? (there === undefined ? undefined : join(there.plan.output, there.plan.dist));
    const common = {buildId: build.buildId, log: join(paths.logs, build.buildId)};
    const {status = there === undefined ? 'cancelled' : 'up-to-date', durationMs = 0, failure} = result ?? {};
    const told = {...common, status, durationMs, ...(dist === undefined ? {} : {dist})};
    try {
      if (dist !== undefined && !session.signal.aborted) await afterBuild(build, dist);
      builds.push(failure === undefined ? told : {...told, failure});
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      const {message, hint} = error;
      builds.push({...told, status: 'failed', failure: {kind: 'publish', message, hint}});
    }
  }
  await openFolder(folder, session); // It stays from now on for as long as the job is remembered.
  return {builds, isLeaked: results.some(({exitCode}) => exitCode === exitCodes.leaked)};
}

/** Its time says that it is in use. */
async function openFolder(folder: string, {clock}: Session): Promise<void> {
  await mkdir(folder, {recursive: true, mode: 0o700});
  await utimes(folder, clock.now(), clock.now());
}

async function planJob(
  job: JobData,
  session: Session,
  {folder, host, report}: JobContext,
): Promise<Preflight> {
  const output = join(folder, 'dists');
  await mkdir(output, {recursive: true});
  const rows = await Promise.all(
    job.builds.map(async (build) =>
      planRow(build, host, {output, patches: await writePatches(build, folder)}),
    ),
  );
  const onWait = (line: string): void => report.emit({type: 'log.line', level: 'info', line});
  const preflight = await runPreflight(session, rows, {boots: true, onWait, jobs: 1}).catch(
    (error: unknown) => {
      if (!(error instanceof ExpectedError) || session.signal.aborted) throw error;
      throw new RefusedError(error.message, {cause: error});
    },
  );
  const {builds, upToDate, standIn} = preflight;
  for (const wanted of job.builds) {
    const found = [...builds, ...upToDate].find(({plan}) => plan.buildId === wanted.buildId);
    const difference = found === undefined ? 'nothing' : findField(wanted.plan, pickDecided(found.plan));
    if (difference !== undefined)
      throw new RefusedError(`it would build something else of ${wanted.buildId} (${difference})`);
    const build = builds.find(({plan}) => plan.buildId === wanted.buildId);
    if (build !== undefined && hashDependencies(build.dependencyPlan, standIn) !== wanted.dependencies)
      throw new RefusedError(`it has another stand-in or other edits for ${wanted.buildId}`);
  }
  return preflight;
}

async function writePatches({patches, buildId}: JobBuild, folder: string): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const [index, {name, sha256, content}] of patches.entries()) {
    const bytes = Buffer.from(content, 'base64');
    if (createHash('sha256').update(bytes).digest('hex') !== sha256)
      throw new RefusedError(`the patch ${name} of ${buildId} did not come as it was sent`);
    const place = join(folder, 'patches', buildId, String(index));
    await mkdir(place, {recursive: true});
    await writeFile(join(place, name), bytes);
    paths.push(join(place, name));
  }
  return paths;
}

/** For messages that people read. */
export function describeRefusal(error: unknown): string | undefined {
  return error instanceof RefusedError ? describeError(error).replace(/[.\s]+$/, '') : undefined;
}
