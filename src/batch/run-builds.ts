// Runs the builds of a run, several at once, each under a lock of its own, and says what became of all of them.
import {createHash} from 'node:crypto';
import {join} from 'node:path';
import {describeTarget, findHistoryKey} from './describe-run.ts';
import {estimate, findStepEstimate, findTotalMs} from './history.ts';
import type {Estimate, History} from './history.ts';
import type {BuildTools} from '../recipe/build-context.ts';
import type {BuildPlan} from '../recipe/build-plan.ts';
import {findRunExitCode, runBuild, type BuildResult} from '../recipe/run-build.ts';
import {createTurns} from './turns.ts';
import {findRemainingMs, planOrder, runQueue} from './schedule.ts';
import {
  describeError,
  exitCodes,
  ExpectedError,
  InterruptedError,
  isAbortError,
  type ExitCode,
} from '../core/errors.ts';
import {tryLock, withLock} from '../core/lock.ts';
import {orStopped} from '../core/stop.ts';
import {refuseDifferent} from '../distribution/publish.ts';
import {explainFileError} from '../core/file-errors.ts';
import type {PlannedBuild} from './plan-run.ts';
import type {Preflight} from './preflight.ts';
import type {Report} from './report.ts';
import type {Session} from './session.ts';
import {readTarget, renderExtra} from './targets.ts';

/** As much of a preflight as the builds need. */
export type Ready = Pick<Preflight, 'builds' | 'upToDate' | 'skipped' | 'jobs' | 'targets'>;

interface Run {
  readonly session: Session;
  readonly preflight: Ready;
  readonly report: Report;
  readonly tools: BuildTools;
  readonly build: typeof runBuild;
  /** What earlier builds of the same kind let us expect. */
  readonly estimates: ReadonlyMap<PlannedBuild, Estimate | undefined>;
  readonly results: BuildResult[];
  /** What the operator cannot fix: thrown again at the end, when all other builds are done. */
  readonly bugs: unknown[];
}

/**
 * Emits all that happens but `run.started` and `run.finished`.
 * @param build Runs one of them.
 * @returns What became of those that were begun.
 */
export async function runBuilds(
  session: Session,
  preflight: Ready,
  report: Report,
  tools: BuildTools,
  history: History,
  build = runBuild,
): Promise<{readonly results: readonly BuildResult[]; readonly bugs: readonly unknown[]}> {
  const {clock, terminal} = session;
  const {jobs} = preflight.jobs;
  const estimates = new Map(
    preflight.builds.map((each) => [each, estimate(history, findHistoryKey(each.plan), jobs)]),
  );
  const expectedMsOf = (each: PlannedBuild): number | undefined => findTotalMs(estimates.get(each));
  const run: Run = {session, preflight, report, tools, build, estimates, results: [], bugs: []};
  const queue = planOrder(preflight.builds, expectedMsOf);
  const running = new Map<PlannedBuild, number>();
  const waiting = new Set(queue);
  const early = preflight.upToDate.length + preflight.skipped.length;
  const sayProgress = (): void => {
    const total = early + queue.length;
    if (total < 2) return;
    const remainingMs = findRemainingMs({
      jobs,
      waiting: [...waiting].map((each) => ({expectedMs: expectedMsOf(each)})),
      running: [...running].map(([each, sinceMs]) => ({
        elapsedMs: clock.monotonicMs() - sinceMs,
        expectedMs: expectedMsOf(each),
      })),
      finishedMs: run.results.filter(({status}) => status === 'built').map(({durationMs}) => durationMs),
    });
    report.emit({
      type: 'run.progress',
      total,
      finished: total - running.size - waiting.size,
      running: running.size,
      remainingMs,
    });
  };
  const runOne = async (item: PlannedBuild): Promise<true> => {
    waiting.delete(item);
    waits.end(item);
    running.set(item, clock.monotonicMs());
    sayProgress();
    run.results.push(await runGuarded(item, run));
    running.delete(item);
    sayProgress();
    return true;
  };
  const turns = createTurns();
  const firsts = new Map<string | undefined, string>();
  const waits = createWaits(report, clock);
  await runQueue(queue, {
    jobs,
    signal: terminal.signal,
    tryRun: async (item) => {
      const name = item.modules?.name;
      if (turns.isTaken(name)) {
        waits.begin(item, `${firsts.get(name) ?? ''}, which compiles the modules they share`);
        return 'busy';
      }
      if (name !== undefined && !firsts.has(name)) firsts.set(name, item.plan.buildId);
      const done = await turns.take(name, () =>
        tryLock(planLock(item.plan, session), session, () => runOne(item)),
      );
      if (done !== undefined) return 'done';
      waits.begin(item, 'another run that is at this very dist');
      return 'busy';
    },
    waitAndRun: async (item) => {
      const {buildId, dist} = item.plan;
      await turns.wait(item.modules?.name);
      const announce = (line: string): void => {
        report.emit({type: 'log.line', buildId, level: 'warn', line});
        waits.begin(item, line.replace(/^Waiting: /, ''));
      };
      await withLock(planLock(item.plan, session), session, () => runOne(item), {
        signal: terminal.signal,
        doing: `is building ${dist}`,
        announce,
      }).catch((error: unknown) => {
        if (!isAbortError(error)) run.bugs.push(error);
      });
    },
  });
  for (const {plan} of waiting) report.emit(describeUnbegun(plan));
  return run;
}

