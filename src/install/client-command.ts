// Renders how a client reaches the server that an install makes. Pure.
import {quoteCommand} from '../core/quote.ts';
import type {NodeFacts} from './node-facts.ts';
import {findKerberos, isKerberos} from './kerberos.ts';
import {findBindHost} from './overlay-files.ts';
import type {InstallRequest} from './node-settings.ts';

/** The name or address that clients use. */
export function findReached(request: InstallRequest, facts: NodeFacts): string {
  const host = facts.server.host ?? findBindHost(request, facts);
  return host === '0.0.0.0' ? facts.hostName : host;
}

export function renderUrl(request: InstallRequest, facts: NodeFacts): string {
  const {mode, port, httpPath, usesSsl, authentication} = facts.server;
  const login = findKerberos(request, facts);
  const more = [
    ...(isKerberos(facts) && login !== undefined ? [`principal=${login.principal}`] : []),
    ...(usesSsl ? ['ssl=true'] : []),
    ...(mode === 'http' ? ['transportMode=http', `httpPath=${httpPath}`] : []),
    ...(authentication === 'NOSASL' ? ['auth=noSasl'] : []),
  ];
  const host = findReached(request, facts);
  const url = `jdbc:hive2://${host}:${port}`;
  return more.length === 0 ? url : `${url}/;${more.join(';')}`;
}

/** @param beeline Its path, or its name. */
export function renderBeeline(beeline: string, request: InstallRequest, facts: NodeFacts): string {
  // With Kerberos a ticket says who it is.
  const who = isKerberos(facts) ? [] : ['-n', request.user];
  return quoteCommand([beeline, '-u', renderUrl(request, facts), ...who, '-e', 'show tables']);
}
