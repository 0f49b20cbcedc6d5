// Everything in the cache of this host: what it is, its size, its last use, who uses it. Removes nothing; does not know the kinds.
import {dirname, join} from 'node:path';
import {measure} from '../core/disk.ts';
import type {LockTools} from '../core/lock.ts';
import type {Paths} from '../core/paths.ts';
import type {ProcessIdentity} from '../core/process-identity.ts';
import {readNames} from '../core/presence.ts';
import {isTrash} from './trash.ts';
import {readUses, type CacheItem, type Use} from './uses.ts';

/** One thing that can be removed by itself and is made again when it is needed. */
export interface CacheEntry extends CacheItem {
  /** Absolute; all that it takes on disk, as files or folders. Those that are not there count as nothing. */
  readonly paths: readonly string[];
  /** What the kind itself knows of its users, beside `markUse`: living processes, or words such as `process 4711`. */
  readonly usedBy?: readonly (string | ProcessIdentity)[];
  /** Milliseconds since 1970, where the kind knows better than marks of use and the files' times. */
  readonly lastUsedMs?: number | undefined;
  /** Allocated, where the kind has recorded it and a walk would be long. */
  readonly bytes?: number;
}

/** One kind of cache. Its users call `markUse` with the same kind and name before they look whether it is there. */
export interface CacheKind {
  /** As in marks of use and in `cache ls`; at most ten characters. */
  readonly name: string;
  /** Absolute folders below the cache that only this kind fills. Whatever else lies in them is listed as unknown. */
  readonly folders: readonly string[];
  /** Changes nothing. */
  list(): Promise<readonly CacheEntry[]>;
  /**
   * Takes the entry away with `moveToTrash`; what is in the trash is deleted later. Called while nobody can begin to
   * use anything, so it must be quick; who already uses it is known from marks; what only the kind knows (`usedBy`, a
   * lock of its own) it looks at again here. Killed midway it leaves a valid cache.
   * @returns `busy` when somebody uses it now; then nothing has changed.
   */
  remove(entry: CacheEntry): Promise<'removed' | 'busy'>;
}

/** Kinds that are not caches: remains of a prune, and what is unknown here. */
export const trashKind = 'trash';
export const unknownKind = 'unknown';

export interface ListedEntry extends CacheEntry {
  readonly bytes: number;
  /** Undefined when nothing tells. */
  readonly lastUsedMs: number | undefined;
  readonly usedBy: readonly string[];
}

interface Building {
  readonly owner: ProcessIdentity;
  readonly buildId: string;
}

export interface InventoryTools extends LockTools {
  /** Builds that run now, by the machines that they have. @throws When that cannot be known. */
  readonly listBuilding: () => Promise<readonly Building[]>;
  readonly paths: Paths;
}

/**
 * All entries, least recently used first, then remains of earlier prunes, then what is unknown.
 * @throws UsageError when the journal cannot be read: then nobody knows what running builds use.
 */
export async function readInventory(
  tools: InventoryTools,
  kinds: readonly CacheKind[],
): Promise<readonly ListedEntry[]> {
  const entries = (await Promise.all(kinds.map((kind) => kind.list()))).flat();
  const others = await findOthers(tools.paths, kinds, entries);
  const uses = await readUses(tools);
  const users = await readUsers(tools, uses);
  const listed = await Promise.all(
    [...entries, ...others].map(async (entry): Promise<ListedEntry> => {
      const {bytes, newestMs} = entry.bytes === undefined ? await measure(entry.paths) : {bytes: entry.bytes};
      const times = [newestMs, ...uses.filter((use) => isOf(use, entry)).map(({atMs}) => atMs)];
      const known = times.filter((time) => time !== undefined);
      return {
        ...entry,
        bytes,
        lastUsedMs: entry.lastUsedMs ?? (known.length === 0 ? undefined : Math.max(...known)),
        usedBy: findUsers(entry, users),
      };
    }),
  );
  const rank = ({kind}: ListedEntry): number => (kind === unknownKind ? 2 : kind === trashKind ? 1 : 0);
  return listed.sort((a, b) => rank(a) - rank(b) || (a.lastUsedMs ?? 0) - (b.lastUsedMs ?? 0));
}

/** Who uses entries now. */
export interface Users {
  readonly marks: readonly Use[];
  readonly building: readonly Building[];
}

export async function readUsers(tools: InventoryTools, uses?: readonly Use[]): Promise<Users> {
  const building = await tools.listBuilding();
  return {marks: (uses ?? (await readUses(tools))).filter(({isLive}) => isLive), building};
}

/** Those who use this entry, each once: ids of builds, or `process <pid>` while no machine of it is in the journal. */
export function findUsers(entry: CacheEntry, {marks, building}: Users): readonly string[] {
  if (entry.kind === trashKind || entry.kind === unknownKind) return [];
  const nameOwner = (owner: ProcessIdentity): readonly string[] => {
    const builds = building.filter((build) => isSame(build.owner, owner));
    return builds.length === 0 ? [`process ${owner.pid}`] : builds.map(({buildId}) => buildId);
  };
  const known = (entry.usedBy ?? []).flatMap((user) => (typeof user === 'string' ? [user] : nameOwner(user)));
  const marked = marks.filter((mark) => isOf(mark, entry)).flatMap(({owner}) => nameOwner(owner));
  // Running builds that marked nothing, such as those of older versions: they may use anything.
  const silent = building.filter(({owner}) => !marks.some((mark) => isSame(mark.owner, owner)));
  return [...new Set([...known, ...marked, ...silent.map(({buildId}) => buildId)])];
}

function isOf(use: CacheItem, entry: CacheItem): boolean {
  return use.kind === entry.kind && (use.name === '*' || use.name === entry.name);
}

function isSame(a: ProcessIdentity, b: ProcessIdentity): boolean {
  return a.host === b.host && a.pid === b.pid && a.startedAt === b.startedAt;
}

/** What lies below the cache and is neither an entry nor a lock: remains of a prune, or not ours. */
async function findOthers(
  paths: Paths,
  kinds: readonly CacheKind[],
  entries: readonly CacheEntry[],
): Promise<readonly CacheEntry[]> {
  const known = new Set([...entries.flatMap((entry) => entry.paths), paths.uses]);
  const folders = new Set(kinds.flatMap((kind) => kind.folders));
  // Folders on the way to a known path are looked into, all others are taken as one thing.
  for (const path of [...known, ...folders])
    for (let up = dirname(path); up.startsWith(`${paths.cache}/`); up = dirname(up)) folders.add(up);
  const found: CacheEntry[] = [];
  const visit = async (folder: string): Promise<void> => {
    for (const name of await readNames(folder)) {
      const path = join(folder, name);
      if (known.has(path) || /\.lock(\.|$)/.test(name)) continue;
      if (isTrash(path))
        found.push({kind: trashKind, name: path.slice(paths.cache.length + 1), paths: [path]});
      else if (folders.has(path)) await visit(path);
      else found.push({kind: unknownKind, name: path.slice(paths.cache.length + 1), paths: [path]});
    }
  };
  await visit(paths.cache);
  return found;
}
