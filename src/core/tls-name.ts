// Says by which name a TLS server is asked for and its certificate is checked. Pure.
import {isIP} from 'node:net';

/**
 * Options of `tls.connect` and of requests over https.
 * @param host A name or an address, IPv6 with or without brackets.
 * @returns Node checks the certificate against `servername`, and against `host` where there is none. An address must
 * not be sent as a server's name (RFC 6066, section 3): Node 26 throws for it, older ones warn.
 */
export function planTlsName(host: string): {readonly host: string; readonly servername?: string} {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  return isIP(bare) === 0 ? {host: bare, servername: bare} : {host: bare};
}
