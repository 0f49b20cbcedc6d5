// Looks through the runtime socket whether HAProxy runs with the new configuration and sees every server. Reads only.
import type {Clock} from '../core/clock.ts';
import {BuildError, describeError} from '../core/errors.ts';
import type {Frontend} from './frontends.ts';
import {
  isChecked,
  isDrained,
  isInMaintenance,
  isUp,
  readProcessInfo,
  readServers,
  RuntimeSocketError,
  type ProcessInfo,
  type RuntimeSocket,
  type ServerState,
} from './runtime-socket.ts';

export class ConfirmError extends BuildError {}

interface Waiting {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly limitMs: number;
}

/** @returns undefined where no HAProxy answers. */
export async function findProcess(
  socket: RuntimeSocket,
  signal: AbortSignal,
): Promise<ProcessInfo | undefined> {
  try {
    return await readProcessInfo(socket, signal);
  } catch (error) {
    if (error instanceof RuntimeSocketError) return undefined;
    throw error;
  }
}

/** @param oldPid Of the worker that answered before; the old one goes on with its connections, and no longer answers. */
export async function waitForWorker(
  socket: RuntimeSocket,
  oldPid: number | undefined,
  {clock, signal, limitMs}: Waiting,
): Promise<ProcessInfo> {
  const endMs = clock.monotonicMs() + limitMs;
  for (;;) {
    let last: string;
    try {
      const info = await readProcessInfo(socket, signal);
      if (info.pid !== oldPid) return info;
      last = `the old process ${info.pid} still answers`;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof RuntimeSocketError)) throw error;
      last = describeError(error);
    }
    if (clock.monotonicMs() > endMs)
      throw new ConfirmError(
        `HAProxy did not take the new configuration within ${limitMs / 1_000} s: ${last}.`,
        'Look at its log on that host: journalctl -u haproxy, or /var/log/haproxy.log.',
      );
    await clock.sleep(200, signal);
  }
}

/**
 * @param before As they were with the configuration before: those of others are waited for too, where they were up.
 * @returns The servers of our frontends, and those of others, each after its first check, or as far as it was checked in time.
 */
export async function waitForServers(
  socket: RuntimeSocket,
  frontends: readonly Frontend[],
  before: readonly ServerState[],
  {clock, signal, limitMs}: Waiting,
): Promise<{readonly ours: readonly ServerState[]; readonly others: readonly ServerState[]}> {
  const endMs = clock.monotonicMs() + limitMs;
  const wanted = frontends.flatMap(({backendName, servers}) =>
    servers.map(({name}) => `${backendName}/${name}`),
  );
  const wereUp = new Set(before.filter((server) => isUp(server)).map(({backend}) => backend));
  for (;;) {
    const all = await readServers(socket, signal);
    const isOurs = ({backend, server}: ServerState): boolean => wanted.includes(`${backend}/${server}`);
    const ours = all.filter((server) => isOurs(server));
    const others = all.filter((server) => !isOurs(server));
    const watched = [...ours, ...others.filter(({backend}) => wereUp.has(backend))];
    const missing = wanted.filter(
      (each) => !ours.some(({backend, server}) => `${backend}/${server}` === each),
    );
    if (missing.length > 0)
      throw new ConfirmError(
        `HAProxy runs, but does not know ${missing.join(', ')}: it runs with another file.`,
        'See which one, on that host: ps -o args -C haproxy',
      );
    if (watched.every((server) => isSettled(server)) || clock.monotonicMs() > endMs) return {ours, others};
    await clock.sleep(200, signal);
  }
}

/** A new server counts as up until its first checks failed, which is `UP 1/2` on the way. */
const isSettled = (server: ServerState): boolean => isChecked(server) && !/\d+\/\d+$/.test(server.status);

/** @returns Backends in which nobody is up, unless a person took them out. */
export function findDeadBackends(servers: readonly ServerState[]): readonly string[] {
  const backends = new Set(servers.map(({backend}) => backend));
  // HAProxy's own reasons are in brackets, such as `MAINT (resolution)`.
  const isWanted = (server: ServerState): boolean =>
    isUp(server) || isDrained(server) || (isInMaintenance(server) && !server.status.includes('('));
  return [...backends].filter(
    (name) => !servers.some((server) => server.backend === name && isWanted(server)),
  );
}

/** @returns Backends in which a server was up before, and now none is: then the new configuration is what is wrong. */
export function findLostBackends(
  before: readonly ServerState[],
  after: readonly ServerState[],
): readonly string[] {
  const backends = new Set(after.map(({backend}) => backend));
  const hasUp = (servers: readonly ServerState[], name: string): boolean =>
    servers.some((server) => server.backend === name && isUp(server));
  return [...backends].filter((name) => hasUp(before, name) && !hasUp(after, name));
}
