// The server: its new and its old address, a login, and what can go wrong on the way. Knows no Maven but its paths.
import {Buffer} from 'node:buffer';
import {createServer} from 'node:http';
import {createServer as createTlsServer} from 'node:https';

export const newPath = '/repository/cloudera-repos/';
export const oldPath = '/artifactory/cloudera-repos/';
const oldPaths = [oldPath, '/artifactory/libs-release-local/'];
const page = '<!DOCTYPE html><html><body><form>Sign in</form></body></html>';

/**
 * @typedef {{pattern: RegExp, kind: string}} Fault A status, or truncated, checksum, http, stranger, page, hang.
 * @param {{find: (path: string) => Promise<Buffer | undefined>, tls?: {key: Buffer, cert: Buffer} | undefined,
 *   login?: string | undefined, faults?: readonly Fault[], port: number, log?: (line: string) => void}} options
 */
export function createRepository({find, tls, login, faults = [], port, log = () => undefined}) {
  const expected = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
  const answer = async (request, response) => {
    const {pathname, host} = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`);
    const end = (status, body = '', headers = {}) => {
      log(`${request.method} ${status} ${pathname}`);
      response
        .writeHead(status, {'content-length': Buffer.byteLength(body), ...headers})
        .end(request.method === 'HEAD' ? '' : body);
    };
    const old = oldPaths.find((each) => pathname.startsWith(each));
    if (old !== undefined)
      return end(301, '', {
        location: `${tls === undefined ? 'http' : 'https'}://${host}${newPath}${pathname.slice(old.length)}`,
      });
    if (!pathname.startsWith(newPath)) return end(404, page);
    const path = decodeURIComponent(pathname.slice(newPath.length));
    if (expected !== undefined && request.headers.authorization !== expected)
      return end(401, page, {'www-authenticate': 'Basic realm="Sonatype Nexus Repository Manager"'});
    const fault = faults.find(({pattern}) => pattern.test(path))?.kind;
    if (fault === 'hang') return log(`${request.method} hang ${pathname}`);
    if (fault === 'page') return end(200, page);
    const elsewhere = {
      http: `http://${host.replace(/:\d+$/, '')}:${port + 1}`,
      stranger: `https://${host.replace(/:\d+$/, '')}:${port + 2}`,
    }[fault];
    if (elsewhere !== undefined) return end(302, '', {location: `${elsewhere}${pathname}`});
    if (/^\d+$/.test(fault ?? '')) return end(Number(fault), page);
    const bytes = await find(path);
    if (bytes === undefined) return end(404, page);
    if (fault === 'checksum' && path.endsWith('.sha1')) return end(200, '0'.repeat(40));
    if (fault === 'truncated' && !/\.(?:sha1|md5)$/.test(path) && request.method === 'GET') {
      log(`${request.method} truncated ${pathname}`);
      response
        .writeHead(200, {'content-length': bytes.length})
        .write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
      return undefined;
    }
    return end(200, bytes);
  };
  const listener = (request, response) => {
    answer(request, response).catch((error) => {
      log(`${request.method} 500 ${request.url}: ${error instanceof Error ? error.message : error}`);
      response.writeHead(500).end();
    });
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  // Maven keeps connections open, and this process makes a jar while nobody looks after them.
  server.keepAliveTimeout = 600_000;
  return server;
}
