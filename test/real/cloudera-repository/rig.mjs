// Starts the whole of it on this host: what it serves, its certificate, its two ports. For serve.mjs and the tests.
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';
import process from 'node:process';
import {openArtifacts} from './artifacts.mjs';
import {openBaseArtifacts} from './base-artifacts.mjs';
import {openCertificates} from './certificates.mjs';
import {createRepository, newPath, oldPath} from './server.mjs';

const root = join(import.meta.dirname, '../../..');
const caches = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
const folder = join(caches, 'build-spark-test/cloudera-repository');

/** What is made once is kept for all servers of this process. */
let finding;

function openFind() {
  const cache = join(caches, 'build-spark');
  const read = (name) => JSON.parse(readFileSync(join(root, name), 'utf8'));
  const releases = read('data/releases.json')
    .map(({cdhVersion}) => cdhVersion)
    .filter((cdh) => /^\d+\.\d+\.\d+$/.test(cdh ?? ''));
  return openArtifacts({
    base: openBaseArtifacts({folder: join(folder, 'files'), cache}),
    data: read('patches/dependencies/versions.json'),
    ...{releases, cache, root},
  });
}

/**
 * @param {{address: string, port: number, login?: string, faults?: readonly {pattern: RegExp, kind: string}[],
 *   isPlain?: boolean, isOldPath?: boolean, log?: (line: string) => void}} options TLS on `port`, plain http on the
 *   next, and on the one after it TLS with a certificate that nobody was told of.
 */
export async function openRig({address, port, login, faults = [], isPlain = false, isOldPath = false, log}) {
  finding ??= openFind();
  const {caFile, ...tls} = openCertificates(join(folder, 'tls'), [address]);
  const strange = openCertificates(join(folder, 'tls-of-a-stranger'), [address]);
  const common = {find: finding, login: login === undefined ? undefined : decodeURIComponent(login), log};
  const servers = [
    createRepository({...common, faults, port, tls: isPlain ? undefined : tls}),
    createRepository({find: finding, log, port}),
    createRepository({find: finding, log, port, tls: strange}),
  ];
  for (const [index, server] of servers.entries())
    await once(server.listen(port + index, address), 'listening');
  const scheme = isPlain ? 'http' : 'https';
  const place = `${address}:${port}${isOldPath ? oldPath : newPath}`;
  const user = login === undefined ? '' : `${login}@`;
  return {
    caFile,
    url: `${scheme}://${user}${place}`,
    /** Without the login. */
    openUrl: `${scheme}://${place}`,
    close: async () => {
      for (const server of servers) {
        server.closeAllConnections();
        await once(server.close(), 'close');
      }
    },
  };
}
