#!/usr/bin/env node
// A server of ours that answers as Cloudera's Maven repository does, of Apache's artifacts under Cloudera's versions:
//   node test/real/cloudera-repository/serve.mjs [--address 10.0.3.1] [--port 8443] [--login user:password]
//     [--fault <pattern>=401|403|404|503|truncated|checksum|http|stranger|page|hang]... [--plain] [--log <file>]
// It prints what to type beside it, and goes on until it is interrupted. On --port it speaks TLS with a certificate
// authority of its own (--plain: none). Needs Maven, a JDK, openssl and unzip.
import {appendFileSync} from 'node:fs';
import process from 'node:process';
import {parseArgs} from 'node:util';
import {openRig} from './rig.mjs';

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
const {address, login, log} = values;
const {url, caFile} = await openRig({
  ...{address, login},
  port: Number(values.port),
  isPlain: values.plain,
  faults: values.fault.map((text) => {
    const at = text.lastIndexOf('=');
    return {pattern: new RegExp(text.slice(0, at)), kind: text.slice(at + 1)};
  }),
  log: (line) => {
    if (log !== undefined) appendFileSync(log, `${new Date().toISOString()} ${line}\n`);
  },
});
process.stdout.write(`bin/build-spark --cdh 5.7.0 --mirror cdh.repo=${url} --ca-cert ${caFile}\n`);
