// How many machines run at once: what was asked for if the host carries it, else what it carries. Pure.
import {HostError} from '../core/errors.ts';

export interface JobsFacts {
  /** Of `--jobs`. */
  readonly wanted?: number | undefined;
  readonly machines: readonly {readonly memoryMib: number}[];
  /** All that machines may have: the host's own need is taken off. */
  readonly hostMib: number;
  /** What of it is free at this moment. */
  readonly freeMib: number;
  readonly cores: number;
  /** Cores of one machine, where the operator said so; otherwise each may use them all. */
  readonly cpus?: number | undefined;
  /** Where that is known. */
  readonly disk?: JobsDisk | undefined;
}

/** What is free where the machines' disks are, and what one of them needs. */
export interface JobsDisk {
  readonly freeBytes: number;
  readonly perMachineBytes: number;
  /** Files that can still be made there; absent where there is no limit. */
  readonly freeFiles?: number | undefined;
  readonly perMachineFiles: number;
  readonly path: string;
}

export interface Jobs {
  readonly jobs: number;
  /** Why not more, when the number is ours. */
  readonly reason?: string | undefined;
}

const gib = 1024 ** 3;

/** Maven runs a thread a core, but waits for the longest module; one machine leaves so many idle that a second gains. */
const coresPerMachine = 2;

/** @throws HostError with the numbers when so many machines were asked for that they cannot fit. */
export function planJobs(facts: JobsFacts): Jobs {
  const {wanted, machines, hostMib, freeMib, disk} = facts;
  const builds = Math.max(1, machines.length);
  if (wanted !== undefined) {
    const jobs = Math.min(wanted, builds);
    const neededMib = sumLargest(machines, jobs);
    if (neededMib > hostMib) {
      const fits = countFitting(machines, hostMib);
      throw new HostError(
        `${jobs} machines at once need ${neededMib} MiB of memory, and this host has ${hostMib} MiB for them: ${fits} ${fits === 1 ? 'fits' : 'fit'}.`,
        `Type the same with --jobs ${fits}, or with less --memory for each; Spark needs about 5 GiB.`,
      );
    }
    if (disk !== undefined && jobs > 1 && jobs * disk.perMachineBytes > disk.freeBytes) {
      const fits = Math.max(1, Math.floor(disk.freeBytes / disk.perMachineBytes));
      throw new HostError(
        `${jobs} machines at once need ${toGib(jobs * disk.perMachineBytes)} GiB on the disk of ${disk.path}, where ${toGib(disk.freeBytes)} GiB are free: ${fits} ${fits === 1 ? 'fits' : 'fit'}.`,
        `Type the same with --jobs ${fits}, or make room there.`,
      );
    }
    const byFiles = countByFiles(disk);
    if (disk !== undefined && jobs > byFiles) {
      throw new HostError(
        `${jobs} machines at once make up to ${jobs * disk.perMachineFiles} files on the disk of ${disk.path}, which takes only ${disk.freeFiles ?? 0} more (inodes): ${byFiles} ${byFiles === 1 ? 'fits' : 'fit'}.`,
        `Type the same with --jobs ${byFiles}, or look what has so many: df -i ${disk.path}`,
      );
    }
    return {jobs};
  }
  const limits: readonly (readonly [number, string])[] = [
    [builds, ''],
    [countFitting(machines, Math.min(freeMib, hostMib)), `${freeMib} MiB of memory are free`],
    [Math.max(1, Math.floor(facts.cores / (facts.cpus ?? coresPerMachine))), `${facts.cores} cores`],
    ...(disk === undefined
      ? []
      : [
          [
            Math.max(1, Math.floor(disk.freeBytes / disk.perMachineBytes)),
            `${toGib(disk.freeBytes)} GiB are free in ${disk.path}`,
          ] as const,
          [countByFiles(disk), `${disk.freeFiles ?? 0} more files (inodes) fit in ${disk.path}`] as const,
        ]),
  ];
  const jobs = Math.min(...limits.map(([limit]) => limit));
  const reason = limits.find(([limit]) => limit === jobs)?.[1] ?? '';
  return {jobs, reason: reason === '' ? undefined : reason};
}

/** What the largest so many need together: they may run at the same time. */
function sumLargest(machines: JobsFacts['machines'], count: number): number {
  return machines
    .map(({memoryMib}) => memoryMib)
    .toSorted((a, b) => b - a)
    .slice(0, count)
    .reduce((sum, memoryMib) => sum + memoryMib, 0);
}

/** At least one: whether a single machine fits is asked elsewhere. */
function countFitting(machines: JobsFacts['machines'], limitMib: number): number {
  let count = 1;
  while (count < machines.length && sumLargest(machines, count + 1) <= limitMib) count += 1;
  return count;
}

/** At least one, as above. */
function countByFiles(disk: JobsFacts['disk']): number {
  if (disk?.freeFiles === undefined) return Infinity;
  return Math.max(1, Math.floor(disk.freeFiles / disk.perMachineFiles));
}

function toGib(bytes: number): string {
  return (bytes / gib).toFixed(1);
}

/** The most that one machine may get at a second try, beside the others that may run then. */
export function findMaxMemoryMib(facts: Pick<JobsFacts, 'machines' | 'hostMib'>, jobs: number): number {
  return facts.hostMib - sumLargest(facts.machines, jobs - 1);
}
