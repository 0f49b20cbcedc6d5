// What kept runs tell of earlier builds' times, and what they let us expect. Knows no progress bar.
import {join} from 'node:path';
import type {Event} from '../core/events.ts';
import {listRuns, readRun} from '../runs/read-runs.ts';
import type {ProgressEstimate} from '../recipe/progress.ts';
import type {HistoryKey} from './describe-run.ts';

export interface BuildRecord extends HistoryKey {
  readonly buildId: string;
  /** ISO 8601, UTC. */
  readonly finishedAt: string;
  /** How many machines its run had at once: they take time from each other. */
  readonly jobs?: number | undefined;
  /** Of the steps that came to their end, in ms, by name. */
  readonly stepMs: Readonly<Record<string, number>>;
  /** Of the modules of the reactor, in ms, by name. */
  readonly moduleMs: Readonly<Record<string, number>>;
}

export interface History {
  /** Newest first. */
  readonly records: readonly BuildRecord[];
}

const told = /^\{"type":"build\.(?:planned|measured)"/;

/** Only builds that were built: a failed one says nothing about how long a good one takes. Throws only when the folder cannot be read. */
export async function readHistory(folder: string, now: Date, keepDays = 30): Promise<History> {
  const oldestMs = now.getTime() - keepDays * 86_400_000;
  const records: BuildRecord[] = [];
  for (const runId of await listRuns(folder)) {
    const planned = new Map<string, Event & {readonly type: 'build.planned'}>();
    const add = (event: Event): void => {
      if (event.type === 'build.planned') planned.set(event.buildId, event);
      if (event.type !== 'build.measured' || event.status !== 'built') return;
      const key = planned.get(event.buildId);
      if (key === undefined || Date.parse(event.at) < oldestMs) return;
      const {buildId, at: finishedAt, jobs, stepMs, moduleMs} = event;
      const {release, features, variant} = key;
      records.push({buildId, finishedAt, jobs, stepMs, moduleMs, release, features, variant});
    };
    // One that goes, or cannot be read, takes its times with it and nothing else.
    await readRun(join(folder, `${runId}.ndjson`), add, (head) => told.test(head)).catch(() => undefined);
  }
  return {records: records.sort((a, b) => b.finishedAt.localeCompare(a.finishedAt))};
}

export interface Estimate {
  /** In ms by name of the step. */
  readonly stepMs: Readonly<Record<string, number>>;
  readonly moduleMs: Readonly<Record<string, number>>;
  /** How many builds it was taken from. */
  readonly builds: number;
}

/** So few that a host which became faster is noticed, so many that one busy hour is not. */
const sampleSize = 5;

/**
 * The median of the newest builds that are most alike: same release and features; else same line (5.7.x, 2.4.x);
 * never of another variant. Of runs with as many machines at once, when there are such.
 * @returns undefined when no earlier build is like it.
 */
export function estimate({records}: History, key: HistoryKey, jobs?: number): Estimate | undefined {
  const features = [...key.features].sort().join();
  const alike = records.filter(
    (record) => record.variant === key.variant && record.features.join() === features,
  );
  const same = alike.filter((record) => record.release === key.release);
  const found =
    same.length > 0 ? same : alike.filter(({release}) => findLine(release) === findLine(key.release));
  const asCrowded = found.filter((record) => jobs !== undefined && (record.jobs ?? 1) === jobs);
  const chosen = (asCrowded.length > 0 ? asCrowded : found).slice(0, sampleSize);
  if (chosen.length === 0) return undefined;
  return {
    stepMs: findMedians(chosen.map((record) => record.stepMs)),
    moduleMs: findMedians(chosen.map((record) => record.moduleMs)),
    builds: chosen.length,
  };
}

/** What progress.ts needs to know about one step. */
export function findStepEstimate(found: Estimate | undefined, step: string): ProgressEstimate | undefined {
  if (found === undefined) return undefined;
  return {moduleMs: found.moduleMs, stepMs: found.stepMs[step]};
}

/** A whole build, in ms: its steps follow one another. */
export function findTotalMs(found: Estimate | undefined): number | undefined {
  return found && Object.values(found.stepMs).reduce((sum, each) => sum + each, 0);
}

/** `cdh5.7.0` and `cdh5.7.6` are `cdh5.7`; `spark2-2.4.0-cloudera2` is `spark2-2.4`; any other ref is itself. */
function findLine(release: string): string {
  return /^(?:cdh|spark2-)\d+\.\d+/.exec(release)?.[0] ?? release;
}

function findMedians(all: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const names = new Set(all.flatMap((times) => Object.keys(times)));
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      findMedian(all.map((times) => times[name]).filter((time) => time !== undefined)),
    ]),
  );
}

function findMedian(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  const high = sorted[Math.ceil((sorted.length - 1) / 2)] ?? 0;
  return (low + high) / 2;
}
