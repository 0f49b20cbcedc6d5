// Locks between processes of this host, as files that name their owner. A dead owner's lock is taken over.
import {link, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {randomUUID} from 'node:crypto';
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
  options: {readonly signal?: AbortSignal; readonly onWait?: (owner: ProcessIdentity) => void} = {},
): Promise<T> {
  let hasWaited = false;
  for (;;) {
    const owner = await takeLock(path, tools);
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
async function takeLock(path: string, tools: LockTools): Promise<ProcessIdentity | undefined> {
  // Written whole beside it and linked: link() fails when the lock is there, and no half-written lock is ever seen.
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(await readOwnIdentity(tools.exec)), {mode: 0o600});
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
      await breakLock(path, owner);
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

/** Moves a dead owner's lock away, and back if another process had replaced it by then. */
async function breakLock(path: string, dead: ProcessIdentity | 'damaged'): Promise<void> {
  const grave = `${path}.${randomUUID()}`;
  try {
    await rename(path, grave);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return;
    throw error;
  }
  const moved = await readOwner(grave);
  if (JSON.stringify(moved) !== JSON.stringify(dead)) await link(grave, path).catch(() => undefined);
  await rm(grave, {force: true});
}
