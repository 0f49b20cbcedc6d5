// The configuration as text, and what HAProxy of this host says of it. Each mistake of the original article has its test.
import {describe, expect, test} from 'vitest';
import {renderArticle} from '../../src/impala-ha/article.ts';
import {exampleSpec} from '../../src/impala-ha/example.ts';
import {planHealthPath} from '../../src/impala-ha/health-checks.ts';
import {listRenderLosses, renderConfig, withHaproxyVersion} from '../../src/impala-ha/render-config.ts';
import {parseSpec, type HaSpec} from '../../src/impala-ha/spec.ts';
import {findHaproxyVersion} from '../../src/impala-ha/versions.ts';
import {checkConfig, hasHaproxy, withFolder, writeCertificate} from './haproxy.ts';
import {cdh5Spec, fullSpec, proxyLine, tlsSpec} from './specs.ts';

const parse = (text: string): HaSpec => parseSpec(text, 'ha.yaml');
const render = (text: string): string => renderConfig(parse(text));
const article = (text: string, balance: 'roundrobin' | 'leastconn' = 'roundrobin'): string => {
  const spec = parse(text);
  return renderArticle(spec, spec.impala!, balance);
};
const full = render(fullSpec);
const articleText = article(fullSpec);

/** The lines of a section, trimmed. */
function linesOf(config: string, head: string): readonly string[] {
  const lines = config.split('\n');
  const start = lines.indexOf(head);
  expect(start, head).toBeGreaterThanOrEqual(0);
  const end = lines.findIndex((line, index) => index > start && line === '');
  return lines.slice(start + 1, end).map((line) => line.trim());
}

describe('golden files', () => {
  test.each([
    ['full.cfg', full],
    ['tls.cfg', render(tlsSpec.replaceAll('CERTIFICATE', '/etc/haproxy/impala.pem'))],
    ['cdh5-1.5.cfg', render(cdh5Spec.replace('VERSION', '1.5.18'))],
    ['cdh5-1.8.cfg', render(cdh5Spec.replace('VERSION', '1.8.27'))],
    ['cdh5-2.2.cfg', render(cdh5Spec.replace('VERSION', '2.2.9'))],
    ['example.cfg', render(exampleSpec)],
    ['article.cfg', articleText],
    ['article-cdh5.cfg', article(cdh5Spec.replace('VERSION', '1.5.18'), 'leastconn')],
  ])('%s', async (name, text) => expect(text).toMatchFileSnapshot(`golden/${name}`));
});

describe.skipIf(!hasHaproxy)('haproxy -dW -c says nothing against', () => {
  test('every kind of frontend', async () => expect(await checkConfig(full)).toBe(''));
  test("the article's layout", async () => expect(await checkConfig(articleText)).toBe(''));
  test('TLS', async () =>
    withFolder(async (folder) => {
      const certificate = await writeCertificate(folder);
      expect(await checkConfig(render(tlsSpec.replaceAll('CERTIFICATE', certificate)))).toBe('');
    }));
  test.each(['1.5', '1.8', '2.0', '2.2'])('what is written for %s, read by the newer one', async (version) =>
    expect(await checkConfig(render(cdh5Spec.replace('VERSION', version)))).toBe(''),
  );
  test('100 allowed networks, which are more than the words of a line', async () => {
    const networks = Array.from({length: 100}, (_, index) => `10.${index}.0.0/16`).join(', ');
    const text = fullSpec.replace("10.0.0.0/8, '2001:db8::/32'", networks);
    expect(await checkConfig(render(text))).toBe('');
  });
  test('a name that is not known is a warning: the other daemons are served', async () => {
    const text = fullSpec.replaceAll('127.77.0.13', 'nowhere.invalid');
    expect(await checkConfig(render(text), false)).toBe('');
    expect(await checkConfig(render(text))).toMatch(/could not resolve address 'nowhere\.invalid'/);
  });
});