interface Waits {
  /** Again, when more is known of whom it waits for. */
  readonly begin: (item: PlannedBuild, reason: string) => void;
  readonly end: (item: PlannedBuild) => void;
}

/** Builds that were put off although there was room for them. */
function createWaits({emit}: Report, clock: Session['clock']): Waits {
  const since = new Map<PlannedBuild, number>();
  return {
    begin: (item, reason) => {
      if (!since.has(item)) since.set(item, clock.monotonicMs());
      emit({type: 'wait.started', buildId: item.plan.buildId, for: reason});
    },
    end: (item) => {
      const sinceMs = since.get(item);
      if (sinceMs === undefined) return;
      since.delete(item);
      const durationMs = Math.round(clock.monotonicMs() - sinceMs);
      emit({type: 'wait.finished', buildId: item.plan.buildId, durationMs});
    },
  };
}

/** Whatever is thrown ends this build alone. */
async function runGuarded(item: PlannedBuild, run: Run): Promise<BuildResult> {
  const {plan} = item;
  try {
    return await runUnderLock(item, run);
  } catch (thrown) {
    const {paths, env} = run.session;
    const error =
      thrown instanceof ExpectedError ? thrown : (explainFileError(thrown, paths, env.TMPDIR) ?? thrown);
    if (!(error instanceof ExpectedError)) run.bugs.push(error);
    const message = describeError(error);
    const hint = error instanceof ExpectedError ? error.hint : 'This is a bug in build-spark.';
    const isStopped = error instanceof InterruptedError;
    const result: BuildResult = {
      plan,
      status: isStopped ? 'cancelled' : 'failed',
      durationMs: 0,
      durations: {},
      moduleMs: {},
      failure: {kind: isStopped ? 'interrupted' : 'unknown', message, hint},
      exitCode: error instanceof ExpectedError ? error.exitCode : exitCodes.failed,
    };
    finish(result, run);
    return result;
  }
}

async function runUnderLock(build: PlannedBuild, run: Run): Promise<BuildResult> {
  const {session, preflight, report, tools, estimates} = run;
  const {plan, replace: isForced} = build;
  const found = estimates.get(build);
  const {clock, paths, terminal} = session;
  const {buildId} = plan;
  const dist = join(plan.output, plan.dist);
  // Hours may have passed since the beginning, and another run may have been here.
  const target = await orStopped(readTarget(build, preflight.targets), terminal.signal);
  if (target.status === 'different' && !isForced) throw refuseDifferent(dist, target.difference);
  if (target.status === 'same' && !isForced) {
    const line = renderExtra(plan.dist, target);
    if (line !== undefined) report.emit({type: 'log.line', buildId, level: 'warn', line});
    const common = {plan, dist, durationMs: 0, durations: {}, moduleMs: {}};
    const result: BuildResult = {...common, status: 'up-to-date', exitCode: exitCodes.done};
    finish(result, run);
    return result;
  }
  if (target.status === 'stale') {
    const line = `${plan.dist} is built again: it ${target.reason}.`;
    report.emit({type: 'log.line', buildId, level: 'warn', line});
  }
  report.emit(describeTarget(buildId, target));
  const result = await run.build({...build, replace: isForced || target.status === 'stale'}, tools, {
    estimates: Object.fromEntries(
      Object.keys(found?.stepMs ?? {}).flatMap((step) => {
        const expected = findStepEstimate(found, step);
        return expected === undefined ? [] : [[step, expected] as const];
      }),
    ),
    clock,
    signal: terminal.signal,
    maxMemoryMib: Math.max(preflight.jobs.maxMemoryMib, plan.machine.memoryMib),
    logFolder: join(paths.logs, buildId),
    onLogLine: report.onLogLine(buildId),
    jobs: Math.min(preflight.jobs.jobs, preflight.builds.length),
  });
  return result;
}

function finish({plan, status, dist, durationMs, failure}: BuildResult, {report}: Run): void {
  report.emit({
    type: 'build.finished',
    buildId: plan.buildId,
    status,
    ...{durationMs, dist, failure},
  });
}

function describeUnbegun({buildId}: BuildPlan) {
  return {
    type: 'build.finished',
    buildId,
    status: 'cancelled',
    durationMs: 0,
    failure: {
      kind: 'not-begun',
      message: 'It was not begun.',
      hint: 'Type the same command again to do what is missing.',
    },
  } as const;
}

/** One for each place of a dist: of two runs that want the same, one builds it and the other finds it there. */
export function planLock({output, dist}: Pick<BuildPlan, 'output' | 'dist'>, {paths}: Session): string {
  const name = createHash('sha256').update(join(output, dist)).digest('hex').slice(0, 16);
  return join(paths.locks, `dist-${name}.lock`);
}

/** @param isInterrupted The operator asked for an end. */
export function findExitCode(results: readonly BuildResult[], isInterrupted: boolean): ExitCode {
  const exitCode = findRunExitCode(results);
  return isInterrupted && exitCode !== exitCodes.leaked ? exitCodes.interrupted : exitCode;
}
