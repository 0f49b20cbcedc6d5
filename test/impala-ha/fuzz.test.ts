// Any text as a spec: an error with line and column, or a configuration that HAProxy takes. More runs: FUZZ_RUNS=2000.
import fc from 'fast-check';
import {expect, test} from 'vitest';
import {stringify} from 'yaml';
import {renderArticle} from '../../src/impala-ha/article.ts';
import {planClients, renderClients} from '../../src/impala-ha/client-settings.ts';
import {exampleSpec} from '../../src/impala-ha/example.ts';
import {renderConfig} from '../../src/impala-ha/render-config.ts';
import {parseSpec, SpecError, type HaSpec} from '../../src/impala-ha/spec.ts';
import {checkConfig, hasHaproxy, withFolder, writeCertificate} from './haproxy.ts';
import {fullSpec, proxyLine, tlsSpec} from './specs.ts';

const runs = Number(process.env.FUZZ_RUNS ?? 0);
const timeout = 600_000;

/** @returns undefined when it is refused as a mistake of its writer; whatever else is thrown fails the test. */
function parse(text: string): HaSpec | undefined {
  try {
    return parseSpec(text, 'ha.yaml');
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    expect(error.exitCode).toBe(2);
    for (const line of error.message.split('\n')) expect(line).toMatch(/^ha\.yaml:\d+:\d+: [^\p{Cc}]+$/u);
    return undefined;
  }
}

const anyText = fc.oneof(fc.string({unit: 'binary'}), fc.string(), fc.json());

/** A good spec with one piece of it replaced, repeated or taken out. */
const damagedText = fc
  .tuple(fc.constantFrom(fullSpec, tlsSpec, exampleSpec), fc.nat(), fc.nat(40), anyText)
  .map(([text, at, length, piece]) => {
    const start = at % text.length;
    return text.slice(0, start) + piece + text.slice(start + length);
  });

/** Keys of the real spec with any values. */
const anyKeys = fc
  .dictionary(
    fc.constantFrom(
      'proxy',
      'host',
      'bind',
      'impala',
      'coordinators',
      'thriftserver',
      'servers',
      'tls',
      'mode',
      '__proto__',
    ),
    fc.jsonValue(),
  )
  .map((value) => stringify(value));

test('no text makes it stumble', {timeout}, () => {
  fc.assert(
    fc.property(fc.oneof(anyText, damagedText, anyKeys), (text) => {
      const spec = parse(text);
      if (spec !== undefined) {
        renderConfig(spec);
        renderClients(planClients(spec));
      }
    }),
    {numRuns: runs || 300},
  );
});

test(
  'no value brings a second word or line into the configuration, or a special character into a shell',
  {timeout},
  () => {
    const word = fc.oneof(
      fc.string({unit: 'binary', maxLength: 12}),
      fc.constantFrom(
        'a;id',
        '$(id)',
        'a b',
        'a\nserver x 1.2.3.4:5',
        "a'b",
        'a"b',
        'a#b',
        'a\\',
        '${HOME}',
        '-oX=id',
        'a\tb',
        'good.example',
      ),
    );
    const places = (value: string): readonly string[] => {
      const text = JSON.stringify(value);
      return [
        `proxy: {host: ${text}, bind: ['*']}\nthriftserver: {servers: [{name: a, host: h}]}`,
        `proxy: {host: lb, bind: [${text}]}\nthriftserver: {servers: [{name: a, host: h}]}`,
        `proxy: {host: lb, bind: ['*'], allow: [${text}]}\nthriftserver: {servers: [{name: a, host: h}]}`,
        `${proxyLine}thriftserver: {servers: [{name: ${text}, host: h}]}`,
        `${proxyLine}thriftserver: {servers: [{name: a, host: ${text}}]}`,
        `${proxyLine}thriftserver: {servers: [{name: a, host: h, transport: http}], httpPath: ${text}}`,
        `${proxyLine}impala: {coordinators: [{name: a, host: h}], healthPath: ${text}}`,
        `${proxyLine}impala: {coordinators: [{name: a, host: h, ssh: ${text}}]}`,
        `${proxyLine}impala: {coordinators: [{name: a, host: h}], tls: {mode: terminate, certificate: ${text}}}`,
        `${proxyLine}impala: {coordinators: [{name: a, host: h}]}\nadmin: {socket: ${text}}`,
        `${proxyLine}impala: {coordinators: [{name: a, host: h}]}\nkerberos: {realm: ${text}}`,
      ];
    };
    const countWords = (config: string): readonly number[] =>
      config.split('\n').map((line) => line.split(' ').length);
    fc.assert(
      fc.property(word, (value) => {
        const plain = places('/good').concat(places('good')).map(parse);
        for (const [index, text] of places(value).entries()) {
          const spec = parse(text);
          if (spec === undefined) continue;
          expect(value).toMatch(/^[\w.:/@~[\]*-]+$/);
          const pattern = plain[index] ?? plain[index + places('').length];
          if (pattern !== undefined)
            expect(countWords(renderConfig(spec))).toEqual(countWords(renderConfig(pattern)));
        }
      }),
      {numRuns: runs || 100},
    );
  },
);

