// One reading of proxies. What curl itself makes of no_proxy is asked of the curl of this host.
import {execFile, spawnSync} from 'node:child_process';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {
  findProxyFor,
  isDirect,
  planDirectPatterns,
  readProxies,
  renderNoProxy,
  renderProxyVariables,
} from '../../src/core/proxies.ts';
import {UsageError} from '../../src/core/errors.ts';

describe('a proxy’s address', () => {
  test.each([
    ['http://proxy.test:3128', 'http://proxy.test:3128'],
    ['10.0.3.1:3128', 'http://10.0.3.1:3128'],
    ['proxy.test', 'http://proxy.test:1080'],
    ['http://proxy.test/', 'http://proxy.test:1080'],
    ['HTTP://Proxy.Test:80/', 'http://proxy.test:80'],
    ['localhost:3128', 'http://localhost:3128'],
    ['[fd00::1]:3128', 'http://[fd00::1]:3128'],
    [' http://proxy.test:3128 ', 'http://proxy.test:3128'],
    ["http://me:p'q%40r@proxy.test:3128", 'http://me:p%27q%40r@proxy.test:3128'],
    ['http://me:100%@proxy.test:3128', 'http://me:100%25@proxy.test:3128'],
    ['me:pw@proxy.test:3128', 'http://me:pw@proxy.test:3128'],
  ])('%s is %s, as curl takes it', (value, url) => {
    expect(readProxies({https_proxy: value})).toEqual({https: url});
    expect(readProxies({http_proxy: value}).http).toBe(url);
  });

  test.each([
    ['http://proxy.test:port', /^https_proxy is not the address of a proxy/],
    ['http://proxy.test:99999', /^https_proxy is not/],
    ['http://', /^https_proxy is not/],
    ['a proxy', /^https_proxy is not/],
    ['ftp://proxy.test:21', /^https_proxy is not/],
    ['socks5h://u:hunter2@localhost:1080', /^https_proxy names a SOCKS proxy/],
    ['https://proxy.test:3129', /^https_proxy names a proxy that is itself spoken to in TLS/],
    ['http://u:hunter2@proxy test:1', /^https_proxy is not/],
  ])('%s is refused by the variable’s name, without its value', (value, message) => {
    const read = (): unknown => readProxies({https_proxy: value});
    expect(read).toThrow(UsageError);
    expect(read).toThrow(message);
    expect(read).not.toThrow(/hunter2/);
  });
});

test.each([
  [{http_proxy: 'a:1'}, {http: 'http://a:1', https: 'http://a:1'}],
  [{https_proxy: 'b:1'}, {https: 'http://b:1'}],
  [
    {http_proxy: 'a:1', https_proxy: 'b:1'},
    {http: 'http://a:1', https: 'http://b:1'},
  ],
  [
    {http_proxy: '', HTTP_PROXY: 'a:1'},
    {http: 'http://a:1', https: 'http://a:1'},
  ],
  [
    {http_proxy: 'a:1', HTTP_PROXY: 'b:1'},
    {http: 'http://a:1', https: 'http://a:1'},
  ],
  [
    {ALL_PROXY: 'c:1', https_proxy: 'b:1'},
    {http: 'http://c:1', https: 'http://b:1'},
  ],
  // A SOCKS proxy that no scheme falls back to is none of our business.
  [
    {all_proxy: 'socks5://x:1', http_proxy: 'a:1', https_proxy: 'b:1'},
    {http: 'http://a:1', https: 'http://b:1'},
  ],
  [
    {http_proxy: 'a:1', NO_PROXY: ' x.test , .Y.test'},
    {http: 'http://a:1', https: 'http://a:1', no: 'x.test,y.test'},
  ],
  [{http_proxy: 'a:1', no_proxy: '*'}, {}],
  [{}, {}],
])('the variables %j', (env, proxies) => {
  expect(readProxies(env)).toEqual(proxies);
});

test('--proxy is for both schemes, --no-proxy in place of no_proxy; the environment’s may then be broken', () => {
  const env = {http_proxy: 'ftp://x', https_proxy: 'ftp://x', no_proxy: 'a.test'};
  expect(readProxies(env, {proxy: 'http://p:3128'})).toEqual({
    http: 'http://p:3128',
    https: 'http://p:3128',
    no: 'a.test',
  });
  expect(readProxies(env, {proxy: 'http://p:3128', noProxy: 'b.test'}).no).toBe('b.test');
});

/** no_proxy, an address, whether it is direct, what of nonProxyHosts it becomes. */
const curls = [
  ['corp.test', 'http://corp.test/', true],
  ['corp.test', 'http://nexus.corp.test/', true],
  ['corp.test', 'http://notcorp.test/', false],
  ['.corp.test', 'http://nexus.corp.test/', true],
  ['.corp.test', 'http://corp.test/', true],
  ['corp.test.', 'http://corp.test/', true],
  ['CORP.Test', 'http://nexus.corp.test/', true],
  ['other.test, corp.test', 'http://corp.test/', true],
  ['other.test corp.test', 'http://corp.test/', true],
  ['other.test,,corp.test', 'http://corp.test/', true],
  ['nexus', 'http://nexus/', true],
  ['test', 'http://nexus.corp.test/', true],
  ['corp', 'http://corp.test/', false],
  ['10.0.0.0/8', 'http://10.1.2.3/', true],
  ['10.0.0.0/8', 'http://11.1.2.3/', false],
  ['172.16.0.0/12', 'http://172.31.9.9/', true],
  ['172.16.0.0/12', 'http://172.32.0.1/', false],
  ['192.168.4.0/22', 'http://192.168.7.255/', true],
  ['192.168.4.0/22', 'http://192.168.8.0/', false],
  ['10.1.2.3/33', 'http://10.1.2.3/', false],
  ['10.1.2.3', 'http://10.1.2.3/', true],
  ['10.1.2', 'http://10.1.2.3/', false],
  ['10.0.0.0/8', 'http://corp.test/', false],
] as const;

