// Brings a dist from the host of a worker to its place here: into the partial folder, verified and signed there, then the one
// rename. Whoever comes second finds it there. Knows no queue.
import {join} from 'node:path';
import type {Session} from '../batch/session.ts';
import {planLock} from '../batch/run-builds.ts';
import {BuildError, HostError} from '../core/errors.ts';
import {isElsewhere, readOwnIdentity} from '../core/process-identity.ts';
import {withLock} from '../core/lock.ts';
import {isThere} from '../core/presence.ts';
import {keepAsked, findDifference} from '../distribution/fingerprint.ts';
import {readManifest, type Manifest} from '../distribution/manifest.ts';
import {createPartial, discardPartial, publish} from '../distribution/publish.ts';
import {createSeals} from '../distribution/seal.ts';
import {verifyDist} from '../distribution/verify-dist.ts';
import {isPlaceOf, type BuiltThere, type JobBuild, type WorkerFacts} from './job.ts';
import {copyFolder} from '../distribution/rsync.ts';
import {expectationSchema} from './expectations.ts';

export interface Delivery {
  readonly status: 'built' | 'up-to-date';
  readonly dist: string;
}

export interface Place {
  readonly output: string;
  readonly build: JobBuild;
  /** When its job was added: a dist that was made later is the one that was asked for. */
  readonly addedAt: Date;
  /** Path of the key on this host. */
  readonly sign?: string | undefined;
}

export interface Order extends Place {
  /** Name of the folder in which its worker has built it. */
  readonly folder: string;
}

/** @throws HostError when it cannot be fetched; it stays where it is, for the next try. */
export async function deliver(
  {folder, ...place}: Order,
  there: BuiltThere,
  worker: WorkerFacts,
  session: Session,
): Promise<Delivery> {
  const {output, build, sign} = place;
  const target = join(output, build.dist);
  const {exec, paths, signal} = session;
  return withLock<Delivery>(
    planLock({output, dist: build.dist}, session),
    session,
    async () => {
      const found = await findDelivered(place);
      if (found !== undefined) return found;
      if (there.dist === undefined) throw new BuildError(`${build.buildId} has no dist.`, 'Report this bug.');
      if (!isPlaceOf(there, build, folder))
        throw new BuildError(
          `What the worker ${worker.name} named as the dist of ${build.buildId} is not where a worker has its dists: ${there.dist}`,
          'See who may use the queue, then build it again: --force',
        );
      const owner = await readOwnIdentity(exec);
      const partial = await createPartial(output, build.dist, {owner});
      try {
        const from = {
          path: there.dist,
          address: isElsewhere(worker.identity, owner) ? worker.address : undefined,
        };
        await copyFolder(session, from, partial);
        await checkFetched(partial, build, signal);
        await signWhereAsked(partial, sign);
        await publish(partial, target, {replace: build.replace, seals: createSeals(paths.seals)});
      } catch (error) {
        await discardPartial(partial).catch(() => undefined);
        throw error;
      }
      return {status: there.status === 'up-to-date' ? 'up-to-date' : 'built', dist: target};
    },
    {signal, doing: `is fetching ${build.dist}`, quietMs: 5_000},
  );
}

/** Of two coordinators with the same build the second finds the dist of the first. @returns undefined for none. */
export async function findDelivered({output, build, addedAt, sign}: Place): Promise<Delivery | undefined> {
  const target = join(output, build.dist);
  if (!(await isThere(target))) return undefined;
  const manifest = await readManifest(target);
  const difference = findAskedDifference(manifest, build);
  const isNew = Date.parse(manifest.finishedAt) >= addedAt.getTime();
  if (difference === undefined && (isNew || !build.replace)) {
    await signWhereAsked(target, sign);
    return {status: 'up-to-date', dist: target};
  }
  if (build.replace) return undefined;
  throw new BuildError(
    `${target} appeared while this build ran, and it ${difference ?? 'was made otherwise'}.`,
    'Look at it; add --force to replace it.',
  );
}

/** All that the operator decides of a dist, held against what was asked for. @returns Completes "it …". */
function findAskedDifference(manifest: Manifest, {plan, patches}: JobBuild): string | undefined {
  const {commit, features, deps, dependencies, arguments: words} = expectationSchema.parse(plan);
  const asked = keepAsked(manifest);
  return findDifference(asked, {
    ...asked,
    ...{commit, features: [...features], deps, dependencies},
    arguments: [...words],
    patches: patches.map(({name, sha256}) => ({name, sha256})),
  });
}

async function checkFetched(partial: string, build: JobBuild, signal: AbortSignal): Promise<void> {
  const {commit, features, deps, facts} = expectationSchema.parse(build.plan);
  const {projectVersion} = facts;
  const {checks} = await verifyDist(partial, {commit, features, deps, projectVersion}, signal);
  const failed = checks.filter(({ok}) => !ok);
  if (failed.length > 0)
    throw new HostError(
      `The dist of ${build.buildId} did not come as it was built: ${failed.map(({name, message}) => `${name}: ${message}`).join('; ')}`,
      'Fetch it again: build-spark queue attach <run>',
    );
  const difference = findAskedDifference(await readManifest(partial), build);
  if (difference !== undefined)
    throw new BuildError(
      `The dist of ${build.buildId} is not what was asked for: it ${difference}.`,
      'Have it built again: type the same command with --force',
    );
}

/** Here, since a key is not handed to workers. */
async function signWhereAsked(dist: string, sign: string | undefined): Promise<void> {
  if (sign === undefined) return;
  const {ensureSigned, readSigningKey} = await import('../proof/sign-dist.ts');
  await ensureSigned(dist, await readSigningKey(sign));
}
