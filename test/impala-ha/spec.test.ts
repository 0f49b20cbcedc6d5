import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {projectRoot} from '../../src/core/paths.ts';
import {planFrontends} from '../../src/impala-ha/frontends.ts';
import {renderJsonSchema} from '../../src/impala-ha/spec-schema.ts';
import {parseSpec, SpecError} from '../../src/impala-ha/spec.ts';

const minimal = `
proxy:
  host: impala.example.com
  bind: [192.0.2.10]
impala:
  coordinators:
    - {name: d1, host: d1.example.com}
    - {name: d2, host: d2.example.com}
`;

function findProblems(text: string): readonly string[] {
  try {
    parseSpec(text, 'ha.yaml');
    return [];
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    expect(error.exitCode).toBe(2);
    return error.message.split('\n');
  }
}

const withProxy = (yaml: string): string => `proxy: {host: lb, bind: ['*']}\n${yaml}`;
const twoCoordinators = (more = ''): string =>
  withProxy(`impala:\n  coordinators:\n    - {name: d1, host: h1}\n    - {name: d2, host: h2}\n${more}`);

describe('what is left out', () => {
  const spec = parseSpec(minimal, 'ha.yaml');

  test('has the ports of Impala, and a person stops the daemons', () => {
    expect(spec.impala?.coordinators[0]).toEqual({
      name: 'd1',
      host: 'd1.example.com',
      ports: {hs2: 21050, beeswax: 21000, http: 28000, web: 25000},
      stop: 'operator',
      start: 'operator',
    });
    expect(spec.timeouts).toEqual({connect: '4s', queue: '30s', session: '3h', hue: '12h'});
  });

  test('opens one port for sessions and a sticky one for Hue', () => {
    expect(
      planFrontends(spec).map(({kind, port, balance, timeout}) => [kind, port, balance, timeout]),
    ).toEqual([
      ['hs2', 21050, 'leastconn', '3h'],
      ['hue', 21051, 'source', '12h'],
    ]);
  });
});

describe('Beeswax', () => {
  const kindsOf = (more: string) => planFrontends(parseSpec(minimal + more, 'ha.yaml')).map(({kind}) => kind);

  test('is off where the version is unknown, or has closed it', () => {
    expect(kindsOf('')).not.toContain('beeswax');
    expect(kindsOf("  version: '5.0.0'")).not.toContain('beeswax');
  });

  test('is on for an Impala that opens it, and where it was asked for', () => {
    expect(kindsOf("  version: '2.5.0-cdh5.7.0'")).toContain('beeswax');
    expect(kindsOf("  version: '5.0.0'\n  frontends: {beeswax: true}")).toContain('beeswax');
    expect(kindsOf("  version: '3.4.0'\n  frontends: {beeswax: false}")).not.toContain('beeswax');
  });
});

describe('errors name line and column', () => {
  test.each([
    [
      'an unknown key',
      'proxy:\n  host: lb\n  bnd: 3\n',
      ['ha.yaml:1:1: proxy.bind: is missing', 'ha.yaml:3:3: proxy has no key "bnd"; did you mean bind?'],
    ],
    [
      'an unknown key like no other',
      twoCoordinators('  zzzzzzzz: 1\n'),
      [
        'ha.yaml:6:3: impala has no key "zzzzzzzz"; it knows cdh, version, coordinators, frontends, webTls, webCa, web, healthPath, tls, checks, maxConnections',
      ],
    ],
    [
      'one of several kinds',
      twoCoordinators('  frontends: {hs2: 5, hue: {balance: last}}\n'),
      [
        'ha.yaml:6:20: impala.frontends.hs2: give true or false or keys and values',
        'ha.yaml:6:38: impala.frontends.hue.balance: give one of leastconn, roundrobin, source, first',
      ],
    ],
    [
      'a mode that does not exist',
      twoCoordinators('  tls: {mode: off}\n'),
      ['ha.yaml:6:15: impala.tls.mode: give one of none, passthrough, terminate'],
    ],
    [
      'a port twice',
      twoCoordinators('  frontends: {hue: {port: 21050}}\n'),
      ['ha.yaml:6:15: port 21050 of the proxy has two uses; each kind of client needs a port of its own'],
    ],
    [
      'a name twice',
      withProxy('impala: {coordinators: [{name: a, host: h1}, {name: A, host: h2}]}\n'),
      ['ha.yaml:2:53: the name A is already taken; drain and drill need to tell daemons apart'],
    ],
    [
      'nothing to balance',
      withProxy(''),
      ['ha.yaml:1:1: none of impala, thriftserver and hiveserver2 is given, so there is nothing to balance'],
    ],
    ['no YAML', 'a: [b\n', [expect.stringMatching(/^ha\.yaml:2:1: Flow sequence/)]],
    ['a key twice', 'proxy: {}\nproxy: {}\n', ['ha.yaml:2:1: Map keys must be unique']],
    ['an empty file', '', ['ha.yaml:1:1: the spec: give keys and values']],
  ])('%s', (_name, text, expected) => expect(findProblems(text)).toEqual(expected));

  test('the line is that of the text, also behind an alias', () => {
    const text = withProxy(
      'impala:\n  coordinators: &all\n    - {name: a, host: "a b"}\nthriftserver: {servers: *all}\n',
    );
    expect(findProblems(text)).toEqual([
      expect.stringContaining('ha.yaml:4:23: impala'),
      expect.stringContaining('ha.yaml:4:23: thriftserver'),
    ]);
  });
});

