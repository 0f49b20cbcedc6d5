// The folder of a worker's dists, with a folder a job: what nobody has fetched in time goes. Knows nothing of what is in a dist.
import {lstat, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import type {Clock} from '../core/clock.ts';
import {removeTree} from '../core/mounts.ts';
import {keepSeconds} from './queue.ts';

interface FolderTools {
  readonly paths: {readonly fleet: string};
  readonly clock: Clock;
}

/**
 * A job is remembered for as long; afterwards nobody asks for its dists.
 * @param isBusy Whether a job is being built in this folder.
 */
export async function sweepFleetFolder(
  {paths, clock}: FolderTools,
  isBusy: (folder: string) => boolean = () => false,
): Promise<void> {
  for (const name of await readdir(paths.fleet).catch(() => [])) {
    const path = join(paths.fleet, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats === undefined || clock.now().getTime() - stats.mtimeMs < keepSeconds * 1_000) continue;
    if (!isBusy(path)) await removeTree(path).catch(() => undefined);
  }
}
