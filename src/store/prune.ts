// Keeps the cache within its limits: the least recently used goes first, and nothing that somebody uses. Knows no kind.
import {mkdir, readdir} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {readDiskBytes, readFreeBytes} from '../core/disk.ts';
import {asError} from '../core/errors.ts';
import {tryLock, withLock} from '../core/lock.ts';
import {
  findUsers,
  readInventory,
  readUsers,
  trashKind,
  unknownKind,
  type CacheKind,
  type InventoryTools,
  type ListedEntry,
} from './inventory.ts';
import {emptyTrash, isTrash, type TrashTools} from './trash.ts';
import {sweepLocks} from './sweep.ts';
import {forgetUses, withUsesLocked} from './uses.ts';

export interface PruneLimits {
  /** Removes what nobody has used for this many days. */
  readonly keepDays?: number | undefined;
  /** Of all that is listed. */
  readonly maxBytes?: number | undefined;
}

const gib = 1024 ** 3;
/** Of the disk; never less than the second, which holds one source, one box and one Maven repository. */
const defaultShare = 0.2;
const leastBytes = 4 * gib;
/** What the cache leaves free, by giving way itself: about what one build needs, on small disks less. */
const reserveBytes = 10 * gib;
const reserveShare = 0.05;

/** The limit without `--max-size`. @param cacheBytes What the cache takes now. */
export function planLimit(disk: {
  readonly diskBytes: number;
  readonly freeBytes: number;
  readonly cacheBytes: number;
}): number {
  const share = Math.max(leastBytes, disk.diskBytes * defaultShare);
  const reserve = Math.min(reserveBytes, disk.diskBytes * reserveShare);
  return Math.floor(Math.max(0, Math.min(share, disk.cacheBytes + disk.freeBytes - reserve)));
}

export interface DiskUse {
  readonly diskBytes: number;
  readonly freeBytes: number;
  readonly cacheBytes: number;
  /** By default. */
  readonly limitBytes: number;
}

/** Of the file system that the cache is on. */
export async function readDiskUse(cache: string, entries: readonly ListedEntry[]): Promise<DiskUse> {
  const disk = {
    diskBytes: await readDiskBytes(cache),
    freeBytes: await readFreeBytes(cache),
    cacheBytes: sum(entries),
  };
  return {...disk, limitBytes: planLimit(disk)};
}

type PruneReason = 'left behind' | 'old' | 'limit';

export interface PlannedRemoval {
  readonly entry: ListedEntry;
  readonly reason: PruneReason;
}

/**
 * What goes, in this order: remains of earlier prunes, what is too old, then the least recently used until the rest
 * fits. Never what is used or unknown, although it counts. Pure.
 */
export function planPrune(
  entries: readonly ListedEntry[],
  {keepDays, maxBytes}: PruneLimits,
  now: Date,
): readonly PlannedRemoval[] {
  const planned: PlannedRemoval[] = [];
  let bytes = sum(entries);
  const take = (entry: ListedEntry, reason: PruneReason): void => {
    planned.push({entry, reason});
    bytes -= entry.bytes;
  };
  for (const entry of entries) if (entry.kind === trashKind) take(entry, 'left behind');
  const removable = entries
    .filter(({kind, usedBy}) => kind !== trashKind && kind !== unknownKind && usedBy.length === 0)
    .toSorted((a, b) => (a.lastUsedMs ?? 0) - (b.lastUsedMs ?? 0));
  const oldestMs = keepDays === undefined ? -Infinity : now.getTime() - keepDays * 86_400_000;
  for (const entry of removable) if ((entry.lastUsedMs ?? 0) < oldestMs) take(entry, 'old');
  for (const entry of removable.filter((one) => (one.lastUsedMs ?? 0) >= oldestMs)) {
    if (bytes <= (maxBytes ?? Infinity)) break;
    take(entry, 'limit');
  }
  return planned;
}

