// The login of a build in its machine: makes it, and tells a lost connection from a machine that is gone.
import {need, type BuildContext} from './build-context.ts';
import {MachineGoneError} from './failures.ts';

/** Idempotent: an older login is closed. */
export async function connect(context: BuildContext): Promise<void> {
  context.guest?.close();
  context.guest = await need(context.machine, 'the machine').connect(context.signal);
}

/** @throws MachineGoneError when the provider says that the machine does not run. */
export async function throwWhenGone({machine, clock, signal}: BuildContext): Promise<void> {
  // The connection breaks some moments before the provider knows.
  for (let attempt = 0; attempt < 4 && machine !== undefined && !signal.aborted; attempt++) {
    const state = await machine.state(signal).catch(() => 'running' as const);
    if (state !== 'running') throw new MachineGoneError(machine.spec.id, state);
    await clock.sleep(500, signal);
  }
}
