// What a provider cannot do for two machines at once is done one after the other, across all copies of the tool on
// this host. Wraps any machine; knows no provider's commands.
import {constants} from 'node:fs';
import {access, mkdir, open} from 'node:fs/promises';
import {userInfo} from 'node:os';
import {join} from 'node:path';
import {hasErrorCode} from '../core/errors.ts';
import {withLock, type LockTools} from '../core/lock.ts';
import type {Machine, WorkOptions} from './machine.ts';
import {findRow} from './providers/table.ts';

const destroyPatienceMs = 150_000;

/** Open to all users: each may break the lock of another's dead process, which a sticky folder would not allow. */
const sharedMode = 0o777;

/**
 * A folder that the users of this host share: below /run/lock (Linux) or /tmp (macOS, where TMPDIR is a user's own),
 * both gone after a boot, as the locks' owners are. It has to be root's or our own: whoever owns a folder may put
 * another one in its place. The worst that other users can do in it is to hold a lock, or to take one away.
 * @param fallback Our own, where no shared one can be used: then only copies of the same user wait for each other.
 * @param announce Told why, where one is there that cannot be used.
 */
export async function openLockFolder(
  fallback: string,
  announce?: (line: string) => void,
  candidates: readonly string[] = ['/run/lock', '/tmp'],
): Promise<string> {
  for (const parent of candidates) {
    const folder = join(parent, 'build-spark');
    const reason = await findObstacle(folder);
    if (reason === undefined) return folder;
    if (reason !== 'none')
      announce?.(
        `${folder} is not used for locks, so this does not wait for other users' builds: ${reason}.`,
      );
  }
  await mkdir(fallback, {recursive: true, mode: 0o700});
  return fallback;
}

/** @returns Why it cannot be used; `none` where no such folder can be. */
async function findObstacle(folder: string): Promise<string | undefined> {
  const isNew = await mkdir(folder, 0o700).then(
    () => true,
    (error: unknown) => hasErrorCode(error, 'EEXIST') && 'there',
  );
  if (isNew === false) return 'none';
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW).catch(
    () => undefined,
  );
  if (handle === undefined) return 'it is not a folder, or closed to this user'; // A link may lead anywhere.
  try {
    const {uid} = await handle.stat();
    const own = userInfo().uid;
    if (uid !== 0 && uid !== own) return `it belongs to user ${uid}, neither to root nor to you`;
    if (isNew === true) await handle.chmod(sharedMode); // Whatever the umask is.
    if (((await handle.stat()).mode & 0o1000) !== 0) return 'it is sticky';
  } finally {
    await handle.close();
  }
  return access(folder, constants.W_OK).then(
    () => undefined,
    () => 'this user may not write to it',
  );
}

export interface ProviderLock {
  readonly wrap: (machine: Machine) => Machine;
}

/** @param findFolder Called when a lock is first needed: most providers need none. */
export function createProviderLock(findFolder: () => Promise<string>, tools: LockTools): ProviderLock {
  const booted = new Set<string>();
  let folder: Promise<string> | undefined;
  const inTurn = async (
    {provider, id}: Machine['spec'],
    {signal, onLine}: WorkOptions,
    work: () => Promise<void>,
  ): Promise<void> => {
    folder ??= findFolder();
    await withLock(join(await folder, `${provider}.lock`), tools, work, {
      signal,
      mode: 0o644,
      doing: `works on a machine of ${provider}, one at a time, and ${id} is next`,
      announce: onLine && ((line) => onLine(line, 'stdout')),
    });
  };
  return {
    wrap: (machine) => {
      const {spec} = machine;
      const serial = spec.provider === 'fake' ? 'never' : findRow(spec.provider).serial;
      if (serial === 'never') return machine;
      const boxKey = `${spec.provider} ${spec.box.name}`;
      return {
        ...machine,
        up: async (data, options) => {
          const up = (): Promise<void> => machine.up(data, options);
          if (serial === 'first-up' && booted.has(boxKey)) return up();
          return inTurn(spec, options, async () => {
            await up();
            booted.add(boxKey);
          });
        },
        destroy: async (options) => {
          if (serial !== 'always') return machine.destroy(options);
          // Its turn may come too late for the deadline of a cleanup, and a machine that is left behind is worse than a race:
          // destroying asks the provider, and tries again.
          const patience = AbortSignal.timeout(destroyPatienceMs);
          const signal = AbortSignal.any([options.signal, patience]);
          let hasBegun = false;
          const destroy = (): Promise<void> => {
            hasBegun = true;
            return machine.destroy(options);
          };
          await inTurn(spec, {...options, signal}, destroy).catch(async (error: unknown) => {
            if (hasBegun || !patience.aborted || options.signal.aborted) throw error;
            await destroy();
          });
        },
      };
    },
  };
}
