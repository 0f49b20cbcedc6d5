// Owns the times of earlier builds and what they let us expect. One file a build in `paths.runs`; knows no progress bar.
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from '../core/schema.ts';
import {UsageError} from '../core/errors.ts';
import {readJsonFile, writeJsonFile} from '../core/files.ts';
import {readNames} from '../core/presence.ts';
import type {ProgressEstimate} from '../recipe/progress.ts';

const timesSchema = z.record(z.string(), z.number().nonnegative());

const recordSchema = z.strictObject({
  formatVersion: z.literal(1),
  buildId: z.string(),
  /** ISO 8601, UTC. */
  finishedAt: z.iso.datetime(),
  /** As in a dist's name: `cdh5.7.0`. */
  release: z.string(),
  /** Sorted: `['sparkr', 'thriftserver']`. */
  features: z.array(z.string()).readonly(),
  /** Whatever else makes a build longer: `sample`, `tests`. */
  variant: z.string(),
  /** How many machines its run had at once: they take time from each other. Absent in older records. */
  jobs: z.int().positive().optional(),
  /** Of the steps that came to their end, in ms, by name. */
  stepMs: timesSchema.readonly(),
  /** Of the modules of the reactor, in ms, by name. */
  moduleMs: timesSchema.readonly(),
});

export type BuildRecord = z.infer<typeof recordSchema>;
export type HistoryKey = Pick<BuildRecord, 'release' | 'features' | 'variant'>;

export interface History {
  /** Newest first. */
  readonly records: readonly BuildRecord[];
  /** Files that are damaged or of another format: left alone, and worth a warning. */
  readonly refused: readonly UsageError[];
}

/** Call it for a build that was built; a failed one says nothing about how long a good one takes. */
export async function writeRecord(folder: string, record: Omit<BuildRecord, 'formatVersion'>): Promise<void> {
  await mkdir(folder, {recursive: true, mode: 0o700});
  const {features} = record;
  const name = `${record.buildId}-${record.finishedAt.replaceAll(/\D/g, '')}.json`;
  await writeJsonFile(join(folder, name), {
    ...record,
    formatVersion: 1,
    features: [...features].sort(),
  } satisfies BuildRecord);
}

/** Throws only when the folder itself cannot be read. */
export async function readHistory(folder: string, now: Date, keepDays = 30): Promise<History> {
  const names = await readNames(folder);
  const oldestMs = now.getTime() - keepDays * 86_400_000;
  const records: BuildRecord[] = [];
  const refused: UsageError[] = [];
  for (const name of names.filter((file) => file.endsWith('.json'))) {
    try {
      const record = await readJsonFile(join(folder, name), recordSchema, 'The record of a build');
      if (record !== undefined && Date.parse(record.finishedAt) >= oldestMs) records.push(record);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      refused.push(error);
    }
  }
  return {records: records.sort((a, b) => b.finishedAt.localeCompare(a.finishedAt)), refused};
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
