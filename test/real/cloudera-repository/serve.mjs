#!/usr/bin/env node
// A server of ours that answers as Cloudera's Maven repository does, of Apache's artifacts under Cloudera's versions:
//   node test/real/cloudera-repository/serve.mjs [--address 10.0.3.1] [--port 8443] [--login user:password]
//     [--fault <pattern>=401|403|404|503|truncated|checksum|http|page|hang]... [--plain] [--log <file>]
// It prints what to type beside it, and goes on until it is interrupted. On --port it speaks TLS with a certificate
// authority of its own (--plain: none), on the port after it plain http. Needs Maven, a JDK, openssl and unzip.
import {appendFileSync, readFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';
import process from 'node:process';
import {parseArgs} from 'node:util';
import {openArtifacts} from './artifacts.mjs';
import {openBaseArtifacts} from './base-artifacts.mjs';
import {openCertificates} from './certificates.mjs';
import {createRepository, newPath} from './server.mjs';

const {values} = parseArgs({
  options: {
    address: {type: 'string', default: '10.0.3.1'},
    port: {type: 'string', default: '8443'},
    login: {type: 'string'},
    fault: {type: 'string', multiple: true, default: []},
    plain: {type: 'boolean', default: false},
    log: {type: 'string'},
  },
});
const root = join(import.meta.dirname, '../../..');
const caches = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
const cache = join(caches, 'build-spark');
const folder = join(caches, 'build-spark-test/cloudera-repository');
const read = (name) => JSON.parse(readFileSync(join(root, name), 'utf8'));
const releases = read('data/releases.json')
  .map(({cdhVersion}) => cdhVersion)
  .filter((cdh) => /^\d+\.\d+\.\d+$/.test(cdh ?? ''));
const find = openArtifacts({
  base: openBaseArtifacts({folder: join(folder, 'files'), cache}),
  data: read('patches/dependencies/versions.json'),
  ...{releases, cache, root},
});
const faults = values.fault.map((text) => {
  const at = text.lastIndexOf('=');
  return {pattern: new RegExp(text.slice(0, at)), kind: text.slice(at + 1)};
});
const {caFile, ...tls} = openCertificates(join(folder, 'tls'), [values.address]);
const log = (line) =>
  values.log === undefined ? undefined : appendFileSync(values.log, `${new Date().toISOString()} ${line}\n`);
const port = Number(values.port);
const common = {find, login: values.login, log};
createRepository({...common, faults, plainPort: () => port + 1, tls: values.plain ? undefined : tls}).listen(
  port,
  values.address,
  () => {
    const login = values.login === undefined ? '' : `${values.login}@`;
    const url = `${values.plain ? 'http' : 'https'}://${login}${values.address}:${port}${newPath}`;
    process.stdout.write(`bin/build-spark --cdh 5.7.0 --mirror cdh.repo=${url} --ca-cert ${caFile}\n`);
  },
);
createRepository(common).listen(port + 1, values.address);
