// What killed processes left beside the machines: drafts, locks, marks of use, source trees, temporary folders. Each goes
// by its owner or by its age; knows no machine.
import {lstat, readdir} from 'node:fs/promises';
import {tmpdir, userInfo} from 'node:os';
import {join} from 'node:path';
import type {ExpectedError} from '../core/errors.ts';
import {sweepDrafts} from '../core/files.ts';
import {removeTree} from '../core/mounts.ts';
import {sweepWorkFolders} from '../source/work-folder.ts';
import {sweepLocks, type SweepTools} from '../store/sweep.ts';

/** Nobody needs so long for what is made there. */
const temporaryForMs = 86_400_000;
const temporaryName = /^build-spark-(stub|send|install)-[A-Za-z0-9]{6}$/;

/** Safe beside other running copies. @returns What stays although nobody needs it, with what to type. */
export async function sweepLeftovers(
  tools: SweepTools,
  temporaryFolder = tmpdir(),
): Promise<readonly ExpectedError[]> {
  const {paths, clock} = tools;
  const now = clock.now();
  for (const folder of [paths.state, paths.journal, paths.runs, paths.drills]) await sweepDrafts(folder, now);
  await sweepLocks(tools);
  await sweepTemporary(temporaryFolder, now);
  return sweepWorkFolders(paths.source, tools, now).catch(() => []);
}

/** Others use the same folder, and may make ones of these names: only our own user's are taken. */
async function sweepTemporary(folder: string, now: Date): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const {uid} = userInfo();
  for (const name of names.filter((each) => temporaryName.test(each))) {
    const path = join(folder, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats?.isDirectory() !== true || stats.uid !== uid) continue;
    if (now.getTime() - stats.mtimeMs < temporaryForMs) continue;
    await removeTree(path).catch(() => undefined);
  }
}
