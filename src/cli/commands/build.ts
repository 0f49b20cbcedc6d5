// `build`, the main job: preflight, then one build after the other, then what became of them.
import {join} from 'node:path';
import {findRunExitCode, runBuild, type BuildResult} from '../../build/run.ts';
import type {BuildTools} from '../../build/context.ts';
import {estimate, findStepEstimate, readHistory, writeRecord, type HistoryKey} from '../../build/history.ts';
import type {BuildPlan} from '../../build/plan.ts';
import {planSteps} from '../../build/recipe.ts';
import {renderRelease} from '../../catalogue/facts.ts';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {readOwnIdentity} from '../../core/process-identity.ts';
import {createRedactor} from '../../core/redact.ts';
import {removeStalePartials} from '../../dist/publish.ts';
import {reap} from '../../machine/reaper.ts';
import {pruneLogs} from '../../report/log-retention.ts';
import {openSudo} from '../../host/sudo.ts';
import {runPreflight, type Preflight} from '../preflight.ts';
import {openReport, type Report} from '../report.ts';
import type {BuildOptions, OutputOptions} from '../options.ts';
import {newSuffix, openSession, type Session} from '../session.ts';
import type {Terminal} from '../terminal.ts';
import {readVersion} from '../version.ts';

type Options = BuildOptions & OutputOptions;

export async function run(terminal: Terminal, options: Options): Promise<ExitCode> {
  if (options.setup === true) {
    const {run: setUp} = await import('./setup.ts');
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
  const preflight = await runPreflight(session, options, {boots: true, onWait: say});
  // The one place where a password may be asked for: nothing was made yet.
  const isLxc = preflight.host.machine.provider === 'lxc';
  const sudo = isLxc ? await openSudo(preflight.host.host, terminal.stdin.isTTY) : undefined;
  for (const {entry, error} of await reap(session.reaper, {signal: terminal.signal})) {
    say(
      error === undefined
        ? `Destroyed ${entry.id}, which an earlier run had left.`
        : `${entry.id}, left by an earlier run, may still exist: ${error}`,
    );
  }
  const report = openReport(session, options, preflight);
  try {
    return await runAll(session, preflight, report);
  } finally {
    sudo?.close();
    report.close();
  }
}

async function runAll(session: Session, preflight: Preflight, report: Report): Promise<ExitCode> {
  const {terminal, clock, paths} = session;
  const {builds, upToDate} = preflight;
  const startMs = clock.monotonicMs();
  report.emit({
    type: 'run.started',
    command: `build-spark ${terminal.argv.join(' ')}`,
    builds: [...upToDate, ...builds].map(({plan}) => plan.buildId),
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
  await removeStalePartials(preflight.request.output, session);
  const tools: BuildTools = {
    ...session,
    owner: await readOwnIdentity(session.exec),
    emit: report.emit,
    standIn: preflight.standIn,
    toolVersion: readVersion(),
    redact: createRedactor(preflight.secrets),
    newSuffix,
    watchedFolders: [
      preflight.request.output,
      paths.state,
      ...(preflight.host.machine.provider === 'lxc' ? ['/var/lib/lxc'] : []),
    ],
    replace: preflight.request.force,
  };
  const running = new Set((await session.journal.list()).map(({buildId}) => buildId));
  await pruneLogs(paths, clock.now(), running);
  const history = await readHistory(paths.runs, clock.now());
  for (const {message} of history.refused) report.emit({type: 'log.line', level: 'warn', line: message});
  const results: BuildResult[] = [];
  for (const build of builds) {
    if (terminal.signal.aborted) break;
    const {buildId} = build.plan;
    const key = findHistoryKey(build.plan);
    const found = estimate(history, key);
    const steps = planSteps(build).map(({name}) => name);
    const result = await runBuild(build, tools, {
      estimates: Object.fromEntries(
        steps.flatMap((step) => {
          const expected = findStepEstimate(found, step);
          return expected === undefined ? [] : [[step, expected] as const];
        }),
      ),
      clock,
      signal: terminal.signal,
      maxMemoryMib: preflight.host.maxMemoryMib,
      logFolder: join(paths.logs, buildId),
      onLogLine: report.onLogLine(buildId),
    });
    results.push(result);
    if (result.status === 'built') {
      await writeRecord(paths.runs, {
        ...key,
        buildId,
        finishedAt: clock.now().toISOString(),
        stepMs: result.durations,
        moduleMs: result.moduleMs,
      });
    }
  }
  const exitCode =
    terminal.signal.aborted && !results.some((result) => result.exitCode === exitCodes.leaked)
      ? exitCodes.interrupted
      : findRunExitCode(results);
  report.emit({type: 'run.finished', exitCode, durationMs: Math.round(clock.monotonicMs() - startMs)});
  await report.printSummary(results);
  return exitCode;
}

/** What makes builds comparable in time. */
function findHistoryKey({tag, features, source, deps, compileTests}: BuildPlan): HistoryKey {
  const variant = [source === 'sample' ? 'sample' : 'spark', deps, ...(compileTests ? ['tests'] : [])].join(
    '-',
  );
  return {release: renderRelease(tag), features: [...features], variant};
}
