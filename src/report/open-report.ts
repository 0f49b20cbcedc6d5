// Wires the events of a run to those who show and keep them: terminal or plain lines or NDJSON, log files, summary.
import {resolve} from 'node:path';
import {describeError} from '../core/errors.ts';
import {createEmitter, type Subscriber} from '../core/events.ts';
import {createRedactor} from '../core/redact.ts';
import {createRunId} from '../core/run-id.ts';
import {createCollector} from './collector.ts';
import {readDistBrief, type DistBrief} from './dist-brief.ts';
import {createLogFiles, planLogFile} from './log-file.ts';
import {createReporter} from './reporter.ts';
import {renderSummary} from './summary.ts';
import {keepRun} from '../runs/keep-run.ts';
import type {JunitFile} from './junit-file.ts';
import type {OutputOptions} from '../batch/build-options.ts';
import type {Report, Reported} from '../batch/report.ts';
import type {Session} from '../batch/session.ts';

export async function openReport(
  session: Session,
  options: OutputOptions,
  preflight: Reported,
  junitFile?: string,
): Promise<Report> {
  const {terminal, clock, paths} = session;
  const {stdout, stderr, env} = terminal;
  const collector = createCollector();
  const files = createLogFiles({
    folder: paths.logs,
    mavenSteps: ['Make distribution'],
    onError: (error, id) => {
      const line = `The log of ${id} cannot be written: ${describeError(error)}`;
      setImmediate(() => emit({type: 'log.line', level: 'warn', line}));
    },
  });
  const kept = keepRun({
    folder: paths.runs,
    onError: (error) => {
      const line = `The events of this run are not kept: ${describeError(error)}`;
      setImmediate(() => emit({type: 'log.line', level: 'warn', line}));
    },
  });
  const listeners = new Map<string, Set<(line: string) => void>>();
  const listen: Subscriber = (event) => {
    if (event.type !== 'log.line' || event.buildId === undefined) return;
    listeners.get(event.buildId)?.forEach((listener) => listener(event.line));
  };
  const reporter = await createReporter({
    stdout,
    stderr,
    env,
    json: options.json === true,
    verbose: options.verbose === true,
    quiet: options.quiet === true,
    isLong: preflight.isLong ?? preflight.builds.length > 0,
    noColor: options.color === false,
    now: () => clock.now(),
  });
  const {people} = reporter;
  let junit: JunitFile | undefined;
  if (junitFile !== undefined) {
    const {openJunitFile} = await import('./junit-file.ts');
    junit = openJunitFile(resolve(terminal.cwd, junitFile), collector, clock.now());
  }
  const subscribers: Subscriber[] = [
    collector.subscriber,
    files.subscriber,
    kept.subscriber,
    listen,
    ...(junit === undefined ? [] : [junit.subscriber]),
    ...(preflight.subscribers ?? []),
    ...reporter.subscribers,
  ];
  const runId = preflight.runId ?? createRunId(clock.now());
  const emit = createEmitter(runId, () => clock.now(), createRedactor(preflight.secrets), subscribers);
  return {
    runId,
    emit,
    onLogLine: (buildId) => (listener) => {
      const set = listeners.get(buildId) ?? new Set();
      listeners.set(buildId, set.add(listener));
      return () => set.delete(listener);
    },
    whenDrained: reporter.whenDrained,
    printSummary: async () => {
      reporter.close();
      const outcome = collector.outcome();
      const dists = new Map<string, DistBrief>();
      for (const {dist} of outcome.builds) if (dist !== undefined) dists.set(dist, await readDistBrief(dist));
      const {builds, upToDate, choices} = preflight;
      const all = [...upToDate, ...builds].map(({plan}) => plan);
      people.write(
        await renderSummary(outcome, {
          dists,
          logs: new Map(all.map(({buildId}) => [buildId, planLogFile(paths.logs, buildId)])),
          notes: new Map(all.map(({buildId}) => [buildId, [choices.get(buildId)?.reason ?? '']])),
          columns: reporter.columns(),
          style: reporter.style,
        }),
      );
      junit?.write();
    },
    close: () => {
      reporter.close();
      files.close();
      kept.close();
    },
  };
}
