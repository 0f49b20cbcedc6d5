// Who names a CDH has named its Impala; and the example is one for CDH 5.16.
import {describe, expect, test} from 'vitest';
import {exampleSpec} from '../../src/impala-ha/example.ts';
import {planFrontends} from '../../src/impala-ha/frontends.ts';
import {planHealthPath} from '../../src/impala-ha/health-checks.ts';
import {parseSpec} from '../../src/impala-ha/spec.ts';
import {proxyLine} from './specs.ts';

const withCdh = (cdh: string): string =>
  `${proxyLine}impala: {cdh: ${cdh}, coordinators: [{name: a, host: h1}, {name: b, host: h2}]}\n`;

test('the example is a spec for CDH 5.16 as it is, and not for the whole world', () => {
  const example = parseSpec(exampleSpec, 'ha.yaml');
  expect(example.impala?.version).toBe('2.12');
  expect(planFrontends(example).map(({kind}) => kind)).toEqual([
    ...['hs2', 'hue', 'beeswax', 'thriftserver', 'thriftserver-hue'],
  ]);
  expect(example.proxy.allow).toBeDefined();
});

describe('a CDH', () => {
  const impalaOf = (cdh: string) => parseSpec(withCdh(`'${cdh}'`), 'ha.yaml').impala?.version;

  test.each([
    ['5.5.2', '2.3'],
    ['5.7.0', '2.5'],
    ['5.10', '2.8'],
    ['5.16.2', '2.12'],
    ['6.3.2', '3.2'],
  ])('%s has the Impala %s', (cdh, version) => expect(impalaOf(cdh)).toBe(version));

  test('decides as its Impala does', () => {
    const spec = parseSpec(withCdh("'5.16.2'"), 'ha.yaml');
    expect(planFrontends(spec).map(({kind}) => kind)).toContain('beeswax');
    expect(planHealthPath(spec.impala!)).toEqual({path: '/', codes: '(200|401)'});
  });

  test('as a bare number would lose its zero, so it is refused', () =>
    expect(() => parseSpec(withCdh('5.10'), 'ha.yaml')).toThrow(/impala\.cdh: give text \(in quotes/));
});
