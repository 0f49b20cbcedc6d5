// Who uses what lies in the cache, and when it was used last: one small file a process and entry. Knows no kind of cache.
import {createHash, randomUUID} from 'node:crypto';
import {mkdir, readdir, rename, rm, writeFile} from 'node:fs/promises';
import {hostname} from 'node:os';
import {basename, join} from 'node:path';
import {z} from '../core/schema.ts';
import type {Clock} from '../core/clock.ts';
import {hasErrorCode} from '../core/errors.ts';
import type {Exec} from '../core/exec.ts';
import {readJsonFile} from '../core/files.ts';
import {withLock} from '../core/lock.ts';
import type {Paths} from '../core/paths.ts';
import {
  isAlive,
  processIdentitySchema,
  readOwnIdentity,
  type ProcessIdentity,
} from '../core/process-identity.ts';

export interface UseTools {
  readonly exec: Exec;
  readonly clock: Clock;
  readonly paths: Pick<Paths, 'uses'>;
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

/**
 * Says that this process uses an entry from now until it ends: nobody prunes it meanwhile. Call it before you look
 * whether the entry is there. Idempotent; needs no release. Waits while an entry is being taken away (milliseconds).
 * Does nothing where the cache cannot be written: then nobody of this user prunes it either.
 */
export async function markUse(tools: UseTools, item: CacheItem): Promise<void> {
  const owner = await readOwnIdentity(tools.exec);
  const mark = `${hash(item.kind, item.name)}-${hash(owner.host, String(owner.pid), owner.startedAt)}.json`;
  const file = join(tools.paths.uses, mark);
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
  await withUsesLocked(tools, async () => {
    const mark = {formatVersion: 1, kind, name, owner, at: tools.clock.now().toISOString()};
    // Not fsynced: after a power loss the process is gone as well.
    const draft = `${file}.${randomUUID()}`;
    await writeFile(draft, JSON.stringify(mark), {mode: 0o600});
    await rename(draft, file);
  });
  await removeOlder(tools, {kind, name}, basename(file));
}

/** All marks, those of ended processes too: the newest of an entry is its last use. Damaged ones are left out. */
export async function readUses(tools: UseTools): Promise<readonly Use[]> {
  const uses = await Promise.all((await listMarks(tools)).map((file) => readMark(tools, file)));
  return uses.filter((use) => use !== undefined);
}

/** Runs `work` while nobody begins to use anything: keep it short. */
export async function withUsesLocked<T>(tools: UseTools, work: () => Promise<T>): Promise<T> {
  await mkdir(tools.paths.uses, {recursive: true});
  return withLock(join(tools.paths.uses, 'uses.lock'), tools, work);
}

/** Forgets an entry that was removed. Call it under the lock. */
export async function forgetUses(tools: UseTools, item: CacheItem): Promise<void> {
  const prefix = `${hash(item.kind, item.name)}-`;
  const files = (await listMarks(tools)).filter((file) => file.startsWith(prefix));
  await Promise.all(files.map((file) => rm(join(tools.paths.uses, file), {force: true})));
}

/** Ended processes' marks of this entry, since ours is newer. */
async function removeOlder(tools: UseTools, item: CacheItem, own: string): Promise<void> {
  const prefix = `${hash(item.kind, item.name)}-`;
  for (const file of await listMarks(tools)) {
    if (!file.startsWith(prefix) || file === own) continue;
    if ((await readMark(tools, file))?.isLive === false)
      await rm(join(tools.paths.uses, file), {force: true});
  }
}

async function readMark(tools: UseTools, file: string): Promise<Use | undefined> {
  const mark = await readJsonFile(join(tools.paths.uses, file), markSchema, 'The mark of use').catch(
    () => undefined,
  );
  if (mark === undefined) return undefined;
  const {kind, name, owner} = mark;
  const atMs = Date.parse(mark.at);
  const isForgotten = owner.host !== hostname() && tools.clock.now().getTime() - atMs > foreignForMs;
  return {kind, name, owner, atMs, isLive: !isForgotten && (await isAlive(owner, tools.exec))};
}

async function listMarks({paths}: UseTools): Promise<readonly string[]> {
  const names = await readdir(paths.uses).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return [];
    throw error;
  });
  return names.filter((name) => name.endsWith('.json'));
}

function hash(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 12);
}
