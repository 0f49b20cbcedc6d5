// Brings a dist from the host of a worker to its place here: into the partial folder, verified there, then the one rename.
// Whoever comes second finds it there. Knows no queue.
import {join} from 'node:path';
import type {Session} from '../batch/session.ts';
import {planLock} from '../batch/run-builds.ts';
import {BuildError, HostError} from '../core/errors.ts';
import {isElsewhere, readOwnIdentity} from '../core/process-identity.ts';
import {withLock} from '../core/lock.ts';
import {isThere} from '../core/presence.ts';
import {keepAsked, findDifference} from '../distribution/fingerprint.ts';
import {readManifest} from '../distribution/manifest.ts';
import {createPartial, discardPartial, publish} from '../distribution/publish.ts';
import {createSeals} from '../distribution/seal.ts';
import {verifyDist} from '../distribution/verify-dist.ts';
import type {BuiltThere, JobBuild, WorkerFacts} from './job.ts';
import {copyFolder} from '../distribution/rsync.ts';
import {expectationSchema} from './expectations.ts';

export interface Delivery {
  readonly status: 'built' | 'up-to-date';
  readonly dist: string;
}

export interface Order {
  readonly output: string;
  readonly build: JobBuild;
  /** When its job was added: a dist that was made later is the one that was asked for. */
  readonly addedAt: Date;
}

/** @throws HostError when it cannot be fetched; it stays where it is, for the next try. */
export async function deliver(
  {output, build, addedAt}: Order,
  there: BuiltThere,
  worker: WorkerFacts,
  session: Session,
): Promise<Delivery> {
  const target = join(output, build.dist);
  const {exec, paths, signal} = session;
  const place = {output, dist: build.dist};
  return withLock<Delivery>(
    planLock(place, session),
    session,
    async () => {
      if (await isDelivered(target, build, addedAt)) return {status: 'up-to-date', dist: target};
      if (there.dist === undefined) throw new BuildError(`${build.buildId} has no dist.`, 'Report this bug.');
      const owner = await readOwnIdentity(exec);
      const partial = await createPartial(output, build.dist, {owner});
      try {
        const from = {
          path: there.dist,
          address: isElsewhere(worker.identity, owner) ? worker.address : undefined,
        };
        await copyFolder(session, from, partial);
        await checkFetched(partial, build, signal);
        const isOld = await isThere(target);
        await publish(partial, target, {replace: build.replace || isOld, seals: createSeals(paths.seals)});
      } catch (error) {
        await discardPartial(partial).catch(() => undefined);
        throw error;
      }
      return {status: there.status === 'up-to-date' ? 'up-to-date' : 'built', dist: target};
    },
    {signal, doing: `is fetching ${build.dist}`, quietMs: 5_000},
  );
}

/** Of two coordinators with the same build the second finds the dist of the first. */
async function isDelivered(target: string, build: JobBuild, addedAt: Date): Promise<boolean> {
  if (!(await isThere(target))) return false;
  const manifest = await readManifest(target);
  const {commit, features, deps, dependencies, arguments: words} = expectationSchema.parse(build.plan);
  const asked = keepAsked(manifest);
  const difference = findDifference(asked, {
    ...asked,
    commit,
    features: [...features],
    deps,
    dependencies,
    arguments: [...words],
  });
  const isNew = Date.parse(manifest.finishedAt) >= addedAt.getTime();
  if (difference === undefined && (isNew || !build.replace)) return true;
  if (build.replace) return false;
  throw new BuildError(
    `${target} appeared while this build ran, and it ${difference ?? 'was made otherwise'}.`,
    'Look at it; add --force to replace it.',
  );
}

async function checkFetched(partial: string, {plan, buildId}: JobBuild, signal: AbortSignal): Promise<void> {
  const {commit, features, deps, facts} = expectationSchema.parse(plan);
  const {projectVersion} = facts;
  const {checks} = await verifyDist(partial, {commit, features, deps, projectVersion}, signal);
  const failed = checks.filter(({ok}) => !ok);
  if (failed.length === 0) return;
  throw new HostError(
    `The dist of ${buildId} did not come as it was built: ${failed.map(({name, message}) => `${name}: ${message}`).join('; ')}`,
    'Fetch it again: build-spark queue attach <run>',
  );
}

/** The whole log, in place of the lines that came as events. What fails here fails nothing. */
export async function fetchLog(there: BuiltThere, worker: WorkerFacts, session: Session): Promise<void> {
  const owner = await readOwnIdentity(session.exec);
  const target = join(session.paths.logs, there.buildId);
  if (there.log === target) return; // A worker of this host, with these folders.
  const from = {path: there.log, address: isElsewhere(worker.identity, owner) ? worker.address : undefined};
  await copyFolder(session, from, target).catch(() => undefined);
}
