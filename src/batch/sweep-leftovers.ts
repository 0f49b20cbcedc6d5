// What killed processes left beside the machines: drafts, locks, marks of use, source trees, temporary folders. Each goes
// by its owner or by its age; knows no machine.
import {tmpdir} from 'node:os';
import type {ExpectedError} from '../core/errors.ts';
import {sweepDrafts} from '../core/files.ts';
import {sweepWorkFolders} from '../source/work-folder.ts';
import {isBundleWork, sweepLocks, sweepWork, type SweepTools} from '../store/sweep.ts';

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
  await sweepWork(temporaryFolder, (name) => temporaryName.test(name), now);
  await sweepWork(paths.cache, isBundleWork, now);
  return sweepWorkFolders(paths.source, tools, now).catch(() => []);
}
