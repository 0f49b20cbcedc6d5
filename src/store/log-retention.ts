// Owns how long logs and records of runs stay on disk. Knows no file's content.
import {join} from 'node:path';
import {measure} from '../core/disk.ts';
import {removeTree} from '../core/mounts.ts';
import {readNames} from '../core/presence.ts';

export interface PruneResult {
  readonly removed: readonly string[];
  /** What could not be looked at or removed. Never a reason to stop a build. */
  readonly failed: readonly {readonly path: string; readonly error: unknown}[];
}

/**
 * Removes the logs of builds, and the records in `runs` and `seals`, whose newest file is older than `keepDays`.
 * @param running Ids of builds (and runs) that still run, as the journal lists them: theirs stay whatever their age.
 */
export async function pruneLogs(
  paths: {readonly logs: string; readonly runs: string; readonly seals: string},
  now: Date,
  running: ReadonlySet<string>,
  keepDays = 30,
): Promise<PruneResult> {
  const removed: string[] = [];
  const failed: {path: string; error: unknown}[] = [];
  const oldestMs = now.getTime() - keepDays * 86_400_000;
  for (const folder of [paths.logs, paths.runs, paths.seals]) {
    for (const name of await readNames(folder)) {
      if (running.has(name.replace(/\.(?:nd)?json$/, ''))) continue;
      const path = join(folder, name);
      try {
        if ((await readNewestMs(path)) >= oldestMs) continue;
        await removeTree(path);
        removed.push(path);
      } catch (error) {
        failed.push({path, error});
      }
    }
  }
  return {removed, failed};
}

/** Of the file itself, or of anything in the folder: a log that was written to yesterday is not old. Follows no link. */
async function readNewestMs(path: string): Promise<number> {
  return (await measure([path])).newestMs ?? Infinity; // It has gone in the meantime.
}
