// HiveServer2, Hue before every service, web UIs, shares, statistics, and TLS for old clients: what the spec says of them,
// and what a HAProxy of this host makes of it.
import {readFile, writeFile} from 'node:fs/promises';
import {request} from 'node:http';
import {join} from 'node:path';
import {connect} from 'node:tls';
import {describe, expect, test} from 'vitest';
import {planClients} from '../../src/impala-ha/client-settings.ts';
import {planFrontends} from '../../src/impala-ha/frontends.ts';
import {renderConfig, withHaproxyVersion} from '../../src/impala-ha/render-config.ts';
import {parseSpec, SpecError} from '../../src/impala-ha/spec.ts';
import {readSpecFile} from '../../src/impala-ha/spec-file.ts';
import type {Terminal} from '../../src/core/terminal.ts';
import {checkConfig, exec, hasHaproxy, withFolder, writeCertificate} from './haproxy.ts';
import {proxyLine} from './specs.ts';

const parse = (text: string) => parseSpec(proxyLine + text, 'ha.yaml');
const render = (text: string, version = '2.6') => renderConfig(withHaproxyVersion(parse(text), version));
const problemsOf = (text: string): string => {
  try {
    parse(text);
    return '';
  } catch (error) {
    if (error instanceof SpecError) return error.message;
    throw error;
  }
};
const valuesOf = (text: string, client: string): readonly string[] =>
  planClients(parse(text))
    .filter((one) => one.client === client)
    .flatMap(({settings}) => settings.map(({value}) => value));

const hive = `
hiveserver2:
  servers:
    - {name: hs1, host: 127.77.0.21}
    - {name: hs2, host: 127.77.0.22}
    - {name: hs3, host: 127.77.0.23, transport: http}
`;

describe('HiveServer2', () => {
  test('has a port of its own for sessions, for Hue and for HTTP', () =>
    expect(
      planFrontends(parse(hive)).map(({kind, port, balance, timeout}) => [kind, port, balance, timeout]),
    ).toEqual([
      ['hiveserver2', 10000, 'leastconn', '3h'],
      ['hiveserver2-hue', 10003, 'source', '12h'],
      ['hiveserver2-http', 10001, 'source', '3h'],
    ]));

  test('is asked as a Thriftserver is', () => {
    expect(render(hive)).toContain('tcp-check send-binary 01000000064845414c5448');
    expect(render(hive)).toContain('server hs1 127.77.0.21:10000 check');
    expect(render(hive)).toContain('http-check send meth OPTIONS uri /cliservice');
  });

  test.skipIf(!hasHaproxy)('HAProxy says nothing against it', async () =>
    expect(await checkConfig(render(hive))).toBe(''),
  );

  test('its clients', () => {
    expect(valuesOf(hive, 'beeline and Hive JDBC')).toEqual([
      'beeline -u jdbc:hive2://impala.example.com:10000/default -n user',
      "beeline -u 'jdbc:hive2://impala.example.com:10001/default;transportMode=http;httpPath=cliservice' -n user",
    ]);
    expect(valuesOf(hive, 'Hue')).toEqual([
      '[beeswax]\nhive_server_host=impala.example.com\nhive_server_port=10003',
    ]);
  });
});

describe('Hue', () => {
  const spark = (more = '') => `thriftserver: {servers: [{name: a, host: h1}, {name: b, host: h2}]${more}}\n`;

  test('is sent to the port where its sessions stay', () =>
    expect(valuesOf(spark(), 'Hue')).toEqual([
      '[spark]\nsql_server_host=impala.example.com\nsql_server_port=10016',
    ]));

  test.each([
    ['thriftserver', spark(', frontends: {hue: {balance: leastconn}}')],
    ['hiveserver2', `${hive}  frontends: {hue: {balance: roundrobin}}\n`],
    ['impala', 'impala: {coordinators: [{name: a, host: h}], frontends: {hue: {balance: leastconn}}}\n'],
  ])('of %s is not spread', (_service, text) =>
    expect(problemsOf(text)).toMatch(
      /Hue, whose sessions go over several connections, needs balance: source/,
    ),
  );

  test('without a port of its own is told none', () =>
    expect(valuesOf(spark(', frontends: {hue: false}'), 'Hue')).toEqual([]));
});