describe.each([
  ['our layout', full],
  ["the article's, repaired", articleText],
])('what the article got wrong is not in %s', (_name, config) => {
  const servers = config.split('\n').filter((line) => /^ +server /.test(line));

  test('a pidfile that is a folder', () => expect(config).not.toMatch(/^ *pidfile/m));
  test('HTTP rules and a backend static before Thrift traffic', () =>
    expect(config).not.toMatch(/path_beg|path_end|^ *(?:backend|use_backend) static/m));
  test('a logger without an address', () =>
    expect(linesOf(config, 'global')[0]).toBe('log stdout format short daemon info'));
  test('a frontend without a bind line', () => {
    for (const head of config.match(/^frontend .*/gm) ?? [])
      expect(linesOf(config, head).join('\n')).toMatch(/^bind \S+:\d+$/m);
  });
  test('servers without address, port or check', () => {
    expect(servers.length).toBeGreaterThan(2);
    for (const server of servers) expect(server).toMatch(/^ {4}server \w+ (?:ipv6@)?[\da-f.:]+:\d+ check\b/);
  });
  test('retries at a dead daemon', () =>
    expect(linesOf(config, 'defaults')).toContain('option redispatch 1'));
  test('hours of waiting for a connection, and none for a check', () => {
    expect(config).toMatch(/timeout connect 4s/);
    for (const head of config.match(/^backend .*/gm) ?? [])
      expect(linesOf(config, head)).toContain('timeout check 2s');
  });
  test('dead peers for half a day', () => {
    expect(linesOf(config, 'defaults')).toEqual(
      expect.arrayContaining([
        'option clitcpka',
        'option srvtcpka',
        'clitcpka-idle 5m',
        'timeout client-fin 30s',
        'timeout server-fin 30s',
      ]),
    );
  });
  test('an admin socket of no use, or of use to all', () =>
    expect(linesOf(config, 'global')).toContain(
      'stats socket /var/lib/haproxy/admin.sock user root group haproxy mode 660 level admin expose-fd listeners',
    ));
  test('statistics for the world', () =>
    expect(linesOf(config, 'frontend fe_statistics')).toContain('bind 127.0.0.1:8404'));
  test('a frontend with fewer connections than the whole', () => {
    expect(linesOf(config, 'global')).toContain('maxconn 2000');
    expect(linesOf(config, 'defaults')).toContain('maxconn 2000');
  });
  test('an option that HAProxy ignores where it stands', () => {
    for (const head of config.match(/^backend .*/gm) ?? [])
      expect(linesOf(config, head)).not.toContain('option tcplog');
  });
});

