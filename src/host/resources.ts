// Disk, memory and control groups of this host, against what builds need. Changes nothing.
import {stat} from 'node:fs/promises';
import {dirname} from 'node:path';
import {readDiskBytes, readFreeBytes, readFreeFiles} from '../core/disk.ts';
import {hasErrorCode} from '../core/errors.ts';
import {fail, pass, warn, type Check} from './host-check.ts';
import {readSystemFile, type Host} from './host.ts';
import type {RealProvider} from './providers.ts';

const gib = 1024 ** 3;

/** Room for one build. Measured with cdh5.7.0 on lxc: see docs/real-builds.md. */
const needs = {
  /**
   * Of lxc, the guest's own disk: box 1.2, Maven repository 0.5, sources and classes 2, dist 0.3, and a reserve. In files: a
   * box has 15,000, a source as many, classes and Maven's repository some 40,000.
   */
  guest: {bytes: 6 * gib, files: 80_000},
  /** Git mirror 0.3, the box and the room to build it 2. In files: the source and what Maven had, for one build. */
  cache: {bytes: 3 * gib, files: 40_000},
  /** Logs, the machine's folder. */
  state: {bytes: 1 * gib, files: 1_000},
  /** The fetched dist of 0.15 to 0.35, beside an older one that it replaces. */
  output: {bytes: 0.5 * gib, files: 3_000},
  /** Vagrant's copy of the box. */
  vagrant: {bytes: 1 * gib, files: 500},
} as const;

/** What one machine needs where its disk is. */
export const guestDisk = needs.guest;

export interface DiskNeed {
  readonly path: string;
  readonly what: string;
  readonly bytes: number;
  readonly files: number;
}

export function planDiskNeeds(
  host: Host,
  provider: RealProvider | undefined,
  output: string | undefined,
): readonly DiskNeed[] {
  const hasGuestHere = provider === undefined || provider === 'lxc';
  return [
    ...(hasGuestHere && host.platform === 'linux'
      ? [{path: '/var/lib/lxc', what: 'machines', ...needs.guest}]
      : []),
    {path: host.paths.cache, what: 'cache', ...needs.cache},
    {path: host.paths.state, what: 'state', ...needs.state},
    {path: host.paths.vagrantHome, what: 'boxes of Vagrant', ...needs.vagrant},
    ...(output === undefined ? [] : [{path: output, what: 'dists', ...needs.output}]),
  ];
}

/** Free beyond what one build needs; with less of it a warning comes, before a build is refused. */
const airBytes = 10 * gib;
const airShare = 0.05;
/** Makes room on the disk of the cache, down to its limit; elsewhere only the operator knows what may go. */
const pruneRemedy = 'build-spark cache prune';

/** Needs on one file system add up. */
async function groupByDevice(diskNeeds: readonly DiskNeed[]): Promise<readonly (readonly DiskNeed[])[]> {
  const byDevice = new Map<number, DiskNeed[]>();
  for (const need of diskNeeds) {
    const device = await readDevice(need.path);
    byDevice.set(device, [...(byDevice.get(device) ?? []), need]);
  }
  return [...byDevice.values()];
}

/**
 * A disk with room may still take no more files: their number is fixed where it was formatted. Needs add up as well.
 * @param readFree As `readFreeFiles`: undefined where the number has no limit.
 */
export async function checkFiles(diskNeeds: readonly DiskNeed[], readFree = readFreeFiles): Promise<Check> {
  const lines: string[] = [];
  const short: string[] = [];
  for (const group of await groupByDevice(diskNeeds)) {
    const path = group[0]?.path ?? '/';
    const needed = group.reduce((sum, {files}) => sum + files, 0);
    const free = await readFree(path);
    const count = free === undefined ? 'any number of' : free.toLocaleString('en');
    const text = `${count} more files for ${group.map(({what}) => what).join(', ')} (${path})`;
    lines.push(text);
    if (free !== undefined && free < needed)
      short.push(`${text}; a build makes up to ${needed.toLocaleString('en')}`);
  }
  if (short.length === 0) return pass('inodes', lines.join(' · '));
  return fail('inodes', `The disk has room for only ${short.join(' · ')}.`, 'df -i');
}