describe('web UIs', () => {
  const impala = (web: string) =>
    `impala: {version: '2.12', coordinators: [{name: a, host: 127.77.0.11}, {name: b, host: 127.77.0.12}], web: ${web}}\n`;

  test('are off, and on only for named networks', () => {
    expect(render(impala('{allow: [10.0.0.0/8]}').replace(/, web: .*\}\n/, '}\n'))).not.toContain('_web');
    expect(problemsOf(impala('{}'))).toMatch(/impala\.web\.allow: is missing/);
    expect(problemsOf(impala("{allow: ['0.0.0.0/0']}"))).toMatch(/never for the whole world/);
    expect(problemsOf(impala("{allow: ['::/0']}"))).toMatch(/never for the whole world/);
  });

  test.skipIf(!hasHaproxy)('of coordinators, statestore and catalog, for their networks alone', async () => {
    const text = render(
      impala('{allow: [10.0.0.0/8], statestore: {host: 127.77.0.13}, catalog: {host: 127.77.0.13}}'),
    );
    expect([...text.matchAll(/^ +bind 127\.77\.0\.1:(\d+)/gm)].map(([, port]) => port)).toEqual([
      ...['21050', '21051', '21000', '25000', '25010', '25020'],
    ]);
    expect(text.match(/acl is_allowed src 10\.0\.0\.0\/8/g)).toHaveLength(3);
    expect(text).toContain('server statestored 127.77.0.13:25010 check');
    expect(await checkConfig(text)).toBe('');
  });
});

describe('the share of a daemon', () => {
  const impala = (more: string, servers = '') =>
    `impala: {coordinators: [{name: a, host: 127.77.0.11${servers}}, {name: b, host: 127.77.0.12, backup: true}, {name: c, host: 127.77.0.13, backup: true}]${more}}\n`;

  test.skipIf(!hasHaproxy)('backup, weight and first', async () => {
    const text = render(impala(', frontends: {hs2: {balance: first}}, maxConnections: 5', ', weight: 3'));
    expect(text).toContain('server a 127.77.0.11:21050 check weight 3 maxconn 5');
    expect(text).toContain('server b 127.77.0.12:21050 check backup maxconn 5');
    expect(text).toContain('option allbackups');
    expect(text).toContain('balance first');
    expect(await checkConfig(text)).toBe('');
  });

  test('is refused where it means nothing', () => {
    expect(problemsOf(impala(', frontends: {hs2: {balance: first}}'))).toMatch(/needs maxConnections/);
    expect(problemsOf(impala(', frontends: {hue: {balance: first}}, maxConnections: 5'))).toMatch(
      /needs balance: source/,
    );
    expect(problemsOf(impala('', ', backup: true'))).toMatch(/all daemons of hs2 are backup/);
    expect(problemsOf(impala('', ', weight: 0'))).toMatch(/give at least 1/);
  });
});