/** What curl 7.88 does not take, and is plainly meant. */
const beyond = [
  ['*.corp.test', 'http://nexus.corp.test/', true],
  ['corp.test:8081', 'http://corp.test:8081/', true],
  ['corp.test:8081', 'http://corp.test/', false],
  ['corp.test:443', 'https://corp.test/', true],
  ['10.1.2.3:80', 'http://10.1.2.3/', true],
  ['[fd00::1]', 'http://[fd00::1]/', true],
  ['fd00::/8', 'http://[fd12:3::4]/', true],
  ['fd00::/8', 'http://[fe80::1]/', false],
  ['[fd00::1]:8081', 'http://[fd00::1]:8081/', true],
] as const;

test.each([...curls, ...beyond])('no_proxy=%s: %s is direct: %s', (no, url, expected) => {
  const proxies = readProxies({http_proxy: 'p:3128', no_proxy: no});
  expect(isDirect(proxies, new URL(url))).toBe(expected);
  expect(findProxyFor(proxies, new URL(url))).toBe(expected ? undefined : 'http://p:3128');
});

/** Maven's own reading: `|` between, `.` itself, `*` anything, all of the host, in any case. */
function isNonProxyHost(patterns: readonly string[], host: string): boolean {
  return patterns.some((pattern) =>
    new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`, 'i').test(host),
  );
}

test.each([...curls, ...beyond.filter(([, url]) => !url.includes('['))])(
  'Maven’s nonProxyHosts for no_proxy=%s, asked for %s, known: %s',
  (no, url, expected) => {
    const proxies = readProxies({http_proxy: 'p:3128', no_proxy: no});
    expect(isNonProxyHost(planDirectPatterns(proxies, [url]), new URL(url).hostname)).toBe(expected);
  },
);

test('networks become as many wildcards as it takes, and no more than 128', () => {
  const patterns = (no: string): readonly string[] => planDirectPatterns({no}, []);
  expect(patterns('corp.test,10.0.0.0/8')).toEqual(['corp.test', '*.corp.test', '10.*']);
  expect(patterns('192.168.0.0/16,10.1.2.0/24')).toEqual(['192.168.*', '10.1.2.*']);
  expect(patterns('172.16.0.0/12')).toHaveLength(16);
  expect(patterns('10.0.0.0/9')).toHaveLength(128);
  expect(patterns('10.1.2.4/30')).toEqual(['10.1.2.4', '10.1.2.5', '10.1.2.6', '10.1.2.7']);
  expect(patterns('0.0.0.0/0')).toEqual(['*']);
});

test('a host that is named with a port is direct for tools without ports, unless it is known to be asked at another one', () => {
  const proxies = {no: 'corp.test:8081'};
  expect(planDirectPatterns(proxies, [])).toEqual(['corp.test', '*.corp.test']);
  expect(planDirectPatterns(proxies, ['https://corp.test/x'])).toEqual([]);
  expect(planDirectPatterns(proxies, ['https://corp.test/x', 'http://corp.test:8081/y'])).toEqual([
    'corp.test',
    '*.corp.test',
  ]);
});

test('what commands get: both spellings, no ports, nothing for which there is no value', () => {
  const proxies = readProxies({
    https_proxy: 'p:1',
    no_proxy: '*.corp.test:81 [fd00::1]:2 10.0.0.0/8 bad"name',
  });
  expect(renderNoProxy(proxies)).toBe('corp.test,fd00::1,10.0.0.0/8');
  expect(renderProxyVariables(proxies)).toEqual({
    ...{http_proxy: undefined, HTTP_PROXY: undefined, all_proxy: undefined, ALL_PROXY: undefined},
    ...{https_proxy: 'http://p:1', HTTPS_PROXY: 'http://p:1'},
    ...{no_proxy: 'corp.test,fd00::1,10.0.0.0/8', NO_PROXY: 'corp.test,fd00::1,10.0.0.0/8'},
  });
});

const [, major = '0', minor = '0'] =
  /^curl (\d+)\.(\d+)/.exec(String(spawnSync('curl', ['--version']).stdout)) ?? [];

describe.skipIf(Number(major) * 1000 + Number(minor) < 7086)('curl itself', () => {
  let way = '';
  const server = createServer((_, response) => {
    way = 'direct';
    response.end();
  }).on('connect', (_, socket) => {
    way = 'proxy'; // With --connect-to curl has proxies dig a tunnel.
    socket.end('HTTP/1.1 403 No\r\n\r\n');
  });
  let address = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  test.each(curls)('no_proxy=%s: %s is direct: %s', async (no, url, expected) => {
    way = '';
    const env = {
      PATH: process.env.PATH,
      ...renderProxyVariables(readProxies({http_proxy: address})),
      no_proxy: no,
    };
    await new Promise<void>((resolve) => {
      execFile('curl', ['-q', '-s', '--connect-to', `::${address}`, url], {env}, () => resolve());
    });
    expect(way).toBe(expected ? 'direct' : 'proxy');
  });
});
