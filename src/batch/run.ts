// One run of builds from its rows to its exit code: preflight, what earlier runs left, the builds, what became of them.
import {hostname} from 'node:os';
import {join} from 'node:path';
import {asError, exitCodes, type ExitCode} from '../core/errors.ts';
import type {EventBody} from '../core/events.ts';
import {orStopped} from '../core/stop.ts';
import type {OpenSudo} from '../host/sudo.ts';
import type {BuildPlan} from '../recipe/build-plan.ts';
import type {LimitOptions} from '../store/prune-limits.ts';
import type {AskedRun, BuildOptions, OutputOptions} from './build-options.ts';
import {openSessionFor} from './arguments.ts';
import {describeRun} from './describe-run.ts';
import {checkArguments, runPreflight, type Preflight} from './preflight.ts';
import type {Report, Reported} from './report.ts';
import {createSay} from './say.ts';
import type {Session} from './session.ts';
import {renderExtra} from './targets.ts';
import type {Terminal} from '../core/terminal.ts';

type Options = BuildOptions & OutputOptions & LimitOptions;

/** What a run needs of those who show things and of other commands. */
export interface RunSurroundings {
  readonly openReport: (
    session: Session,
    options: OutputOptions,
    run: Reported,
    junitFile?: string,
  ) => Promise<Report>;
  /** For the file of `--junit`: a run that was refused is a failure too. */
  readonly reportRefusal: (junitFile: string, terminal: Terminal, error: unknown) => Promise<void>;
  /** `setup --yes`. */
  readonly setUp: (terminal: Terminal, options: Options) => Promise<ExitCode>;
}

/**
 * @param options As typed.
 * @param readRun The builds that are wanted; read before anything else.
 */
export async function runRows(
  terminal: Terminal,
  options: Options,
  readRun: () => Promise<AskedRun>,
  {openReport, reportRefusal, setUp}: RunSurroundings,
): Promise<ExitCode> {
  const say = createSay(terminal, options);
  let junit = options.junit;
  let session: Session;
  let preflight: Preflight;
  let sudo: OpenSudo | undefined;
  try {
    const requested = await readRun();
    const {jobs} = requested.options;
    ({junit} = requested.options);
    session = await openSessionFor(terminal, requested.rows);
    const how = {boots: true, onWait: say, jobs};
    if (options.setup === true) {
      await checkArguments(session, requested.rows, how);
      const code = await setUp(terminal, options);
      if (code !== exitCodes.done) return code;
    }
    // Nothing was made yet, so that nothing is lost where it hangs and does not hear of the signal.
    preflight = await orStopped(runPreflight(session, requested.rows, how), terminal.signal, 5_000);
    // The one place where a password may be asked for: nothing was made yet.
    if (preflight.host?.machine.provider === 'lxc') {
      const {openSudo} = await import('../host/sudo.ts');
      sudo = await openSudo(preflight.host.host, terminal.stdin.isTTY);
    }
  } catch (error) {
    if (junit !== undefined) await reportRefusal(junit, terminal, error);
    throw error;
  }
  try {
    // Loaded only where something is built: an answer that needs no machine is to come at once.
    const building = preflight.builds.length > 0 ? await import('./build-all.ts') : undefined;
    if (building !== undefined) await orStopped(building.reapLeftovers(session, say), terminal.signal);
    for (const line of preflight.host?.warnings ?? []) say(line);
    const report = await openReport(session, options, preflight, junit);
    try {
      return await runAll(
        session,
        {...preflight, described: describeRun(preflight)},
        report,
        building && ((told) => building.buildAll(session, preflight, told)),
        preflight.request,
      );
    } finally {
      report.close();
      for (const line of (await building?.pruneAfterRun(session, options)) ?? []) say(line);
    }
  } finally {
    sudo?.close();
  }
}

/** What is told of a run before its builds begin. */
export type Told = Pick<Preflight, 'upToDate' | 'skipped' | 'warnings'> & {
  readonly builds: readonly {readonly plan: BuildPlan}[];
  /** Machines at once, where that is known. */
  readonly jobs?: {readonly jobs: number} | undefined;
  /** What is wanted of each build, and what of it is there; of workers' builds their own events say it. */
  readonly described?: readonly EventBody[] | undefined;
};

/** What becomes of the dists that are here by the end. */
export interface HandoverWish {
  readonly tar: boolean;
  /** Another host's folder, where they go too. */
  readonly publish?: string | undefined;
  readonly force: boolean;
  /** What is built elsewhere is sent from there: what was here before is left. */
  readonly isBuiltElsewhere?: boolean;
}

/** What the builds of a run come to. */
export interface BuiltAll {
  readonly exitCode: ExitCode;
  readonly bugs: readonly unknown[];
}

