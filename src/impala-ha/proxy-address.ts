// How a client writes the proxy's address, and whether it needs TLS. Pure.
import type {Frontend} from './frontends.ts';
import type {HaSpec, TlsSpec} from './spec-schema.ts';

export const hasTls = (tls: TlsSpec | undefined): boolean => tls !== undefined && tls.mode !== 'none';
export const joinHost = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
export const proxyAt = ({proxy}: HaSpec, {port}: Frontend): string => joinHost(proxy.host, port);
