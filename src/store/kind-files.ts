// What every kind of cache needs whose entries are files or folders of ours: listing, ages, taking away.
import {stat} from 'node:fs/promises';
import type {LockTools} from '../core/lock.ts';
import type {Paths} from '../core/paths.ts';
import type {CacheEntry} from './inventory.ts';
import {moveToTrash, type TrashTools} from './trash.ts';

export interface KindTools extends TrashTools, LockTools {
  readonly paths: Paths;
}

export async function discard(entry: CacheEntry, tools: TrashTools): Promise<'removed'> {
  for (const path of entry.paths) await moveToTrash(path, tools);
  return 'removed';
}

export async function readChangedMs(path: string): Promise<number> {
  return (await stat(path).catch(() => ({mtimeMs: 0}))).mtimeMs;
}
