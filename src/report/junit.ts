// Owns the JUnit XML of a run: one test case a build. Pure; knows no disk.
import junit, {type Builder, type TestSuite as Suite} from 'junit-report-builder';
import type {BuildOutcome, RunOutcome} from './collector.ts';
import {renderPrintable} from '../core/text.ts';

export interface JunitContext {
  readonly startedAt: Date;
  /** The last lines of a build's log. */
  readonly tailOf: (buildId: string) => readonly string[];
}

/** junit-report-builder 5.1 is a CommonJS module whose types name a default export that it does not have. */
const createBuilder = (): Builder => (junit as unknown as Builder).newBuilder();

/** Failed: `failure`. Cancelled, leaked from, or not at its end: `error`. Skipped, or never begun: `skipped`. */
export function renderJunit(run: RunOutcome, context: JunitContext): string {
  const builder = createBuilder();
  const suite = builder
    .testSuite()
    .name('build-spark')
    .timestamp(context.startedAt)
    .time(run.durationMs / 1000);
  for (const build of run.builds) addBuild(suite, build, context);
  // A CI server does not count skipped tests as failures, but this run has nothing to show.
  if (run.builds.length > 0 && run.builds.every(({status}) => status === 'skipped')) {
    const message = 'Nothing could be built: all that was matched was skipped.';
    suite.testCase().className('build-spark').name('preflight').error(message, 'nothing-to-build', message);
  }
  return builder.build();
}

/** Of a run that was refused before its first build. */
export function renderRefusal(message: string, hint: string, startedAt: Date): string {
  const builder = createBuilder();
  const suite = builder.testSuite().name('build-spark').timestamp(startedAt);
  suite
    .testCase()
    .className('build-spark')
    .name('preflight')
    .error(clean(message), 'refused', clean(`${message}\n${hint}`));
  return builder.build();
}

function addBuild(suite: Suite, build: BuildOutcome, {tailOf}: JunitContext): void {
  const {buildId, status, durationMs, failure, dist} = build;
  const made = suite
    .testCase()
    .className('build-spark')
    .name(buildId)
    .time(durationMs / 1000);
  const message = clean(failure?.message ?? '');
  const text = clean([message, failure?.hint ?? '', '', ...tailOf(buildId)].join('\n'));
  switch (status) {
    case 'built':
      made.standardOutput(dist ?? '');
      return;
    case 'up-to-date':
      made.standardOutput(`${dist ?? ''} is up to date; nothing was built.`);
      return;
    case 'skipped':
      made.skipped().standardOutput(message);
      return;
    case 'cancelled':
      if (failure?.kind === 'not-begun') made.skipped().standardOutput(message);
      else made.error(message === '' ? 'Cancelled.' : message, 'cancelled', text);
      return;
    case 'failed':
      made.failure(message, failure?.kind ?? 'unknown').stacktrace(text);
      return;
    case undefined:
      made.error('It did not come to an end.', 'unfinished', text);
  }
}

/** Without what XML 1.0 forbids. Source: its production Char. */
function clean(text: string): string {
  return text
    .split('\n')
    .map((line) =>
      renderPrintable(line)
        .toWellFormed()
        .replaceAll(/[\uFFFE\uFFFF]/g, ''),
    )
    .join('\n');
}