describe('a host', () => {
  const problemsOf = (host: string) =>
    findProblems(withProxy(`impala: {coordinators: [{name: a, host: ${JSON.stringify(host)}}]}`));

  test.each(['d1', 'd1.example.com', '192.0.2.1', '2001:db8::1', '::1', 'xn--bcher-kva.example'])(
    '%s',
    (host) => expect(problemsOf(host)).toEqual([]),
  );

  test.each([
    '',
    'a b',
    'a;id',
    '$(id)',
    '`id`',
    'a\nserver evil 1.2.3.4:1',
    'a#',
    'a"',
    "a'",
    'a\\',
    '-oProxyCommand=id',
    'a..b',
    'a-.b',
    '300.1.1.1',
    '0x7f',
    '1',
    'fe80::1%eth0',
    'a:b',
    '::g',
    'ünïcode.example',
    `${'a'.repeat(64)}.example`,
  ])('not %j', (host) => expect(problemsOf(host)).toHaveLength(1));
});

describe('what only the whole can say', () => {
  test.each([
    [
      'sessions over HTTP that are not kept on one server',
      twoCoordinators('  frontends: {http: {balance: leastconn}}\n'),
      /needs balance: source/,
    ],
    [
      'two different ports in two places',
      withProxy(
        'impala: {coordinators: [{name: a, host: h, ports: {hs2: 1, web: 2}}, {name: b, host: h, ports: {hs2: 3, web: 4}}]}',
      ),
      /both the web ports and the hs2 ports differ/,
    ],
    [
      'two daemons in one place',
      withProxy('impala: {coordinators: [{name: a, host: h}, {name: b, host: H}]}'),
      /second daemon at H port 21050/,
    ],
    [
      "'*' beside an address",
      "proxy: {host: lb, bind: ['*', 192.0.2.1]}\nthriftserver: {servers: [{name: a, host: h}]}",
      /must be the only one/,
    ],
    ['the port of the statistics', twoCoordinators('  frontends: {hs2: {port: 8404}}\n'), /statistics/],
    ['all off', twoCoordinators('  frontends: {hs2: false, hue: false}\n'), /switched off/],
    [
      'a frontend without servers',
      withProxy('thriftserver: {servers: [{name: a, host: h}], frontends: {http: true}}'),
      /no server has transport: http/,
    ],
    [
      'a coordinator at an address and port of the proxy',
      'proxy: {host: lb, bind: [192.0.2.1]}\nimpala: {coordinators: [{name: a, host: 192.0.2.1}, {name: b, host: h}]}',
      /a \(192\.0\.2\.1 port 21050\) is the proxy itself/,
    ],
    [
      "a coordinator at the proxy's own name, with '*'",
      withProxy('impala: {coordinators: [{name: a, host: LB}, {name: b, host: h}]}'),
      /a \(LB port 21050\) is the proxy itself/,
    ],
    [
      "a Thriftserver on loopback, with '*', at the port of another frontend",
      twoCoordinators('thriftserver: {servers: [{name: t, host: localhost, port: 21050}]}\n'),
      /t \(localhost port 21050\) is the proxy itself/,
    ],
    [
      'the number of a CDH as that of Impala',
      twoCoordinators("  version: '5.16.2'\n"),
      /5\.16\.2 is the number of a CDH, whose Impala is 2\.12; write cdh: '5\.16\.2'/,
    ],
    ['a version that no Impala has', twoCoordinators("  version: '7.1.7'\n"), /there is no Impala 7\.1\.7/],
    [
      'a CDH that is not known',
      twoCoordinators("  cdh: '5.99'\n"),
      /CDH 5\.99 is not known \(5\.0 to 6\.3 are\)/,
    ],
    [
      'both a CDH and a version',
      twoCoordinators("  cdh: '5.16'\n  version: '2.12'\n"),
      /leave one of the two out/,
    ],
    [
      'a CA by which the web UI would be checked without a word',
      twoCoordinators(
        '  webTls: true\n  tls: {mode: terminate, certificate: /c.pem, backends: tls, ca: /ca.pem}\n',
      ),
      /the certificate of the web UI is checked too; write webCa: \/ca\.pem/,
    ],
    [
      'a CA of the web UI where another trust is none',
      twoCoordinators(
        '  webTls: true\n  webCa: /ca.pem\n  tls: {mode: terminate, certificate: /c.pem, backends: tls}\n',
      ),
      /give tls\.ca the same file/,
    ],
    [
      'a CA that no check of an Impala asks for',
      twoCoordinators('  tls: {mode: passthrough, ca: /ca.pem}\n'),
      /whose CA is impala\.webCa/,
    ],
    ['a CA of a web UI without TLS', twoCoordinators('  webCa: /ca.pem\n'), /add webTls: true/],
    [
      'a CA that nobody asks for',
      twoCoordinators('  tls: {mode: terminate, certificate: /c.pem, ca: /ca.pem}\n'),
      /backends: tls/,
    ],
  ])('%s', (_name, text, message) => {
    const problems = findProblems(text);
    expect(problems[0]).toMatch(message);
  });
});

test('aliases that multiply end in an error', () => {
  const levels = Array.from(
    {length: 12},
    (_, index) => `l${index + 1}: &l${index + 1} [${Array(9).fill(`*l${index}`).join(', ')}]`,
  );
  expect(findProblems(`l0: &l0 [x]\n${levels.join('\n')}\n`)).toEqual([expect.stringContaining('aliases')]);
});

test('the published JSON Schema is that of the code', async () => {
  const published = await readFile(join(projectRoot, 'docs/impala-ha.schema.json'), 'utf8');
  expect(JSON.parse(published)).toEqual(JSON.parse(renderJsonSchema()));
});
