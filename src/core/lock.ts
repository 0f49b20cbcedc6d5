// Locks between processes of this host, as files that name their owner. A dead owner's lock is taken over.
import {randomUUID} from 'node:crypto';
import {link, lstat, readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {hasErrorCode} from './errors.ts';
import type {Clock} from './clock.ts';
import {readRegular, writeNew} from './regular-file.ts';
import {
  isAlive,
  isElsewhere,
  nameProcess,
  processIdentitySchema,
  readOwnIdentity,
  type LivenessTools,
  type ProcessIdentity,
} from './process-identity.ts';

export interface LockTools extends LivenessTools {
  readonly clock: Clock;
  /** Ends every wait for a lock: the operator's first signal. */
  readonly signal?: AbortSignal | undefined;
  /** Told of every wait, once. */
  readonly announce?: (line: string) => void;
}

export interface LockOptions {
  /** What the holder of the lock does, for the announcement: `builds the box debian`. */
  readonly doing: string;
  /** Replaces the one in the tools. */
  readonly signal?: AbortSignal | undefined;
  /** Replaces the one in the tools. */
  readonly announce?: ((line: string) => void) | undefined;
  /** A lock that is held for milliseconds is waited for in silence, so long. */
  readonly quietMs?: number;
  /** Of the lock's file: other users must be able to read a lock that they share. */
  readonly mode?: number;
}

/** An identity has some hundred bytes. */
const limitBytes = 4096;

/**
 * Runs `work` while no other process of this host holds the lock at `path` (its folder must be there).
 * Waits as long as somebody else holds it; says so once, and ends with an AbortError when the signal comes.
 */
export async function withLock<T>(
  path: string,
  tools: LockTools,
  work: () => Promise<T>,
  options: LockOptions,
): Promise<T> {
  const {signal = tools.signal, announce = tools.announce, quietMs = 0} = options;
  const startMs = tools.clock.monotonicMs();
  let isAnnounced = false;
  for (;;) {
    const owner = await takeLock(path, tools, options.mode);
    if (owner === undefined) break;
    if (!isAnnounced && tools.clock.monotonicMs() - startMs >= quietMs) {
      isAnnounced = true;
      announce?.(await describeWait(path, owner, options.doing, tools));
    }
    await tools.clock.sleep(200, signal);
  }
  try {
    return await work();
  } finally {
    await rm(path, {force: true});
  }
}

/** Which process we wait for, since when, and what to type if nobody here can tell whether it still runs. */
async function describeWait(
  path: string,
  owner: ProcessIdentity,
  doing: string,
  {exec}: LockTools,
): Promise<string> {
  const self = await readOwnIdentity(exec);
  const since = await lstat(path).then(
    ({mtime}) => `, since ${mtime.toISOString().slice(0, 19)}Z`,
    () => '',
  );
  const who = nameProcess(owner, self);
  const line = `Waiting: ${who} ${doing}${since}.`;
  if (!isElsewhere(owner, self)) return line;
  return `${line} Whether it still runs cannot be seen from here; if that host is gone, type: build-spark reap --host ${owner.host}`;
}

/** Like withLock, but gives up at once. @returns undefined when somebody else holds the lock. */
export async function tryLock<T>(
  path: string,
  tools: LockTools,
  work: () => Promise<T>,
): Promise<T | undefined> {
  if ((await takeLock(path, tools)) !== undefined) return undefined;
  try {
    return await work();
  } finally {
    await rm(path, {force: true});
  }
}

/** Names us, beside the lock. @returns Its path; whoever calls removes it. */
async function writeDraft(path: string, tools: LockTools, mode = 0o600): Promise<string> {
  const draft = `${path}.${randomUUID()}`;
  await writeNew(draft, JSON.stringify(await readOwnIdentity(tools.exec)), mode);
  return draft;
}

/** @returns undefined when the lock is ours now, else who holds it. */
async function takeLock(path: string, tools: LockTools, mode?: number): Promise<ProcessIdentity | undefined> {
  // Written whole beside it and linked: link() fails when the lock is there, and no half-written lock is ever seen.
  const draft = await writeDraft(path, tools, mode);
  try {
    for (;;) {
      if (await linkNew(draft, path)) return undefined;
      const owner = await readOwner(path);
      if (owner === 'gone') continue;
      if (owner !== 'damaged' && (await isAlive(owner, tools))) return owner;
      await breakLock(path, draft, tools);
    }
  } finally {
    await rm(draft, {force: true});
  }
}

/** @returns false when something is there already. */
async function linkNew(from: string, to: string): Promise<boolean> {
  return link(from, to).then(
    () => true,
    (error: unknown) => {
      if (hasErrorCode(error, 'EEXIST')) return false;
      throw error;
    },
  );
}

/** A link, a pipe or anything else in its place is a damaged lock. */
async function readOwner(path: string): Promise<ProcessIdentity | 'gone' | 'damaged'> {
  try {
    const text = (await readRegular(path, limitBytes)).toString('utf8');
    const parsed = processIdentitySchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : 'damaged';
  } catch (error) {
    if (hasErrorCode(error, 'EACCES', 'EPERM', 'EIO', 'EMFILE', 'ENFILE', 'ESTALE')) throw error; // Not the lock's fault.
    return hasErrorCode(error, 'ENOENT') ? 'gone' : 'damaged';
  }
}

/**
 * Takes a dead owner's lock away. One process at a time does so, and looks again first: as long as the dead owner's
 * name is in the lock nobody else can take it, so what is removed is never a living owner's.
 * @param draft A file that names us.
 */
async function breakLock(path: string, draft: string, tools: LockTools): Promise<void> {
  const breaker = `${path}.breaking`;
  if (!(await linkNew(draft, breaker))) {
    if (await isDead(breaker, tools))
      await rm(breaker, {force: true}); // Left by a process that was killed between these lines.
    else await tools.clock.sleep(5);
    return;
  }
  try {
    if (await isDead(path, tools)) await rm(path, {force: true});
  } finally {
    await rm(breaker, {force: true});
  }
}

/** A draft is written at once; one without a whole name in it after so long is a killed process's. */
const draftForMs = 3_600_000;

/** Takes away what killed processes left in a folder of locks; they would be taken over when next needed, which may be never. */
export async function removeDeadLocks(folder: string, tools: LockTools): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  // First the drafts, and the marks of those who were breaking a lock. One that cannot be read is just being written.
  for (const name of names.filter((each) => /\.lock\.[\w-]+$/.test(each))) {
    const path = join(folder, name);
    const owner = await readOwner(path).catch(() => 'gone' as const); // Another user's is theirs to remove.
    const isLeft =
      owner === 'damaged' ? await isOlder(path, tools) : owner !== 'gone' && !(await isAlive(owner, tools));
    if (isLeft) await rm(path, {force: true}).catch(() => undefined);
  }
  for (const name of names.filter((each) => each.endsWith('.lock'))) {
    const path = join(folder, name);
    if (!(await isDead(path, tools).catch(() => false))) continue;
    const draft = await writeDraft(path, tools);
    await breakLock(path, draft, tools).finally(() => rm(draft, {force: true}));
  }
}

async function isOlder(path: string, {clock}: LockTools): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isDirectory() === false && clock.now().getTime() - stats.mtimeMs > draftForMs;
}

async function isDead(path: string, tools: LockTools): Promise<boolean> {
  const owner = await readOwner(path);
  return owner === 'damaged' || (owner !== 'gone' && !(await isAlive(owner, tools)));
}
