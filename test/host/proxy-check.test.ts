import {expect, test} from 'vitest';
import {checkProxy, findLoopbackProxies} from '../../src/host/proxy-check.ts';
import {fakeHost} from './fake-host.ts';

test.each([
  ['http://localhost:3128', true],
  ['http://user:pass@127.0.0.1:3128/', true],
  ['127.9.9.9:80', true],
  ['localhost:3128', true],
  ['http://[::1]:3128', true],
  ['http://LOCALHOST.:3128', true],
  ['socks5://localhost:1080', true],
  ['http://proxy.example:3128', false],
  ['proxy.example:3128', false],
  ['http://127.example:3128', false],
  ['http://10.0.3.1:3128', false],
  ['', false],
])('%s: %s', (value, isLoopback) => {
  expect(findLoopbackProxies({https_proxy: value})).toHaveLength(isLoopback ? 1 : 0);
});

test('the remedy is an address under which a machine of that provider finds its host, with the same port', async () => {
  const {host} = await fakeHost({}, {}, {env: {HTTP_PROXY: 'http://u:hidden@localhost:3129'}});
  expect(checkProxy(host, 'lxc').remedy).toMatch(/--proxy http:\/\/10\.0\.3\.1:3129$/);
  expect(checkProxy(host, 'virtualbox').remedy).toMatch(/--proxy http:\/\/10\.0\.2\.2:3129$/);
  expect(JSON.stringify(checkProxy(host, 'lxc'))).not.toContain('hidden');
});

test('only variables that count are looked at, and each by its own name', () => {
  const env = {all_proxy: 'socks5://localhost:1080', http_proxy: 'http://p:1', https_proxy: 'http://p:1'};
  expect(findLoopbackProxies(env)).toEqual([]);
  expect(findLoopbackProxies({ALL_PROXY: 'localhost:1'})).toHaveLength(1);
  expect(findLoopbackProxies({http_proxy: 'localhost:1', HTTPS_PROXY: 'localhost:2'})).toHaveLength(2);
});

test('a value that is of no use is a failed check that names its variable', async () => {
  const {host} = await fakeHost({}, {}, {env: {HTTPS_PROXY: 'http://proxy:port'}});
  expect(checkProxy(host, 'lxc')).toMatchObject({
    ok: false,
    message: expect.stringMatching(/^HTTPS_PROXY /) as string,
  });
});
