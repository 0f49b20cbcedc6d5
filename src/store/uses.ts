// Who uses what lies in the cache, and when it was used last: one small file a process and entry. Knows no kind of cache.
import {createHash, randomUUID} from 'node:crypto';
import {mkdir, rename, rm} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {z} from '../core/schema.ts';
import {hasErrorCode} from '../core/errors.ts';
import {readJsonFile, sweepDrafts} from '../core/files.ts';
import {removeDeadLocks, withLock, type LockTools} from '../core/lock.ts';
import type {Paths} from '../core/paths.ts';
import {
  isAlive,
  isOfAnotherHost,
  processIdentitySchema,
  readOwnIdentity,
  type ProcessIdentity,
} from '../core/process-identity.ts';
import {writeNew} from '../core/regular-file.ts';
import {readNames} from '../core/presence.ts';

export interface UseTools extends LockTools {
  readonly paths: Pick<Paths, 'uses' | 'boxUses'>;
}

/** `kind` and `name` as `cache ls` shows them; the name `*` stands for all of the kind. */
export interface CacheItem {
  readonly kind: string;
  readonly name: string;
}

export interface Use extends CacheItem {
  readonly owner: ProcessIdentity;
  readonly atMs: number;
  /** Whether that process still runs. */
  readonly isLive: boolean;
}

const markSchema = z.object({
  formatVersion: z.literal(1),
  kind: z.string(),
  name: z.string(),
  owner: processIdentitySchema,
  at: z.iso.datetime(),
});

/** Nobody here can ask whether a process of another host, which shares this cache, still runs. */
const foreignForMs = 7 * 86_400_000;

/** By file: marks of this very process, which need no second one within the minute. */
const marked = new Map<string, {readonly atMs: number; readonly done: Promise<void>}>();
const rememberedForMs = 60_000;

/** Marks lie where the thing lies: a box that Vagrant has is there for copies with any cache. */
function folderOf(kind: string, {paths}: UseTools): string {
  return kind === 'box' ? paths.boxUses : paths.uses;
}

/** Version 0.1 kept the marks of boxes in the cache as well. */
function allFolders({paths}: UseTools): readonly string[] {
  return [paths.uses, paths.boxUses];
}

/**
 * Says that this process uses an entry from now until it ends: nobody prunes it meanwhile. Call it before you look
 * whether the entry is there. Idempotent; needs no release. Waits while an entry is being taken away (milliseconds).
 * Does nothing where it cannot be written: then nobody of this user prunes there either.
 */
export async function markUse(tools: UseTools, item: CacheItem): Promise<void> {
  const owner = await readOwnIdentity(tools.exec);
  const mark = `${hash(item.kind, item.name)}-${hash(owner.host, String(owner.pid), owner.startedAt)}.json`;
  const file = join(folderOf(item.kind, tools), mark);
  const atMs = tools.clock.now().getTime();
  const known = marked.get(file);
  if (known !== undefined && Math.abs(atMs - known.atMs) < rememberedForMs) return known.done;
  const done = writeMark(tools, item, owner, file).catch((error: unknown) => {
    marked.delete(file);
    if (!hasErrorCode(error, 'EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT')) throw error;
  });
  marked.set(file, {atMs, done});
  return done;
}

async function writeMark(
  tools: UseTools,
  {kind, name}: CacheItem,
  owner: ProcessIdentity,
  file: string,
): Promise<void> {
  await withUsesLocked(tools, kind, async () => {
    const mark = {formatVersion: 1, kind, name, owner, at: tools.clock.now().toISOString()};
    // Not fsynced: a power loss ends the process too.
    const draft = `${file}.${randomUUID()}`;
    await writeNew(draft, JSON.stringify(mark), 0o600);
    await rename(draft, file);
  });
  await removeOlder(tools, {kind, name}, basename(file));
}

/** All marks, those of ended processes too: the newest of an entry is its last use. Damaged ones are left out. */
export async function readUses(tools: UseTools): Promise<readonly Use[]> {
  const files = await Promise.all(allFolders(tools).map(listMarks));
  const uses = await Promise.all(files.flat().map((file) => readMark(tools, file)));
  return uses.filter((use) => use !== undefined);
}

/** Runs `work` while nobody begins to use anything of this kind: keep it short. */
export async function withUsesLocked<T>(tools: UseTools, kind: string, work: () => Promise<T>): Promise<T> {
  const folder = folderOf(kind, tools);
  await mkdir(folder, {recursive: true});
  return withLock(join(folder, 'uses.lock'), tools, work, {
    doing: `writes or removes marks of use in ${folder}`,
    quietMs: 2_000,
  });
}

/** Forgets an entry that was removed. Call it under the lock. */
export async function forgetUses(tools: UseTools, item: CacheItem): Promise<void> {
  const files = (await Promise.all(allFolders(tools).map(listMarks))).flat();
  const own = files.filter((file) => basename(file).startsWith(`${hash(item.kind, item.name)}-`));
  await Promise.all(own.map((file) => rm(file, {force: true})));
}

/** What killed processes left beside the marks, and the marks of a host that the operator calls gone. */
export async function sweepUses(tools: UseTools): Promise<void> {
  for (const folder of allFolders(tools)) {
    await sweepDrafts(folder, tools.clock.now());
    await removeDeadLocks(folder, tools);
    if (tools.goneHost === undefined) continue;
    for (const file of await listMarks(folder)) {
      const owner = (await readMark(tools, file))?.owner;
      if (owner?.host === tools.goneHost && (await isOfAnotherHost(owner, tools.exec)))
        await rm(file, {force: true});
    }
  }
}

/** Ended processes' marks of this entry, since ours is newer. */
async function removeOlder(tools: UseTools, item: CacheItem, own: string): Promise<void> {
  const prefix = `${hash(item.kind, item.name)}-`;
  for (const file of await listMarks(folderOf(item.kind, tools))) {
    if (!basename(file).startsWith(prefix) || basename(file) === own) continue;
    if ((await readMark(tools, file))?.isLive === false) await rm(file, {force: true});
  }
}

async function readMark(tools: UseTools, file: string): Promise<Use | undefined> {
  const mark = await readJsonFile(file, markSchema, 'The mark of use').catch(() => undefined);
  if (mark === undefined) return undefined;
  const {kind, name, owner} = mark;
  const atMs = Date.parse(mark.at);
  const isOld = tools.clock.now().getTime() - atMs > foreignForMs;
  const isForgotten = isOld && (await isOfAnotherHost(owner, tools.exec));
  return {kind, name, owner, atMs, isLive: !isForgotten && (await isAlive(owner, tools))};
}

/** Absolute. */
async function listMarks(folder: string): Promise<readonly string[]> {
  const names = await readNames(folder);
  return names.filter((name) => name.endsWith('.json')).map((name) => join(folder, name));
}

function hash(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 12);
}
