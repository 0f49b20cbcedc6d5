// Whether a worker's tool builds the same as the one that made a job. Pure.
import {readVersion} from '../core/tool-version.ts';
import {readGuestHashes} from '../distribution/guest-hashes.ts';
import type {JobTool} from './job.ts';

export async function readOwnTool(): Promise<JobTool> {
  return {version: readVersion(), ...(await readGuestHashes())};
}

/** @returns undefined where they are the same; else completes "worker w …". */
export function refuseOtherTool(wanted: JobTool, own: JobTool): string | undefined {
  if (wanted.version !== own.version)
    return `it is build-spark ${own.version}, and the job is of ${wanted.version}`;
  if (wanted.puppet !== own.puppet) return 'it has other Puppet code or guest scripts than the job is of';
  return wanted.hiera === own.hiera ? undefined : 'it has other Puppet data than the job is of';
}
