// A certificate authority of this rig's own, and a certificate for the address that it listens on. Made once in a folder.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

/** @param {string} folder @param {readonly string[]} addresses IP addresses that the certificate is for. */
export function openCertificates(folder, addresses) {
  mkdirSync(folder, {recursive: true});
  const at = (name) => join(folder, name);
  const openssl = (...words) => execFileSync('openssl', words, {stdio: 'ignore'});
  if (!existsSync(at('ca.crt'))) {
    openssl(
      ...[
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '3650',
        '-subj',
        '/CN=A repository like Cloudera',
      ],
      ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-keyout', at('ca.key'), '-out', at('ca.crt')],
    );
  }
  const name = `server-${addresses.join('-')}`;
  if (!existsSync(at(`${name}.crt`))) {
    writeFileSync(
      at('san'),
      `subjectAltName=${['DNS:localhost', ...addresses.map((ip) => `IP:${ip}`)].join(',')}\n`,
    );
    openssl(
      ...['req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost'],
      ...['-keyout', at(`${name}.key`), '-out', at(`${name}.csr`)],
    );
    openssl(
      ...[
        'x509',
        '-req',
        '-in',
        at(`${name}.csr`),
        '-CA',
        at('ca.crt'),
        '-CAkey',
        at('ca.key'),
        '-CAcreateserial',
      ],
      ...['-days', '3650', '-extfile', at('san'), '-out', at(`${name}.crt`)],
    );
  }
  return {caFile: at('ca.crt'), key: readFileSync(at(`${name}.key`)), cert: readFileSync(at(`${name}.crt`))};
}
