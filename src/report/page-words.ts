// The words and marks of the page for what a build is and came to. Pure.
import {features} from '../catalogue/features.ts';
import {renderDuration} from '../core/text.ts';
import type {Status} from '../page/widgets.ts';
import type {BuildModel} from '../runs/run-model.ts';
import type {ShownBuild} from './page-data.ts';

type BuildStatus = BuildModel['status'];

const statuses: Readonly<Record<BuildStatus, Status>> = {
  built: {tone: 'good', mark: '✓', word: 'built'},
  'up-to-date': {tone: 'good', mark: '=', word: 'up to date'},
  failed: {tone: 'bad', mark: '✗', word: 'failed'},
  lost: {tone: 'warn', mark: '?', word: 'no end'},
  cancelled: {tone: 'warn', mark: '⊘', word: 'cancelled'},
  running: {tone: 'busy', mark: '◐', word: 'running'},
  waiting: {tone: 'idle', mark: '○', word: 'waiting'},
  skipped: {tone: 'idle', mark: '–', word: 'skipped'},
};

/** In the order in which they are counted. */
export const statusOrder = Object.keys(statuses) as readonly BuildStatus[];

export function statusOf(status: BuildStatus): Status {
  return statuses[status];
}

/** `CDH 5.7.0`, `Spark 2.4.0-cloudera2`, or the ref. */
export function renderReleaseName(release: string): string {
  const [, cdh] = /^cdh(\d.*)$/.exec(release) ?? [];
  if (cdh !== undefined) return `CDH ${cdh}`;
  const [, spark2] = /^spark2-(\d.*)$/.exec(release) ?? [];
  return spark2 === undefined ? release : `Spark ${spark2}`;
}

export function releaseOf({last, told}: ShownBuild): string {
  return (
    (told.plan ?? last.plan)?.release ??
    /^(?:cdh|spark2-)[\d.]+\d(?:-cloudera\d+)?/.exec(last.buildId)?.[0] ??
    last.buildId
  );
}

/** What of a release it is, without what is the same for all: `Thriftserver, provided, apache`. */
export function renderVariant({plan, buildId}: BuildModel): string {
  if (plan === undefined) return buildId.includes('-nodeps') ? 'provided' : 'bundled';
  const named = features.filter(({name}) => plan.features.includes(name)).map(({title}) => title);
  const whose = plan.dependencies === undefined || plan.dependencies === 'none' ? [] : [plan.dependencies];
  const tests = plan.variant.endsWith('-tests') ? ['with tests'] : [];
  return [named.length === 0 ? 'plain' : named.join(' + '), plan.deps, ...whose, ...tests].join(', ');
}

/** How long it took, or has been taking. */
export function durationOf(build: BuildModel, nowMs: number): number {
  const {status, startMs, durationMs} = build;
  return status === 'running' && startMs !== undefined ? Math.max(0, nowMs - startMs) : durationMs;
}

export function renderSpan(durationMs: number): string {
  return durationMs === 0 ? '' : renderDuration(durationMs);
}

export function findMedian(numbers: readonly number[]): number | undefined {
  const sorted = numbers.toSorted((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.ceil((sorted.length - 1) / 2)];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

/** `4 % slower than usual`; undefined where nothing is known or it is about the same. */
export function renderChange(durationMs: number, earlierMs: readonly number[]): string | undefined {
  const median = findMedian(earlierMs);
  if (median === undefined || median === 0 || durationMs === 0) return undefined;
  const change = Math.round((durationMs / median - 1) * 100);
  if (Math.abs(change) < 3) return 'as long as before';
  return change > 0 ? `${change} % slower than before` : `${-change} % faster than before`;
}
