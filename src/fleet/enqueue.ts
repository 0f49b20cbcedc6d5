// Makes jobs of planned builds, and puts them into the queue: once for each place of a dist.
import {hostname} from 'node:os';
import type {PlannedElsewhere, WantedElsewhere} from '../batch/plan-elsewhere.ts';
import {UsageError} from '../core/errors.ts';
import {createRedactor, redactDeep} from '../core/redact.ts';
import {hashDependencies} from '../distribution/fingerprint.ts';
import {nameShared} from '../recipe/share-modules.ts';
import {readPatch} from '../source/patches.ts';
import {isDeepStrictEqual} from 'node:util';
import {findJobDifference} from './compare-jobs.ts';
import {
  jobSchema,
  pickDecided,
  renderJobId,
  resultSchema,
  type JobBuild,
  type JobData,
  type JobTool,
} from './job.ts';
import {pickTravelling} from './job-rows.ts';
import {priorities, type FleetQueue, type Job} from './queue.ts';

export interface MadeJob {
  readonly id: string;
  readonly data: JobData;
  /** Paths of keys on this host, by id of the build. */
  readonly keys: ReadonlyMap<string, string>;
  readonly wanted: readonly WantedElsewhere[];
}

/** @throws UsageError when a job would hold a secret. */
export async function makeJobs(
  {output, wanted, standIn, secrets}: Pick<PlannedElsewhere, 'output' | 'wanted' | 'standIn' | 'secrets'>,
  tool: JobTool,
  publish: string | undefined,
): Promise<readonly MadeJob[]> {
  const jobs: MadeJob[] = [];
  for (const group of groupBuilds(wanted)) {
    const builds: JobBuild[] = [];
    for (const each of group)
      builds.push(await makeBuild(each, hashDependencies(each.draft.dependencyPlan, standIn)));
    const data = jobSchema.parse({
      formatVersion: 1,
      tool,
      builds,
      ...(publish === undefined ? {} : {publish}),
    });
    refuseSecrets(data, secrets);
    jobs.push({
      id: renderJobId(
        hostname(),
        output,
        builds.map(({dist}) => dist),
      ),
      data,
      keys: new Map(
        group.flatMap(({draft: {plan}}) => (plan.sign === undefined ? [] : [[plan.buildId, plan.sign]])),
      ),
      wanted: group,
    });
  }
  return jobs;
}

/** Variants of a release that share what they compile go to one host: its cache has it. */
export function groupBuilds(wanted: readonly WantedElsewhere[]): readonly (readonly WantedElsewhere[])[] {
  const anyHost = {box: '', puppet: '', hiera: '', dependencies: ''};
  const groups = new Map<string, WantedElsewhere[]>();
  for (const each of wanted) {
    const {draft, domain} = each;
    const {plan, dependencyPlan, candidate, request} = draft;
    const sharable = {plan, dependencyPlan, domain, sourceFacts: candidate.sourceFacts};
    const name = nameShared(sharable, anyHost, request.force) ?? `alone ${plan.buildId}`;
    groups.set(name, [...(groups.get(name) ?? []), each]);
  }
  return [...groups.values()];
}

async function makeBuild({draft, target}: WantedElsewhere, dependencies: string): Promise<JobBuild> {
  const {plan, request, choice} = draft;
  const patches = await Promise.all(plan.patches.map(readPatch));
  return {
    buildId: plan.buildId,
    dist: plan.dist,
    request: pickTravelling(request, plan.tag, plan.source),
    pinned: {tag: plan.tag, commit: plan.commit, choice: {mode: choice.mode, reason: choice.reason}},
    plan: pickDecided(plan),
    dependencies,
    patches: patches.map(({name, sha256, content}) => ({name, sha256, content: content.toString('base64')})),
    replace: request.force || target.status === 'stale',
  };
}

/** Everybody who may use the queue reads its jobs. */
function refuseSecrets(data: JobData, secrets: readonly string[]): void {
  if (isDeepStrictEqual(redactDeep(data, createRedactor(secrets)), data)) return;
  throw new UsageError(
    'A job in a queue can be read by all who use it, and this one would hold a password or token.',
    "Leave it out of -D, --box and --source, and let the workers' own settings have it: --maven-settings, git's credential helper.",
  );
}

type Entry = Pick<MadeJob, 'id' | 'data'>;

/**
 * What is in the queue for this place.
 * @returns `joined`: it waits or is built, added by another coordinator; `done`: built and not fetched; else undefined.
 * @throws UsageError when something else is being built for it.
 */
export async function findSame(
  {jobs}: Pick<FleetQueue, 'jobs'>,
  {id, data}: Entry,
): Promise<'joined' | 'done' | undefined> {
  const state = await jobs.getJobState(id);
  const there = await jobs.getJob(id);
  if (there === undefined || state === 'failed' || state === 'unknown') return undefined;
  const difference = findDifference(there, data);
  if (state === 'completed') {
    const isAnew = data.builds.some(({replace}) => replace); // What was built before is not what is asked for now.
    return difference === undefined && !isAnew && isWhole(there.returnvalue) ? 'done' : undefined;
  }
  if (difference === undefined) return 'joined';
  throw new UsageError(
    `${data.builds.map(({dist}) => dist).join(' and ')} for this folder is in the queue already, and was asked for differently: ${difference}.`,
    `Wait for it, or take it out: build-spark queue cancel ${id} --queue <url>; or keep both: --label <text>`,
  );
}

function findDifference({data: value}: Job, asked: JobData): string | undefined {
  const {data} = jobSchema.safeParse(value);
  return data === undefined ? 'by another version of build-spark' : findJobDifference(data, asked);
}

/**
 * @param isHere Whether another coordinator has fetched it meanwhile; asked where the queue has no such job.
 * @returns What it found, or `added`.
 * @throws UsageError as findSame.
 */
export async function enqueue(
  queue: Pick<FleetQueue, 'jobs'>,
  made: Entry,
  isAlone: boolean,
  isHere: () => Promise<boolean>,
): Promise<'added' | 'joined' | 'done' | 'here'> {
  const found = await findSame(queue, made);
  if (found !== undefined) return found;
  if (await isHere()) return 'here';
  const {id, data} = made;
  const {jobs} = queue;
  await (await jobs.getJob(id))?.remove().catch(() => undefined); // Another coordinator was quicker.
  const name = data.builds[0]?.buildId ?? id;
  await jobs.add(name, data, {jobId: id, priority: isAlone ? priorities.single : priorities.batch});
  return 'added';
}

function isWhole(value: unknown): boolean {
  const {data} = resultSchema.safeParse(value);
  return data?.builds.every(({status}) => ['built', 'up-to-date'].includes(status)) === true;
}
