// What `install --spec-out` writes is what impala-ha reads.
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {parseSpec} from '../../src/impala-ha/spec.ts';
import {renderBalancerSpec} from '../../src/install/balancer-spec.ts';
import type {NodeFacts} from '../../src/install/node-facts.ts';
import {checkSpecOut, writeSpecOut} from '../../src/install/spec-out.ts';
import {makeFolder} from '../distribution/fake-dist.ts';
import {facts, request} from './facts.ts';

const proxy = 'proxy: {host: sql.example.com, bind: [192.0.2.10]}\n';
const asked = {...request, bindHost: undefined};
const node = (hostName: string, server: Partial<NodeFacts['server']> = {}): NodeFacts => ({
  ...facts,
  hostName,
  server: {...facts.server, ...server},
});
const read = (nodes: readonly NodeFacts[]) =>
  parseSpec(`${proxy}${renderBalancerSpec(asked, nodes)}`, 'ha.yaml');

test('the servers of all nodes, with the port that each will have', () => {
  const {thriftserver, kerberos} = read([node('n1.example.com'), node('n2.example.com', {port: 10077})]);
  expect(thriftserver).toMatchObject({
    authentication: 'plain',
    servers: [
      {name: 'n1', host: 'n1.example.com', port: 10015, transport: 'binary'},
      {name: 'n2', host: 'n2.example.com', port: 10077, transport: 'binary'},
    ],
  });
  expect(kerberos).toBeUndefined();
});

test('http with its path, and two hosts with one short name', () => {
  const http = {mode: 'http', httpPath: 'gateway'} as const;
  const {thriftserver} = read([node('n1.a.example.com', http), node('n1.b.example.com', http)]);
  expect(thriftserver).toMatchObject({httpPath: '/gateway'});
  expect(thriftserver?.servers.map(({name, transport}) => [name, transport])).toEqual([
    ['n1.a.example.com', 'http'],
    ['n1.b.example.com', 'http'],
  ]);
});

test('Kerberos with realm and service; NOSASL', () => {
  const keys = {authentication: 'KERBEROS', keytab: '/k', principal: 'spark/_HOST@EXAMPLE.COM'};
  expect(read([node('n1.example.com', keys)])).toMatchObject({
    thriftserver: {authentication: 'kerberos'},
    kerberos: {realm: 'EXAMPLE.COM', thriftserver: 'spark'},
  });
  expect(read([node('n1', {authentication: 'NOSASL'})]).thriftserver?.authentication).toBe('nosasl');
});

test('a file that is there is not written over, and said before any node is touched', async () => {
  const path = join(await makeFolder(), 'ha.yaml');
  await checkSpecOut(path);
  await writeSpecOut(path, asked, [node('n1.example.com')]);
  expect(await readFile(path, 'utf8')).toContain('host: n1.example.com');
  await expect(checkSpecOut(path)).rejects.toMatchObject({exitCode: 2});
  await expect(writeSpecOut(path, asked, [node('n2.example.com')])).rejects.toThrow();
});
