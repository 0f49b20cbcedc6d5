// The kinds of cache of this tool, and the prune at the end of a run. Knows no kind's files.
import {createBoxKind} from '../machine/box-kind.ts';
import {createPackagesKind} from '../host/host-packages.ts';
import type {CacheKind} from '../store/inventory.ts';
import {createLayerKind} from '../machine/layer-kind.ts';
import {createVolumeKind} from '../machine/volume-kind.ts';
import {createMavenKind} from '../maven/artifact-kind.ts';
import {createJdkKind} from '../machine/jdk-kind.ts';
import {createModulesKind, createProbeKind} from '../maven/maven-kinds.ts';
import {createSourceKinds} from '../source/source-kinds.ts';
import {pruneToLimit} from '../store/prune.ts';
import {describeError} from '../core/errors.ts';
import {orStopped} from '../core/stop.ts';
import {renderSize} from '../core/text.ts';
import {planLimits, type LimitOptions} from '../store/prune-limits.ts';
import type {Session} from './session.ts';

export function createKinds(session: Session): readonly CacheKind[] {
  return [
    ...createSourceKinds(session),
    createProbeKind(session),
    createJdkKind(session),
    createPackagesKind(session),
    createModulesKind(session),
    createBoxKind(session),
    // With the machine of the tests: the layers of this host are not a test's to prune.
    ...(session.fake === undefined ? [createLayerKind(session), createVolumeKind(session)] : []),
    createMavenKind(session),
  ];
}

/**
 * Call it once where a run ends that built something: what it used is still marked as used, and stays. Leaves the work
 * to another prune that runs, and never throws: a build is done, whatever becomes of the cache.
 * @returns What to tell; nothing when nothing was to do.
 */
export async function pruneAfterRun(session: Session, options: LimitOptions): Promise<readonly string[]> {
  const {signal} = session.terminal;
  if (signal.aborted) return [];
  try {
    const pruning = pruneToLimit(session, createKinds(session), {limits: planLimits(options), signal});
    const result = await orStopped(pruning, signal);
    if (result === undefined) return [];
    const {removed, failed, freedBytes} = result;
    return [
      ...(removed.length === 0
        ? []
        : [
            `Cache: ${removed.length === 1 ? 'one entry' : `${removed.length} entries`} pruned, ${renderSize(freedBytes)} freed.`,
          ]),
      ...failed.map(({entry, error}) => `Cache: ${entry.kind} ${entry.name} stays: ${error.message}`),
    ];
  } catch (error) {
    return [`The cache could not be pruned: ${describeError(error)}`];
  }
}