export interface PruneResult {
  readonly removed: readonly PlannedRemoval[];
  /** Somebody began to use it meanwhile. */
  readonly busy: readonly ListedEntry[];
  /** What could not be removed; the rest was. */
  readonly failed: readonly {readonly entry: ListedEntry; readonly error: Error}[];
  readonly kept: readonly ListedEntry[];
  readonly freedBytes: number;
  readonly limits: PruneLimits;
}

export interface PruneOptions {
  /** Without any: the limit by default. */
  readonly limits?: PruneLimits;
  /** Removes nothing; the result is what would be removed. */
  readonly isDryRun?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Waits while another prune runs. Otherwise that one does the work, and the result is undefined. */
  readonly waits?: boolean;
}

export type PruneTools = InventoryTools & TrashTools;

/** Safe beside builds and other prunes; killed midway, the next one goes on. Idempotent. */
export async function pruneToLimit(
  tools: PruneTools,
  kinds: readonly CacheKind[],
  options: PruneOptions = {},
): Promise<PruneResult | undefined> {
  const {signal} = options;
  const work = (): Promise<PruneResult> => prune(tools, kinds, options);
  if (options.isDryRun === true) return work();
  await mkdir(tools.paths.uses, {recursive: true});
  const lock = join(tools.paths.uses, 'prune.lock');
  if (options.waits !== true) return tryLock(lock, tools, work);
  return withLock(lock, tools, work, {doing: 'is pruning the cache', signal});
}

async function prune(
  tools: PruneTools,
  kinds: readonly CacheKind[],
  {limits: wanted = {}, isDryRun, signal}: PruneOptions,
): Promise<PruneResult> {
  if (isDryRun !== true) await sweepLocks(tools);
  const entries = await readInventory(tools, kinds);
  const isOwn = wanted.keepDays !== undefined || wanted.maxBytes !== undefined;
  const limits = isOwn ? wanted : {maxBytes: (await readDiskUse(tools.paths.cache, entries)).limitBytes};
  const removed: PlannedRemoval[] = [];
  const busy: ListedEntry[] = [];
  const failed: {entry: ListedEntry; error: Error}[] = [];
  for (const planned of planPrune(entries, limits, tools.clock.now())) {
    const {entry} = planned;
    signal?.throwIfAborted();
    try {
      if (isDryRun !== true && (await removeEntry(entry, tools, kinds)) === 'busy') busy.push(entry);
      else removed.push(planned);
    } catch (error) {
      failed.push({entry, error: asError(error)});
    }
  }
  const gone = new Set(removed.map(({entry}) => entry));
  return {
    removed,
    busy,
    failed,
    kept: entries.filter((entry) => !gone.has(entry)),
    freedBytes: sum([...gone]),
    limits,
  };
}

async function removeEntry(
  entry: ListedEntry,
  tools: PruneTools,
  kinds: readonly CacheKind[],
): Promise<'removed' | 'busy'> {
  if (entry.kind !== trashKind) {
    const kind = kinds.find(({name}) => name === entry.kind);
    if (kind === undefined) throw new Error(`There is no kind of cache ${entry.kind}.`);
    const outcome = await withUsesLocked(tools, entry.kind, async () => {
      // The kind knows its own users best.
      const isUsed = findUsers({...entry, usedBy: []}, await readUsers(tools)).length > 0;
      if (isUsed || (await kind.remove(entry)) === 'busy') return 'busy';
      await forgetUses(tools, entry);
      return 'removed';
    });
    if (outcome === 'busy') return 'busy';
  }
  await emptyTrashBeside(entry, tools);
  return 'removed';
}

/** Deletes what the kind renamed, and whatever else is trash there: all of it is a prune's. */
async function emptyTrashBeside(entry: ListedEntry, tools: PruneTools): Promise<void> {
  for (const folder of new Set(entry.paths.map((path) => dirname(path)))) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter(isTrash)) await emptyTrash(join(folder, name), tools);
  }
}

function sum(entries: readonly ListedEntry[]): number {
  return entries.reduce((total, {bytes}) => total + bytes, 0);
}