const port = fc.integer({min: 1, max: 65535});
const address = fc.oneof(fc.ipV4(), fc.ipV6());
const host = fc.oneof(
  {weight: 6, arbitrary: address},
  {weight: 1, arbitrary: fc.integer({min: 1, max: 999}).map((number) => `host${number}.invalid`)},
);
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,20}$/);
const duration = fc
  .tuple(fc.integer({min: 1, max: 20}), fc.constantFrom('s', 'm', 'h', 'd'))
  .map(([count, unit]) => `${count}${unit}`);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, {nil: undefined});
const checks = fc.record(
  {
    interval: duration,
    timeout: duration,
    fall: fc.integer({min: 1, max: 9}),
    rise: fc.integer({min: 1, max: 9}),
  },
  {requiredKeys: []},
);
const frontend = (balance: fc.Arbitrary<string>) =>
  optional(fc.oneof(fc.boolean(), fc.record({port, balance, timeout: duration}, {requiredKeys: []})));
const anyBalance = fc.constantFrom('leastconn', 'roundrobin', 'source');
const source = fc.constant('source');
const tlsOf = (certificate: string) =>
  fc.constantFrom(
    undefined,
    {mode: 'none'},
    {mode: 'passthrough'},
    {mode: 'passthrough', ca: certificate},
    {mode: 'terminate', certificate},
    {mode: 'terminate', certificate, backends: 'tls'},
    {mode: 'terminate', certificate, backends: 'tls', ca: certificate},
  );

const specOf = (certificate: string) =>
  fc.record({
    proxy: fc.record({
      host,
      bind: fc.oneof(fc.constant(['*']), fc.uniqueArray(address, {minLength: 1, maxLength: 3})),
      haproxy: optional(fc.constantFrom('2.2', '2.3.1', '2.4', '2.6.12', '1.8.30', '2.0')),
      allow: optional(
        fc.array(
          fc.oneof(
            address,
            fc.ipV4().map((ip) => `${ip}/8`),
          ),
          {minLength: 1, maxLength: 60},
        ),
      ),
    }),
    impala: optional(
      fc.record({
        version: optional(fc.constantFrom('2.5.0-cdh5.7.0', '3.4.0', '5.0.0')),
        coordinators: fc.uniqueArray(
          fc.record({name, host, ports: optional(fc.record({hs2: port, web: port}, {requiredKeys: []}))}),
          {
            minLength: 1,
            maxLength: 4,
            selector: (one) => one.name.toLowerCase(),
          },
        ),
        frontends: fc.record({
          hs2: frontend(anyBalance),
          hue: frontend(anyBalance),
          beeswax: frontend(anyBalance),
          http: frontend(source),
        }),
        webTls: fc.boolean(),
        tls: tlsOf(certificate),
        checks: optional(checks),
        maxConnections: optional(fc.integer({min: 1, max: 9_999})),
      }),
    ),
    thriftserver: optional(
      fc.record({
        authentication: fc.constantFrom('nosasl', 'plain', 'kerberos'),
        servers: fc.uniqueArray(fc.record({name, host, port, transport: fc.constantFrom('binary', 'http')}), {
          minLength: 1,
          maxLength: 4,
          selector: (one) => one.name.toLowerCase(),
        }),
        tls: tlsOf(certificate),
        checks: optional(checks),
      }),
    ),
    timeouts: fc.record(
      {connect: duration, queue: duration, session: duration, hue: duration},
      {requiredKeys: []},
    ),
    statistics: fc.oneof(fc.constant(false), fc.record({port, prometheus: fc.boolean()}, {requiredKeys: []})),
  });

test.skipIf(!hasHaproxy)('haproxy -c takes whatever a valid spec renders to', {timeout}, async () =>
  withFolder(async (folder) => {
    const certificate = await writeCertificate(folder);
    let valid = 0;
    await fc.assert(
      fc.asyncProperty(specOf(certificate), fc.boolean(), async (value, isArticle) => {
        const text = stringify(value);
        const spec = parse(text);
        fc.pre(spec !== undefined); // Ports that met, or a spec of nothing.
        valid += 1;
        const config =
          isArticle && spec.impala !== undefined
            ? renderArticle(spec, spec.impala, 'leastconn')
            : renderConfig(spec);
        const problem = await checkConfig(config, false);
        expect(problem === '' ? '' : `${problem}\n${config}`).toBe('');
      }),
      {numRuns: runs || 20},
    );
    expect(valid).toBeGreaterThanOrEqual(20);
  }),
);
