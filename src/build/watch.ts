// Watches, while a build runs, what would make it hang or fail without a word: the host's disks, and the machine itself.
import {readFreeBytes} from '../core/disk.ts';
import type {BuildContext} from './context.ts';
import {DiskFullError, MachineGoneError} from './failures.ts';

const intervalMs = 10_000;
/** Below this a build is stopped, while there is still room to clean up. */
export const minimumFreeBytes = 512 * 1024 ** 2;

/** @returns How to stop watching. Findings go to `context.fail`. */
export function watchHost(context: BuildContext): () => void {
  const timer = setInterval(() => {
    void lookAtDisks(context).catch(() => undefined);
    void lookAtMachine(context).catch(() => undefined);
  }, intervalMs);
  return () => clearInterval(timer);
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