/**
 * From `run.started` to the summary.
 * @param buildAll Absent where nothing is to be built.
 */
export async function runAll(
  session: Session,
  preflight: Told,
  given: Report,
  buildAll: ((report: Report) => Promise<BuiltAll>) | undefined,
  wish: HandoverWish,
): Promise<ExitCode> {
  const dists = {all: new Map<string, string>(), ours: new Map<string, string>()};
  const upToDateHere = new Set(preflight.upToDate.map(({plan}) => plan.buildId));
  const isOurs = (buildId: string): boolean => wish.isBuiltElsewhere !== true || upToDateHere.has(buildId);
  const report: Report = {
    ...given,
    emit: (event) => {
      if (event.type === 'build.finished' && event.dist !== undefined)
        if (event.status === 'built' || event.status === 'up-to-date') {
          dists.all.set(event.buildId, event.dist);
          if (isOurs(event.buildId)) dists.ours.set(event.buildId, event.dist);
        }
      given.emit(event);
    },
  };
  const {terminal, clock} = session;
  const {builds, upToDate, skipped, jobs, warnings} = preflight;
  const startMs = clock.monotonicMs();
  report.emit({
    type: 'run.started',
    command: `build-spark ${terminal.argv.join(' ')}`,
    builds: [
      ...[...upToDate, ...builds].map(({plan}) => plan.buildId),
      ...skipped.map(({buildId}) => buildId),
    ],
    jobs: jobs?.jobs,
    host: hostname(),
  });
  for (const event of preflight.described ?? []) report.emit(event);
  for (const line of warnings) report.emit({type: 'log.line', level: 'warn', line});
  for (const {plan, target} of upToDate) {
    const line = renderExtra(plan.dist, target) ?? (await signWhereAsked(plan));
    if (line !== undefined) report.emit({type: 'log.line', buildId: plan.buildId, level: 'warn', line});
    report.emit({
      type: 'build.finished',
      buildId: plan.buildId,
      status: 'up-to-date',
      dist: join(plan.output, plan.dist),
      durationMs: 0,
    });
  }
  for (const {buildId, reason} of skipped) {
    const failure = {kind: 'unsupported', message: reason, hint: 'See: build-spark releases'};
    report.emit({type: 'build.finished', buildId, status: 'skipped', durationMs: 0, failure});
  }
  const {exitCode: builtCode, bugs} = (await buildAll?.(report)) ?? {
    exitCode: findExitCodeOfNothing(preflight, terminal),
    bugs: [],
  };
  const exitCode = await handOver(session, dists, wish, {report, exitCode: builtCode});
  report.emit({type: 'run.finished', exitCode, durationMs: Math.round(clock.monotonicMs() - startMs)});
  await orStopped(report.printSummary(), terminal.signal);
  const [bug] = bugs;
  if (bug !== undefined) throw asError(bug);
  return exitCode;
}

/** What is up to date may still want a signature, which is no reason to build it again. */
async function signWhereAsked({sign, output, dist}: BuildPlan): Promise<string | undefined> {
  if (sign === undefined) return undefined;
  const {ensureSigned, readSigningKey} = await import('../proof/sign-dist.ts');
  const isNew = await ensureSigned(join(output, dist), await readSigningKey(sign));
  return isNew ? `${dist} is up to date; it was signed with ${sign}.` : undefined;
}

/** A dist that is not where it was to be is a failure, but for one that weighs more. */
async function handOver(
  session: Session,
  {all, ours}: {readonly all: ReadonlyMap<string, string>; readonly ours: ReadonlyMap<string, string>},
  {tar, publish, force}: HandoverWish,
  {report, exitCode}: {readonly report: Report; readonly exitCode: ExitCode},
): Promise<ExitCode> {
  const {signal} = session.terminal;
  let handed: ExitCode = exitCodes.done;
  if (tar && all.size > 0 && !signal.aborted)
    handed = await (await import('./pack-dists.ts')).packDists(session, all, report);
  if (publish !== undefined && ours.size > 0 && !signal.aborted) {
    const {publishDists} = await import('./publish-dists.ts');
    const published = await publishDists(session, ours, {publish, force}, report);
    if (handed === exitCodes.done) handed = published;
  }
  const isWanted = (tar && all.size > 0) || (publish !== undefined && ours.size > 0);
  if (isWanted && signal.aborted && handed === exitCodes.done) handed = exitCodes.interrupted;
  return exitCode === exitCodes.done ? handed : exitCode;
}

/** A run of which all was skipped has no dist to show: a CI server must not take it for a success. */
function findExitCodeOfNothing({upToDate}: Told, {signal}: Terminal): ExitCode {
  if (signal.aborted) return exitCodes.interrupted;
  return upToDate.length > 0 ? exitCodes.done : exitCodes.usage;
}
