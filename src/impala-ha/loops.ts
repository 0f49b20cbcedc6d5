// Daemons that are the proxy itself: on its own host, at a port that it has. HAProxy would connect to itself, count itself
// as up, and keep the daemon from its port. Pure; who knows more of names and addresses finds more.
import {isIPv4} from 'node:net';
import type {Frontend} from './frontends.ts';
import type {HaSpec} from './spec-schema.ts';

export interface Loop {
  readonly name: string;
  readonly path: readonly string[];
  readonly message: string;
}

interface Knowledge {
  /** Of a daemon's host. */
  readonly addressesOf: (host: string) => readonly string[];
  readonly isOwn: (address: string) => boolean;
}

export function findLoops(
  {proxy}: HaSpec,
  frontends: readonly Frontend[],
  {addressesOf, isOwn}: Knowledge,
): readonly Loop[] {
  const bind = new Set(proxy.bind.map((address) => address.toLowerCase()));
  const hasAll = (address: string): boolean => bind.has('::') || (bind.has('*') && isIPv4(address));
  const listensAt = (address: string): boolean =>
    bind.has(address.toLowerCase()) || (hasAll(address) && isOwn(address));
  const ports = new Set(frontends.map(({port}) => port));
  return frontends.flatMap(({path, servers}) =>
    servers
      .filter(({host, port}) => ports.has(port) && addressesOf(host).some(listensAt))
      .map(({name, host, port}) => ({
        name,
        path,
        message: `${name} (${host} port ${port}) is the proxy itself, which listens there; give the frontend another port, or bind an address that the daemon does not have`,
      })),
  );
}

export const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

/** What a spec alone says. */
export const knowledgeOfSpec = ({proxy}: HaSpec): Knowledge => ({
  addressesOf: (host) => {
    const name = host.toLowerCase();
    if (name === 'localhost') return ['127.0.0.1', '::1'];
    // With '*' the proxy's own name is one of its addresses; any of them will do.
    if (name === proxy.host.toLowerCase()) return [host, ...proxy.bind, '127.0.0.1'];
    return [host];
  },
  isOwn: isLoopback,
});
