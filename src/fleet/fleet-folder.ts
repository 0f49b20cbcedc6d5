// The folder of a worker's dists: what nobody has fetched in time goes. Knows nothing of what is in a dist.
import {lstat, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import type {Clock} from '../core/clock.ts';
import {removeTree} from '../core/mounts.ts';
import {keepSeconds} from './queue.ts';

/** A job is remembered for as long; afterwards nobody asks for its dists. */
export async function sweepFleetFolder({
  paths,
  clock,
}: {
  readonly paths: {readonly fleet: string};
  readonly clock: Clock;
}): Promise<void> {
  for (const name of await readdir(paths.fleet).catch(() => [])) {
    const path = join(paths.fleet, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats === undefined || clock.now().getTime() - stats.mtimeMs < keepSeconds * 1_000) continue;
    await removeTree(path).catch(() => undefined);
  }
}
