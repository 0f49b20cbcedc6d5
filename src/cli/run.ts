// One run of builds from its rows to its exit code: preflight, what earlier runs left, the builds, what became of them.
import {join} from 'node:path';
import {asError, exitCodes, type ExitCode} from '../core/errors.ts';
import {createRedactor} from '../core/redact.ts';
import {orStopped} from '../core/stop.ts';
import type {OpenSudo} from '../host/sudo.ts';
import {renderPrintable} from '../report/text.ts';
import type {BuildRow} from './candidates.ts';
import type {LimitOptions} from './limit-options.ts';
import type {BuildOptions, OutputOptions} from './options.ts';
import {runPreflight, type Preflight} from './preflight.ts';
import {openReport, type Report} from './report.ts';
import {openSession, type Session} from './session.ts';
import {renderExtra} from './targets.ts';
import type {Terminal} from './terminal.ts';

type Options = BuildOptions & OutputOptions & LimitOptions;

export interface RequestedRun {
  readonly rows: readonly BuildRow[];
  /** Of the run as a whole: `jobs`, `junit`. */
  readonly options: BuildOptions;
}

/**
 * @param options As typed.
 * @param readRun The builds that are wanted; read after `--setup`, before anything else.
 */
export async function runRows(
  terminal: Terminal,
  options: Options,
  readRun: () => Promise<RequestedRun>,
): Promise<ExitCode> {
  if (options.setup === true) {
    const {run: setUp} = await import('./commands/setup.ts');
    const code = await setUp(terminal, {
      ...(options.provider === undefined ? {} : {provider: options.provider}),
      yes: true,
      ...(options.json === undefined ? {} : {json: options.json}),
    });
    if (code !== exitCodes.done) return code;
  }
  const say = (line: string): void => {
    const redact = createRedactor([...terminal.secrets]);
    if (options.quiet !== true) terminal.stderr.write(`${renderPrintable(redact(line))}\n`);
  };
  let junit = options.junit;
  let session: Session;
  let preflight: Preflight;
  let sudo: OpenSudo | undefined;
  try {
    const requested = await readRun();
    const {jobs} = requested.options;
    ({junit} = requested.options);
    session = await openSession(terminal, requested.rows[0]?.options ?? {});
    const options = {boots: true, onWait: say, ...(jobs === undefined ? {} : {jobs})};
    // Nothing was made yet, so that nothing is lost where it hangs and does not hear of the signal.
    preflight = await orStopped(runPreflight(session, requested.rows, options), terminal.signal, 5_000);
    // The one place where a password may be asked for: nothing was made yet.
    if (preflight.host?.machine.provider === 'lxc') {
      const {openSudo} = await import('../host/sudo.ts');
      sudo = await openSudo(preflight.host.host, terminal.stdin.isTTY);
    }
  } catch (error) {
    if (junit !== undefined) {
      const {writeJunitOfRefusal} = await import('./junit-file.ts');
      writeJunitOfRefusal(junit, terminal, error);
    }
    throw error;
  }
  try {
    // Loaded only where something is built: an answer that needs no machine is to come at once.
    const building = preflight.builds.length > 0 ? await import('./build-all.ts') : undefined;
    if (building !== undefined) await orStopped(building.reapLeftovers(session, say), terminal.signal);
    for (const line of preflight.host?.warnings ?? []) say(line);
    const report = await openReport(session, options, preflight, junit);
    try {
      return await runAll(session, preflight, report, building?.buildAll);
    } finally {
      report.close();
      for (const line of (await building?.pruneAfterRun(session, options)) ?? []) say(line);
    }
  } finally {
    sudo?.close();
  }
}

/** @param buildAll Absent where nothing is to be built. */
async function runAll(
  session: Session,
  preflight: Preflight,
  report: Report,
  buildAll?: (typeof import('./build-all.ts'))['buildAll'],
): Promise<ExitCode> {
  const {terminal, clock} = session;
  const {builds, upToDate, skipped, jobs} = preflight;
  const startMs = clock.monotonicMs();
  report.emit({
    type: 'run.started',
    command: `build-spark ${terminal.argv.join(' ')}`,
    builds: [
      ...[...upToDate, ...builds].map(({plan}) => plan.buildId),
      ...skipped.map(({buildId}) => buildId),
    ],
    jobs: jobs.jobs,
  });
  for (const {plan, target} of upToDate) {
    const line = renderExtra(plan.dist, target);
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
  const nothing = {exitCode: terminal.signal.aborted ? exitCodes.interrupted : exitCodes.done, bugs: []};
  const {exitCode, bugs} = (await buildAll?.(session, preflight, report)) ?? nothing;
  report.emit({type: 'run.finished', exitCode, durationMs: Math.round(clock.monotonicMs() - startMs)});
  await orStopped(report.printSummary(), terminal.signal);
  const [bug] = bugs;
  if (bug !== undefined) throw asError(bug);
  return exitCode;
}