/** Needs on one file system add up. */
export async function checkDisk(diskNeeds: readonly DiskNeed[]): Promise<Check> {
  const lines: string[] = [];
  const short: string[] = [];
  const tight: string[] = [];
  let isCacheShort = false;
  for (const group of await groupByDevice(diskNeeds)) {
    const path = group[0]?.path ?? '/';
    const needed = group.reduce((sum, {bytes}) => sum + bytes, 0);
    const free = await readFreeBytes(path);
    const text = `${toGib(free)} GiB free for ${group.map(({what}) => what).join(', ')} (${path})`;
    lines.push(text);
    const air = Math.min(airBytes, (await readDiskBytes(path)) * airShare);
    if (free >= needed + air) continue;
    isCacheShort ||= group.some(({what}) => what === 'cache');
    (free < needed ? short : tight).push(`${text}; a build needs ${toGib(needed)} GiB`);
  }
  const remedy = isCacheShort ? pruneRemedy : 'df -h';
  if (short.length > 0) return fail('disk', `${short.join(' · ')}.`, remedy);
  if (tight.length > 0) return warn('disk', `The disk is nearly full: ${tight.join(' · ')}.`, remedy);
  return pass('disk', lines.join(' · '));
}

async function readDevice(path: string): Promise<number> {
  try {
    return (await stat(path)).dev;
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT', 'ENOTDIR', 'EACCES') || dirname(path) === path) throw error;
    return readDevice(dirname(path));
  }
}

function toGib(bytes: number): string {
  return (bytes / gib).toFixed(1);
}

/** Memory that a machine may take at this moment, where the system tells; else all of it. In bytes. */
export async function readAvailableMemory(host: Host): Promise<number> {
  const text = await readSystemFile(host, '/proc/meminfo');
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(text ?? '')?.[1];
  return kib === undefined ? host.memoryBytes : Number(kib) * 1024;
}

/** @param memoryMib What one machine would get. */
export async function checkMemory(host: Host, memoryMib: number): Promise<Check> {
  const wanted = memoryMib * 1024 ** 2;
  const available = await readAvailableMemory(host);
  const text = `${toGib(host.memoryBytes)} GiB, of which ${toGib(available)} GiB are free; a machine gets ${toGib(wanted)} GiB`;
  const smaller = Math.max(2, Math.floor((host.memoryBytes / gib) * 0.75));
  const remedy = `build-spark --cdh 5.7.0 --memory ${smaller}g`;
  if (host.memoryBytes < wanted) return fail('memory', `This host has ${text}.`, remedy);
  if (available < wanted) return warn('memory', `This host has ${text}: end other programs first.`, remedy);
  return pass('memory', text);
}

export type Cgroup = 'v1' | 'v2';

/** Which interface limits the memory of an LXC guest here. @returns undefined when none does. */
export async function readCgroup(host: Host): Promise<Cgroup | undefined> {
  const controllers = await readSystemFile(host, '/sys/fs/cgroup/cgroup.controllers');
  if (controllers?.split(/\s+/).includes('memory') === true) return 'v2';
  const limit = await readSystemFile(host, '/sys/fs/cgroup/memory/memory.limit_in_bytes');
  return limit === undefined ? undefined : 'v1';
}

export async function checkCgroup(host: Host): Promise<Check> {
  const cgroup = await readCgroup(host);
  if (cgroup !== undefined) return pass('cgroup', `Memory limits by cgroup ${cgroup}`);
  return fail(
    'cgroup',
    'The kernel offers no memory control group, so machines cannot be limited: the memory controller is off, or /sys/fs/cgroup is not mounted.',
    'cat /proc/cgroups; sudo mount -t cgroup2 none /sys/fs/cgroup',
  );
}
