// Gathers what the page shows: kept runs, what became of each build by the newest of them, what its dist says of itself.
import type {RefFacts} from '../catalogue/ref-facts.ts';
import {readCatalogue} from '../catalogue/release-list.ts';
import {HostError, UsageError} from '../core/errors.ts';
import {mapLimited} from '../core/map-limited.ts';
import {readManifestText} from '../distribution/manifest.ts';
import {readAll, listRuns} from '../runs/read-runs.ts';
import {closeLost, readModel, type BuildModel, type RunModel} from '../runs/run-model.ts';
import {planLogFile} from './log-file.ts';

/** What a dist on disk says of itself. */
interface DistFacts {
  readonly path: string;
  readonly bytes: number;
  readonly files: number;
  readonly manifestSha256: string;
  readonly inputsHash?: string | undefined;
  readonly guest: string;
  readonly box: string;
  readonly smoke?: Readonly<Record<string, unknown>> | undefined;
}

/** A build as the page shows it. */
export interface ShownBuild {
  /** What became of it last. */
  readonly last: BuildModel;
  /** The newest attempt that began; it knows of steps, caches and failures. */
  readonly told: BuildModel;
  /** Those that were built before `told`, newest first. */
  readonly earlier: readonly BuildModel[];
  /** Absent where there is none any more. */
  readonly dist?: DistFacts | undefined;
  /** Its log's file; the empty text where it has none. */
  readonly log: string;
}

export interface PageData {
  /** Newest first. */
  readonly runs: readonly RunModel[];
  readonly builds: readonly ShownBuild[];
  readonly catalogue: readonly RefFacts[];
  readonly nowMs: number;
}

export interface PageQuery {
  readonly runs: string;
  readonly logs: string;
  /** Only this one; `last` is the newest. */
  readonly run?: string | undefined;
  readonly now: Date;
}

/** Ids of the runs that are kept, newest first, and the one that was asked for. @throws UsageError when there is none, or no such run. */
export async function findRuns({runs, run}: Pick<PageQuery, 'runs' | 'run'>): Promise<{
  readonly ids: readonly string[];
  readonly id: string | undefined;
}> {
  const ids = await listRuns(runs);
  const [newest] = ids;
  if (newest === undefined)
    throw new UsageError(
      `No run has left its events in ${runs}.`,
      'Build something first: build-spark --cdh 5.7.0 --source sample',
    );
  const id = run === 'last' ? newest : run;
  if (id !== undefined && !ids.includes(id)) {
    const known = ids.slice(0, 10).join(', ');
    throw new UsageError(`There is no run ${id}.`, `The newest are: ${known}`);
  }
  return {ids, id};
}

/** @throws UsageError as findRuns does; HostError when no file of them can be read. */
export async function readPageData(query: PageQuery): Promise<PageData> {
  const {ids, id} = await findRuns(query);
  // Earlier runs than the one that is asked for tell how long its builds took before.
  const wanted = id === undefined ? ids : ids.slice(ids.indexOf(id));
  // One that is pruned meanwhile, or another user's, is left out.
  const read = await mapLimited(wanted, 8, (runId) => readAll(query.runs, runId).catch(() => undefined));
  const models = read.flatMap((events) => (events === undefined ? [] : [readModel(events)]));
  if (models.length === 0 || (id !== undefined && read[0] === undefined))
    throw new HostError(
      `The events of ${id ?? 'these runs'} in ${query.runs} cannot be read.`,
      'See whose they are: ls -l ' + query.runs,
    );
  const all = models.filter(({builds}) => builds.size > 0);
  return planPageData(all, id === undefined ? all.length : 1, query);
}

/** @param shown How many of the runs, newest first, are shown; the others are only compared with. */
export async function planPageData(
  all: readonly RunModel[],
  shown: number,
  {logs, now}: Pick<PageQuery, 'logs' | 'now'>,
  readDist = createDistReader(),
): Promise<PageData> {
  for (const run of all) closeLost(run, now.getTime());
  const runs = all.slice(0, shown);
  const byId = new Map<string, BuildModel[]>();
  for (const run of all)
    for (const build of run.builds.values())
      byId.set(build.buildId, [...(byId.get(build.buildId) ?? []), build]);
  const wanted = new Set(runs.flatMap((run) => [...run.builds.keys()]));
  const builds = await mapLimited([...wanted], 8, (buildId) =>
    describeBuild(byId.get(buildId) ?? [], findLogFile(logs, buildId), readDist),
  );
  const catalogue = await readCatalogue();
  return {runs, builds: builds.flatMap((build) => build ?? []), catalogue, nowMs: now.getTime()};
}

/** An event may come from anywhere; a name that is none of ours has no log. */
function findLogFile(logs: string, buildId: string): string {
  try {
    return planLogFile(logs, buildId);
  } catch {
    return '';
  }
}

/** @param attempts Newest first. */
async function describeBuild(
  attempts: readonly BuildModel[],
  log: string,
  readDist: DistReader,
): Promise<ShownBuild | undefined> {
  const [last] = attempts;
  if (last === undefined) return undefined;
  const told = attempts.find(({startMs}) => startMs !== undefined) ?? last;
  const earlier = attempts
    .slice(attempts.indexOf(told) + 1)
    .filter(({status, measured}) => status === 'built' && measured !== undefined);
  const path = last.dist ?? told.dist;
  return {last, told, earlier, dist: path === undefined ? undefined : await readDist(path, told.runId), log};
}

/** @param runId Of the run that made it: what was read of it once holds as long as no other run made it anew. */
type DistReader = (path: string, runId: string) => Promise<DistFacts | undefined>;

export function createDistReader(): DistReader {
  const known = new Map<string, Promise<DistFacts | undefined>>();
  return (path, runId) => {
    const key = `${runId} ${path}`;
    const reading = known.get(key) ?? readDist(path);
    known.set(key, reading);
    return reading;
  };
}

/** A dist that was moved, or is damaged, is simply not there: `verify` says more. */
async function readDist(path: string): Promise<DistFacts | undefined> {
  const read = await readManifestText(path).catch(() => undefined);
  if (read === undefined) return undefined;
  const {manifest, sha256} = read;
  const {files, inputsHash, guest, box, smoke} = manifest;
  return {
    path,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    files: files.length,
    manifestSha256: sha256,
    inputsHash,
    guest: `${guest.os}, JDK ${guest.jdk}, Maven ${guest.maven}`,
    box: box.golden === undefined ? box.name : `${box.name}, ${box.golden}`,
    smoke,
  };
}
