// Takes a daemon out before maintenance, and puts it back: no new clients, and a wait for those it has. Through the
// runtime socket only: a reload keeps it (apply carries it over), a restart of HAProxy forgets it.
import type {Clock} from '../core/clock.ts';
import {BuildError, UsageError} from '../core/errors.ts';
import type {Frontend} from './frontends.ts';
import {
  forgetStickEntries,
  isUp,
  readServers,
  setServerState,
  type RuntimeSocket,
  type ServerState,
} from './runtime-socket.ts';

export interface DrainTools {
  readonly socket: RuntimeSocket;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

class SessionsLeftError extends BuildError {}

/** @returns The daemon in each backend that it is part of. @throws UsageError when the spec has no such daemon. */
export async function readDaemon(
  socket: RuntimeSocket,
  frontends: readonly Frontend[],
  name: string,
  signal?: AbortSignal,
): Promise<readonly ServerState[]> {
  const own = frontends.filter(({servers}) => servers.some((server) => server.name === name));
  if (own.length === 0) {
    const names = new Set(frontends.flatMap(({servers}) => servers.map((server) => server.name)));
    throw new UsageError(
      `The spec has no daemon ${JSON.stringify(name)}.`,
      `It has: ${[...names].join(', ')}.`,
    );
  }
  const servers = await readServers(socket, signal);
  return own.map(({backendName}) => {
    const found = servers.find(({backend, server}) => backend === backendName && server === name);
    if (found !== undefined) return found;
    throw new BuildError(
      `HAProxy does not know ${backendName}/${name}: it runs with the configuration of another spec.`,
      'Type: impala-ha apply --spec <this file>',
    );
  });
}

/** New clients go elsewhere from now on; those that are there stay. @throws UsageError when no other daemon is left. */
export async function drainDaemon(
  {socket, signal}: DrainTools,
  frontends: readonly Frontend[],
  name: string,
  options: {readonly isForced: boolean},
): Promise<void> {
  const daemon = await readDaemon(socket, frontends, name, signal);
  if (!options.isForced) {
    const all = await readServers(socket, signal);
    const last = daemon.filter(
      ({backend}) => !all.some((other) => other.backend === backend && other.server !== name && isUp(other)),
    );
    if (last.length > 0)
      throw new UsageError(
        `Without ${name} no daemon would be left in ${last.map(({backend}) => backend).join(', ')}.`,
        'Bring another daemon up first; or add --force.',
      );
  }
  for (const server of daemon) await setServerState(socket, server, 'drain');
  // An address that stays with its server would be sent there even now: HAProxy lets persistence win over drain.
  for (const server of daemon) await forgetStickEntries(socket, server);
}

/**
 * @param onWait Called now and then with the number of connections that are left.
 * @throws SessionsLeftError when some are left after `limitMs`; the daemon stays drained.
 */
export async function waitUntilEmpty(
  {socket, clock, signal}: DrainTools,
  frontends: readonly Frontend[],
  name: string,
  limitMs: number,
  onWait: (sessions: number) => void = () => undefined,
): Promise<void> {
  const endMs = clock.monotonicMs() + limitMs;
  for (;;) {
    const daemon = await readDaemon(socket, frontends, name, signal);
    const sessions = daemon.reduce((sum, server) => sum + server.sessions, 0);
    if (sessions === 0) return;
    onWait(sessions);
    if (clock.monotonicMs() >= endMs)
      throw new SessionsLeftError(
        `${name} still has ${sessions} connections; it gets no new ones.`,
        `Wait longer with --wait 2h, or stop it now, which cuts them; to bring it back: impala-ha undrain ${name}`,
      );
    await clock.sleep(500, signal);
  }
}

export async function undrainDaemon(
  {socket, signal}: DrainTools,
  frontends: readonly Frontend[],
  name: string,
): Promise<void> {
  for (const server of await readDaemon(socket, frontends, name, signal))
    await setServerState(socket, server, 'ready');
}

/** @throws BuildError with the reason when it is not up after `limitMs`. */
export async function waitUntilUp(
  {socket, clock, signal}: DrainTools,
  frontends: readonly Frontend[],
  name: string,
  limitMs: number,
): Promise<void> {
  const endMs = clock.monotonicMs() + limitMs;
  for (;;) {
    const daemon = await readDaemon(socket, frontends, name, signal);
    const down = daemon.find((server) => !isUp(server));
    if (down === undefined) return;
    if (clock.monotonicMs() >= endMs)
      throw new BuildError(
        `${name} is not up after ${Math.round(limitMs / 1_000)} s: ${down.backend} says ${[down.status, down.check, down.reason].filter((word) => word !== '').join(', ')}.`,
        `Look at ${name} itself; then: impala-ha status --spec <file>`,
      );
    await clock.sleep(200, signal);
  }
}
