// The Maven cache as `cache ls` and `cache prune` see it: an entry a set. Knows no guest.
import {existsSync} from 'node:fs';
import {rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {tryLock} from '../core/lock.ts';
import {readNames} from '../core/presence.ts';
import type {CacheEntry, CacheKind} from '../store/inventory.ts';
import {filesFolder, listSets, planFilePath, planSetFile, readSet, setsFolder} from './artifact-sets.ts';
import {planMavenLock} from './artifact-store.ts';
import type {KindTools} from '../store/kind-files.ts';
import {moveToTrash} from '../store/trash.ts';

const kind = 'maven';
/** Files that are in no set: a build was killed between taking them over and writing its set. */
const unnamed = '(unnamed)';
/** What version 0.1 kept, by SHA-1 and without whose it was: no build uses it. */
const outdated = '(of version 0.1)';

/**
 * Artifacts are shared between sets. Each counts with the set that was used last, so that removing the least recently
 * used one frees what it shows.
 */
export function createMavenKind(tools: KindTools): CacheKind {
  const {maven} = tools.paths;
  return {
    name: kind,
    folders: [maven, setsFolder(maven), filesFolder(maven)],
    list: () => listEntries(maven),
    remove: async (entry) => {
      if (entry.name.startsWith('work-')) return removeWork(entry, tools);
      if (!existsSync(maven)) return 'removed';
      const remove = async (): Promise<'removed'> => {
        if (entry.name === outdated) {
          for (const path of entry.paths) await moveToTrash(path, tools);
          return 'removed';
        }
        if (entry.name !== unnamed) await rm(planSetFile(maven, entry.name), {force: true});
        for (const sha256 of (await readOwners(maven)).unused)
          await moveToTrash(planFilePath(maven, sha256), tools);
        return 'removed';
      };
      return (await tryLock(planMavenLock(maven), tools, remove)) ?? 'busy';
    },
  };
}

/** What is sent or taken over just now; a killed process's after a day. */
async function removeWork(entry: CacheEntry, tools: KindTools): Promise<'removed' | 'busy'> {
  const [path = ''] = entry.paths;
  const age = tools.clock.now().getTime() - (await stat(path).catch(() => ({mtimeMs: 0}))).mtimeMs;
  if (age < 86_400_000) return 'busy';
  await moveToTrash(path, tools);
  return 'removed';
}

async function listEntries(maven: string): Promise<readonly CacheEntry[]> {
  const {sets, unused, bytesOf} = await readOwners(maven);
  const render = (name: string, own: readonly string[], more: readonly string[]): CacheEntry => ({
    kind,
    name,
    paths: [...more, ...own.map((sha256) => planFilePath(maven, sha256))],
    bytes: own.reduce((sum, sha256) => sum + (bytesOf.get(sha256) ?? 0), 0),
  });
  const work = await readNames(maven, 'ENOTDIR');
  const older = ['sets', 'objects'].map((name) => join(maven, name)).filter((path) => existsSync(path));
  return [
    ...(older.length === 0 ? [] : [{kind, name: outdated, paths: older}]),
    ...sets.map(({name, own, usedMs}) => ({
      ...render(name, own, [planSetFile(maven, name)]),
      lastUsedMs: usedMs,
    })),
    ...(unused.length === 0 ? [] : [render(unnamed, unused, [])]),
    ...work
      .filter((name) => name.startsWith('work-'))
      .map((name) => ({kind, name, paths: [join(maven, name)]})),
  ];
}

interface Owned {
  readonly name: string;
  readonly usedMs: number;
  /** Checksums of the files that count with this set. */
  readonly own: readonly string[];
}

async function readOwners(maven: string): Promise<{
  readonly sets: readonly Owned[];
  readonly unused: readonly string[];
  readonly bytesOf: ReadonlyMap<string, number>;
}> {
  const bytesOf = new Map<string, number>();
  for (const sha256 of await readNames(filesFolder(maven), 'ENOTDIR')) {
    if (!/^[0-9a-f]{64}$/.test(sha256)) continue; // Trash of a prune.
    const found = await stat(planFilePath(maven, sha256)).catch(() => undefined);
    if (found !== undefined) bytesOf.set(sha256, found.blocks * 512);
  }
  const named = await Promise.all(
    (await listSets(maven)).map(async (name) => ({
      name,
      usedMs: (await stat(planSetFile(maven, name)).catch(() => ({mtimeMs: 0}))).mtimeMs,
      artifacts: (await readSet(maven, name))?.artifacts ?? [],
    })),
  );
  const left = new Set(bytesOf.keys());
  const sets = named
    .sort((a, b) => b.usedMs - a.usedMs)
    .map(({name, usedMs, artifacts}) => ({
      name,
      usedMs,
      own: artifacts.map(({sha256}) => sha256).filter((sha256) => left.delete(sha256)),
    }));
  return {sets, unused: [...left], bytesOf};
}
