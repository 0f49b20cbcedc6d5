// What a reload of HAProxy forgets: which client stays with which server, and which servers are drained. Reads it from the
// old process and writes it to the new one. Knows the runtime socket only.
import {
  isDrained,
  isInMaintenance,
  readServers,
  readStickTable,
  setServerState,
  writeStickEntry,
  type AdminState,
  type RuntimeSocket,
} from './runtime-socket.ts';

export interface Carried {
  /** By name: the numbers of servers are those of their lines in the configuration. */
  readonly clients: readonly {readonly backend: string; readonly key: string; readonly server: string}[];
  readonly states: readonly {readonly backend: string; readonly server: string; readonly state: AdminState}[];
}

export const nothingCarried: Carried = {clients: [], states: []};

/** @param stickyBackends Those of the new configuration; the old one may not know them. */
export async function readCarried(
  socket: RuntimeSocket,
  stickyBackends: readonly string[],
  signal?: AbortSignal,
): Promise<Carried> {
  const servers = await readServers(socket, signal);
  const clients: Carried['clients'][number][] = [];
  for (const backend of stickyBackends) {
    for (const {key, serverId} of await readStickTable(socket, backend)) {
      const found = servers.find((each) => each.backend === backend && each.id === serverId);
      if (found !== undefined) clients.push({backend, key, server: found.server});
    }
  }
  const states = servers.flatMap(({backend, server, status}): Carried['states'] => {
    if (isDrained({status})) return [{backend, server, state: 'drain'}];
    // HAProxy's own reasons are in brackets, such as `MAINT (resolution)`.
    return isInMaintenance({status}) && !status.includes('(') ? [{backend, server, state: 'maint'}] : [];
  });
  return {clients, states};
}

/** Servers first, or new clients would be given to a drained one. @returns How much of it the new configuration knows. */
export async function writeCarried(
  socket: RuntimeSocket,
  {clients, states}: Carried,
  signal?: AbortSignal,
): Promise<{readonly clients: number; readonly states: readonly string[]}> {
  if (clients.length + states.length === 0) return {clients: 0, states: []};
  const servers = await readServers(socket, signal);
  const find = (backend: string, server: string) =>
    servers.find((each) => each.backend === backend && each.server === server);
  const kept: string[] = [];
  for (const {backend, server, state} of states) {
    if (find(backend, server) === undefined) continue;
    await setServerState(socket, {backend, server}, state);
    kept.push(`${backend}/${server} ${state}`);
  }
  let count = 0;
  for (const {backend, server, key} of clients) {
    const id = find(backend, server)?.id;
    if (id === undefined) continue;
    await writeStickEntry(socket, backend, {key, serverId: id});
    count += 1;
  }
  return {clients: count, states: kept};
}
