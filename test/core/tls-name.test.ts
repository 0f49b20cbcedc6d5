import {expect, test} from 'vitest';
import {planTlsName} from '../../src/core/tls-name.ts';

test.each([
  ['proxy.example.com', {host: 'proxy.example.com', servername: 'proxy.example.com'}],
  ['10.0.0.1', {host: '10.0.0.1'}],
  ['::1', {host: '::1'}],
  ['[fe80::1]', {host: 'fe80::1'}],
])('%s', (host, expected) => expect(planTlsName(host)).toEqual(expected));
