// One run of builds from its rows to its exit code: preflight, what earlier runs left, the builds, what became of them.
import {join} from 'node:path';
import type {BuildTools} from '../build/context.ts';
import {readHistory} from '../build/history.ts';
import {asError, exitCodes, type ExitCode} from '../core/errors.ts';
import {readOwnIdentity} from '../core/process-identity.ts';
import {createRedactor} from '../core/redact.ts';
import {removeStalePartials} from '../dist/publish.ts';
import {openSudo, type OpenSudo} from '../host/sudo.ts';
import {lxcFolder} from '../machine/provider.ts';
import {reap} from '../machine/reaper.ts';
import {pruneLogs} from '../report/log-retention.ts';
import {pruneAfterRun} from './caches.ts';
import type {BuildRow} from './candidates.ts';
import {writeJunitOfRefusal} from './junit-file.ts';
import type {LimitOptions} from './limit-options.ts';
import type {BuildOptions, OutputOptions} from './options.ts';
import {runPreflight, type Preflight} from './preflight.ts';
import {openReport, type Report} from './report.ts';
import {newSuffix, openSession, type Session} from './session.ts';
import type {Terminal} from './terminal.ts';
import {readVersion} from './version.ts';

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
  const session = await openSession(terminal);
  const say = (line: string): void => {
    if (options.quiet !== true) terminal.stderr.write(`${line}\n`);
  };
  let junit = options.junit;
  let preflight: Preflight;
  let sudo: OpenSudo | undefined;
  try {
    const requested = await readRun();
    const {jobs} = requested.options;
    ({junit} = requested.options);
    preflight = await runPreflight(session, requested.rows, {
      boots: true,
      onWait: say,
      ...(jobs === undefined ? {} : {jobs}),
    });
    // The one place where a password may be asked for: nothing was made yet.
    sudo =
      preflight.host?.machine.provider === 'lxc'
        ? await openSudo(preflight.host.host, terminal.stdin.isTTY)
        : undefined;
  } catch (error) {
    await writeJunitOfRefusal(junit, terminal, error);
    throw error;
  }
  try {
    if (preflight.builds.length > 0) await reapLeftovers(session, say);
    for (const line of preflight.host?.warnings ?? []) say(line);
    const report = await openReport(session, options, preflight, junit);
    try {
      return await runAll(session, preflight, report);
    } finally {
      report.close();
      if (preflight.builds.length > 0) for (const line of await pruneAfterRun(session, options)) say(line);
    }
  } finally {
    sudo?.close();
  }
}

async function reapLeftovers({reaper, terminal}: Session, say: (line: string) => void): Promise<void> {
  for (const {entry, error} of await reap(reaper, {signal: terminal.signal})) {
    say(
      error === undefined
        ? `Destroyed ${entry.id}, which an earlier run had left.`
        : `${entry.id}, left by an earlier run, may still exist: ${error}`,
    );
  }
}

async function runAll(session: Session, preflight: Preflight, report: Report): Promise<ExitCode> {
  const {terminal, clock, paths} = session;
  const {builds, upToDate, skipped, request, jobs} = preflight;
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
  for (const {plan} of upToDate) {
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
  const {exitCode, bugs} = builds.length === 0 ? nothing : await buildAll(session, preflight, report);
  report.emit({type: 'run.finished', exitCode, durationMs: Math.round(clock.monotonicMs() - startMs)});
  await report.printSummary();
  const [bug] = bugs;
  if (bug !== undefined) throw asError(bug);
  return exitCode;

  async function buildAll(...all: readonly [Session, Preflight, Report]) {
    await removeStalePartials(request.output, session);
    const running = new Set((await session.journal.list()).map(({buildId}) => buildId));
    await pruneLogs(paths, clock.now(), running);
    const history = await readHistory(paths.runs, clock.now());
    for (const {message} of history.refused) report.emit({type: 'log.line', level: 'warn', line: message});
    // Loaded only now: an answer that needs no machine is to come at once.
    const {findExitCode, runBuilds} = await import('./run-builds.ts');
    const done = await runBuilds(...all, await openTools(session, preflight, report), history);
    return {exitCode: findExitCode(done.results, terminal.signal.aborted), bugs: done.bugs};
  }
}

async function openTools(session: Session, preflight: Preflight, report: Report): Promise<BuildTools> {
  const {request, host, standIn, secrets} = preflight;
  let stopped: string | undefined;
  return {
    ...session,
    owner: await readOwnIdentity(session.exec),
    emit: (event) => {
      if (event.type === 'build.finished' && event.buildId === stopped) stopped = undefined;
      report.emit(event);
    },
    whenDrained: report.whenDrained,
    standIn,
    toolVersion: readVersion(),
    redact: createRedactor(secrets),
    newSuffix,
    watchedFolders: [
      request.output,
      session.paths.state,
      session.paths.cache,
      ...(host?.machine.provider === 'lxc' ? [lxcFolder] : []),
    ],
    mayStopForDisk: (buildId) => (stopped ??= buildId) === buildId,
  };
}
