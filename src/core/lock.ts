// Locks between processes of this host, as files that name their owner. A dead owner's lock is taken over.
import {chmod, link, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {randomUUID} from 'node:crypto';
import {join} from 'node:path';
import {hasErrorCode} from './errors.ts';
import type {Clock} from './clock.ts';
import type {Exec} from './exec.ts';
import {isAlive, processIdentitySchema, readOwnIdentity, type ProcessIdentity} from './process-identity.ts';

export interface LockTools {
  readonly exec: Exec;
  readonly clock: Clock;
}

/**
 * Runs `work` while no other process of this host holds the lock at `path` (its folder must be there).
 * @param onWait Called once, with the owner, when somebody else holds it.
 */
export async function withLock<T>(
  path: string,
  tools: LockTools,
  work: () => Promise<T>,
  options: {
    readonly signal?: AbortSignal;
    readonly onWait?: (owner: ProcessIdentity) => void;
    /** Of the lock's file: other users must be able to read a lock that they share. */
    readonly mode?: number;
  } = {},
): Promise<T> {
  let hasWaited = false;
  for (;;) {
    const owner = await takeLock(path, tools, options.mode);
    if (owner === undefined) break;
    if (!hasWaited) options.onWait?.(owner);
    hasWaited = true;
    await tools.clock.sleep(200, options.signal);
  }
  try {
    return await work();
  } finally {
    await rm(path, {force: true});
  }
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

/** @returns undefined when the lock is ours now, else who holds it. */
async function takeLock(path: string, tools: LockTools, mode = 0o600): Promise<ProcessIdentity | undefined> {
  // Written whole beside it and linked: link() fails when the lock is there, and no half-written lock is ever seen.
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(await readOwnIdentity(tools.exec)), {mode: 0o600});
  if (mode !== 0o600) await chmod(draft, mode); // Whatever the umask is.
  try {
    for (;;) {
      const isOurs = await link(draft, path).then(
        () => true,
        (error: unknown) => {
          if (hasErrorCode(error, 'EEXIST')) return false;
          throw error;
        },
      );
      if (isOurs) return undefined;
      const owner = await readOwner(path);
      if (owner === 'gone') continue;
      if (owner !== 'damaged' && (await isAlive(owner, tools.exec))) return owner;
      await breakLock(path, draft, tools);
    }
  } finally {
    await rm(draft, {force: true});
  }
}

async function readOwner(path: string): Promise<ProcessIdentity | 'gone' | 'damaged'> {
  try {
    const parsed = processIdentitySchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return parsed.success ? parsed.data : 'damaged';
  } catch (error) {
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
  const isOurs = await link(draft, breaker).then(
    () => true,
    (error: unknown) => {
      if (hasErrorCode(error, 'EEXIST')) return false;
      throw error;
    },
  );
  if (!isOurs) {
    if (await isDead(breaker, tools))
      await rm(breaker, {force: true}); // Killed within these few lines.
    else await tools.clock.sleep(5);
    return;
  }
  try {
    if (await isDead(path, tools)) await rm(path, {force: true});
  } finally {
    await rm(breaker, {force: true});
  }
}

/** Takes away what killed processes left in a folder of locks; they would be taken over anyhow, but nobody may ever come. */
export async function removeDeadLocks(folder: string, tools: LockTools): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  // First the drafts, and the marks of those who were breaking a lock. One that cannot be read is just being written.
  for (const name of names.filter((each) => /\.lock\.[\w-]+$/.test(each))) {
    const owner = await readOwner(join(folder, name));
    if (typeof owner === 'object' && !(await isAlive(owner, tools.exec)))
      await rm(join(folder, name), {force: true});
  }
  for (const name of names.filter((each) => each.endsWith('.lock'))) {
    const path = join(folder, name);
    if (!(await isDead(path, tools))) continue;
    const draft = `${path}.${randomUUID()}`;
    await writeFile(draft, JSON.stringify(await readOwnIdentity(tools.exec)), {mode: 0o600});
    await breakLock(path, draft, tools).finally(() => rm(draft, {force: true}));
  }
}

async function isDead(path: string, tools: LockTools): Promise<boolean> {
  const owner = await readOwner(path);
  return owner === 'damaged' || (owner !== 'gone' && !(await isAlive(owner, tools.exec)));
}