describe('each kind of client', () => {
  test('has its own port', () => {
    const ports = [...full.matchAll(/bind 127\.77\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
    expect(ports).toEqual([21050, 21051, 21000, 28000, 10015, 10016, 10001]);
  });

  test('of Hue and of HTTP keeps to one daemon, also after another returned', () => {
    for (const name of ['hue', 'impala_http', 'thriftserver_hue', 'thriftserver_http'])
      expect(linesOf(full, `backend be_${name}`)).toEqual(
        expect.arrayContaining([
          'balance source',
          'hash-type consistent',
          expect.stringMatching(/^stick-table type ipv6 /),
          'stick on src',
        ]),
      );
    expect(linesOf(full, 'frontend fe_hue')).toContain('timeout client 12h');
    expect(linesOf(full, 'backend be_hue')).toContain('timeout server 12h');
  });

  test('may be kept away by its address', () => {
    expect(linesOf(full, 'frontend fe_hs2')).toEqual(
      expect.arrayContaining(['tcp-request connection reject if !is_allowed']),
    );
    expect(render(`${proxyLine}thriftserver: {servers: [{name: a, host: h}]}`)).not.toContain('is_allowed');
  });

  test('nothing listens but on the addresses of the spec and on loopback', () => {
    const binds = [...full.matchAll(/bind (\S+):\d+/g)].map(([, address]) => address);
    expect(new Set(binds)).toEqual(new Set(['127.77.0.1', 'ipv6@::1', '127.0.0.1']));
  });
});

describe('the health check of Impala', () => {
  const pathOf = (more: string) =>
    planHealthPath(parse(`${proxyLine}impala: {coordinators: [{name: a, host: h}]${more}}`).impala!);

  test.each([
    ['', {path: '/healthz', codes: '(200|401|404)'}],
    [", version: '3.4.0'", {path: '/healthz', codes: '200'}],
    [", version: '2.12.0-cdh5.16.1'", {path: '/', codes: '(200|401)'}],
    [", version: '3.2.0-cdh6.3.2'", {path: '/', codes: '(200|401)'}],
    [", version: '3.2.0', healthPath: /metrics", {path: '/metrics', codes: '200'}],
  ])('asks what this version knows: %s', (more, expected) => expect(pathOf(more)).toEqual(expected));

  test('goes to the web port of each, and then to the port of the clients', () => {
    expect(linesOf(full, 'backend be_hs2')).toEqual(
      expect.arrayContaining(['http-check connect port 25000', 'http-check connect default']),
    );
    const own = linesOf(render(cdh5Spec.replace('VERSION', '2.6')), 'backend be_hs2');
    expect(own).toEqual(
      expect.arrayContaining([
        'http-check connect',
        'http-check connect port 21050',
        'server impalad1 127.77.0.11:21050 check port 25001',
        'server impalad2 127.77.0.12:21050 check port 25002',
      ]),
    );
  });
});

describe("the web UI's certificate", () => {
  const serverOf = (more: string) =>
    linesOf(
      render(`${proxyLine}impala: {coordinators: [{name: a, host: 127.77.0.11}], webTls: true, ${more}}`),
      'backend be_hs2',
    ).at(-1);
  const both = 'mode: terminate, certificate: /c.pem, backends: tls';

  test.each([
    ['tls: {mode: passthrough}', 'check verify none'],
    ['tls: {mode: passthrough}, webCa: /web.pem', 'check verify required ca-file /web.pem'],
    ['tls: {mode: terminate, certificate: /c.pem}', 'check verify none'],
    [`tls: {${both}}`, 'check ssl verify none'],
    [`tls: {${both}, ca: /both.pem}, webCa: /both.pem`, 'check ssl verify required ca-file /both.pem'],
  ])('is checked only where the spec says so: %s', (more, words) =>
    expect(serverOf(more)).toBe(`server a 127.77.0.11:21050 ${words}`),
  );
});

describe('versions', () => {
  test.each([
    ['HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/\nStatus: x', '2.6.12-1+deb12u4'],
    ['HA-Proxy version 1.5.18 2016/05/10\nCopyright', '1.5.18'],
    ['bash: haproxy: command not found', undefined],
  ])('%j', (output, version) => expect(findHaproxyVersion(output)).toBe(version));

  test('older ones lose more, and the file says what', () => {
    const losses = (version: string) => listRenderLosses(withHaproxyVersion(parse(fullSpec), version));
    expect(losses('2.6.12')).toEqual([]);
    const counts = ['2.4', '2.2', '2.0', '1.8', '1.7', '1.6', '1.5', '1.4'].map(
      (version) => losses(version).length,
    );
    expect(counts).toEqual(counts.toSorted((one, other) => one - other));
    expect(counts.at(-1)).toBeGreaterThan(counts[0]!);
    const text = render(cdh5Spec.replace('VERSION', '1.5.18'));
    for (const loss of losses('1.5.18')) expect(text).toContain(`# - ${loss}`);
  });
});

describe("the article's layout", () => {
  test('one frontend on 5000, and the algorithm that was asked for', () => {
    expect(linesOf(articleText, 'frontend main')).toContain('bind 127.77.0.1:5000');
    expect(linesOf(articleText, 'backend app')).toContain('balance roundrobin');
    expect(linesOf(article(fullSpec, 'leastconn'), 'backend app')).toContain('balance leastconn');
  });

  test('leads to the protocol of the impala-shell of that time', () => {
    expect(articleText).toContain('server impalad1 127.77.0.11:21050 check');
    expect(article(cdh5Spec.replace('VERSION', '2.6'))).toContain('server impalad1 127.77.0.11:21000 check');
  });
});
