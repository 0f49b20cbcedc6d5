// Watches, while a build runs, what would make it hang or fail without a word: the host's disks, and the machine itself.
import {readFreeBytes} from '../core/disk.ts';
import {guestHome, type BuildContext} from './build-context.ts';
import {DiskFullError, MachineGoneError} from './failures.ts';

const intervalMs = 10_000;
/** Below this a build is stopped, while there is still room to clean up. */
const minimumFreeBytes = 512 * 1024 ** 2;

/** @returns How to stop watching. Findings go to `context.fail`. */
export function watchHost(context: BuildContext): () => void {
  const timer = setInterval(() => {
    void lookAtDisks(context).catch(() => undefined);
    void lookAtMachine(context).catch(() => undefined);
  }, intervalMs);
  return () => clearInterval(timer);
}

/**
 * How much room is left where it is least, of this host and of the machine; for the diagnosis, since the end of a machine
 * makes room. Never throws. @returns undefined when nobody could tell.
 */
export async function readRoom({tools, guest}: BuildContext): Promise<number | undefined> {
  const host = await Promise.allSettled(tools.watchedFolders.map(readFreeBytes));
  const ask = (option: string): Promise<readonly number[]> =>
    guest === undefined
      ? Promise.resolve([])
      : guest
          .run(['df', option, guestHome, '/tmp'], {signal: AbortSignal.timeout(10_000)})
          .then(({stdout}) => parseFree(stdout));
  const inMachine = await Promise.allSettled([
    ask('-Pk').then((all) => all.map((kib) => kib * 1024)),
    ask('-Pi').then((all) => all.map((inodes) => (inodes < 100 ? 0 : Infinity))),
  ]);
  const known = [...host, ...inMachine].flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  const least = Math.min(...known);
  return Number.isFinite(least) ? least : undefined;
}

/** The fourth column of `df -P`; of file systems without a fixed number of inodes it is a dash. */
function parseFree(stdout: string): readonly number[] {
  const fields = stdout
    .split('\n')
    .slice(1)
    .map((line) => line.split(/\s+/));
  return fields
    .filter((all) => all[1] !== '0')
    .map((all) => Number(all[3]))
    .filter(Number.isFinite);
}

async function lookAtDisks({tools, plan, fail}: BuildContext): Promise<void> {
  for (const folder of tools.watchedFolders) {
    const freeBytes = await readFreeBytes(folder);
    if (freeBytes >= minimumFreeBytes || !tools.mayStopForDisk(plan.buildId)) continue;
    fail(new DiskFullError(folder, freeBytes));
  }
}

/** A machine that is stopped behind our back leaves a connection that nobody closes. */
async function lookAtMachine(context: BuildContext): Promise<void> {
  const {machine, guest, fail, signal} = context;
  if (machine === undefined || guest === undefined) return;
  const state = await machine.state(signal);
  // By now the build itself may have destroyed it.
  if (state === 'running' || context.machine !== machine || context.guest !== guest) return;
  fail(new MachineGoneError(machine.spec.id, state));
}