describe('statistics', () => {
  const spec = (statistics: string) =>
    `thriftserver: {servers: [{name: a, host: 127.77.0.11}]}\nstatistics: ${statistics}\n`;
  const whole =
    'bind: [127.77.0.1, 127.77.15.99], port: 18404, user: ops, passwordFile: stats.pw, allow: [127.0.0.0/8]';

  test.each([
    ['{bind: [192.0.2.1]}', /never open/],
    ["{bind: ['*']}", /never open/],
    ['{bind: [192.0.2.1], user: ops, passwordFile: x}', /never open/],
    ['{bind: [192.0.2.1], allow: [10.0.0.0/8]}', /never open/],
    ['{bind: [192.0.2.1], user: ops, allow: [10.0.0.0/8]}', /belong together/],
    ["{bind: [192.0.2.1], user: ops, passwordFile: x, allow: ['0.0.0.0/0']}", /whole world/],
  ])('beyond loopback are never open: %s', (statistics, message) =>
    expect(problemsOf(spec(statistics))).toMatch(message),
  );

  const readIn = (folder: string) => readSpecFile('ha.yaml', {cwd: folder} as unknown as Terminal);

  test('take a hash, and no password in clear', async () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'ha.yaml'), proxyLine + spec(`{${whole}}`));
      await expect(readIn(folder)).rejects.toThrow(/stats\.pw.* cannot be read/);
      await writeFile(join(folder, 'stats.pw'), 'secret\n');
      await expect(readIn(folder)).rejects.toThrow(/is not what openssl passwd -6 prints/);
    }));

  test.skipIf(!hasHaproxy)('ask for the password, the page and the metrics alike', async () =>
    withFolder(async (folder) => {
      await exec(['chmod', '755', folder]);
      const {stdout: hash} = await exec(['openssl', 'passwd', '-6', 'secret']);
      await writeFile(join(folder, 'stats.pw'), `${hash}\n`);
      await writeFile(
        join(folder, 'ha.yaml'),
        `${proxyLine.replace('bind: [127.77.0.1]', "bind: [127.77.15.99], log: '127.0.0.1:514'")}${spec(`{${whole.replace('127.77.0.1, ', '')}}`)}admin: {socket: ${folder}/admin.sock, group: root}\n`,
      );
      const file = join(folder, 'haproxy.cfg');
      await writeFile(file, renderConfig(withHaproxyVersion(await readIn(folder), '2.6')));
      expect(await checkConfig(await readFile(file, 'utf8'))).toBe('');
      await exec(['haproxy', '-D', '-f', file, '-p', join(folder, 'pid')]);
      try {
        const ask = (path: string, auth?: string) =>
          new Promise((resolve, reject) => {
            request({host: '127.77.15.99', port: 18404, path, auth}, (answer) => {
              answer.resume();
              resolve(answer.statusCode);
            })
              .on('error', reject)
              .end();
          });
        for (const path of ['/stats', '/stats;csv', '/metrics'])
          expect(
            [await ask(path), await ask(path, 'ops:wrong'), await ask(path, 'ops:secret')],
            path,
          ).toEqual([401, 401, 200]);
      } finally {
        process.kill(Number((await readFile(join(folder, 'pid'), 'utf8')).trim()));
      }
    }),
  );
});

describe('the floor of TLS', () => {
  const spec = (pem: string, more: string) =>
    `thriftserver: {servers: [{name: a, host: 127.77.0.11}], frontends: {hue: false}, tls: {mode: terminate, certificate: ${pem}${more}}}\nstatistics: false\n`;

  test('is 1.2, said by the words of each version; what is weaker is said in the head', () => {
    expect(render(spec('/c.pem', ''))).toContain('ssl crt /c.pem ssl-min-ver TLSv1.2\n');
    expect(render(spec('/c.pem', ''), '1.7')).toContain('ssl crt /c.pem no-sslv3 no-tlsv10 no-tlsv11\n');
    expect(render(spec('/c.pem', ''))).not.toContain('Weaker');
    expect(render(spec('/c.pem', ", minVersion: '1.0'"))).toMatch(
      /^# Weaker than the default:\n# - thriftserver: clients may speak TLS 1\.0/m,
    );
  });

  test.skipIf(!hasHaproxy)('a client of TLS 1.0 gets in only where the spec lets it', async () =>
    withFolder(async (folder) => {
      await exec(['chmod', '755', folder]);
      const pem = await writeCertificate(folder);
      const tryWith = async (more: string): Promise<string> => {
        const file = join(folder, 'haproxy.cfg');
        const text = `${proxyLine.replace('bind: [127.77.0.1]', "bind: [127.77.15.98], log: '127.0.0.1:514'")}${spec(pem, more)}admin: {socket: ${folder}/admin.sock, group: root}\n`;
        await writeFile(file, renderConfig(withHaproxyVersion(parseSpec(text, 'ha.yaml'), '2.6')));
        await exec(['haproxy', '-D', '-f', file, '-p', join(folder, 'pid')]);
        try {
          return await new Promise((resolve) => {
            const socket = connect({
              host: '127.77.15.98',
              port: 10015,
              rejectUnauthorized: false,
              minVersion: 'TLSv1',
              maxVersion: 'TLSv1',
              ciphers: 'DEFAULT:@SECLEVEL=0',
            });
            socket.on('secureConnect', () => {
              resolve(socket.getProtocol() ?? '');
              socket.destroy();
            });
            socket.on('error', () => resolve('refused'));
          });
        } finally {
          process.kill(Number((await readFile(join(folder, 'pid'), 'utf8')).trim()));
        }
      };
      expect(await tryWith('')).toBe('refused');
      expect(await tryWith(", minVersion: '1.0'")).toBe('TLSv1');
    }),
  );
});
