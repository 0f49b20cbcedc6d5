import {describe, expect, test} from 'vitest';
import type {NodeFacts} from '../../src/install/node-facts.ts';
import {findJavaMajor, findProblems, PreflightError} from '../../src/install/node-preflight.ts';
import type {Findings} from '../../src/install/findings.ts';
import type {InstallRequest} from '../../src/install/node-settings.ts';
import {facts, files, place, request} from './facts.ts';

const dist = {
  release: 'cdh5.7.0',
  features: ['thriftserver' as const],
  deps: 'provided' as const,
  dependencies: 'cloudera' as const,
  projectVersion: '1.6.0-cdh5.7.0',
  files,
};

const {server} = facts;

type Changed = {
  readonly facts?: Partial<NodeFacts>;
  readonly dist?: Partial<Parameters<typeof findProblems>[1]>;
  readonly request?: Partial<InstallRequest>;
  /** Of the facts. */
  readonly without?: keyof NodeFacts;
};

function look(changed: Changed = {}): Findings {
  const entries = Object.entries({...facts, ...changed.facts});
  const found = Object.fromEntries(entries.filter(([key]) => key !== changed.without));
  return findProblems(found as never, {...dist, ...changed.dist}, place, {
    ...request,
    ...changed.request,
  });
}

test('nothing is wrong with a good node', () => {
  expect(look()).toEqual({problems: [], warnings: []});
});

describe('one thing that is wrong is one problem', () => {
  const cases: readonly (readonly [string, Changed, RegExp, boolean])[] = [
    ['no Thriftserver in the dist', {dist: {features: ['sparkr']}}, /no Thriftserver/, true],
    [
      'a dist for another version',
      {dist: {release: 'cdh5.7.1'}},
      /for cdh5\.7\.1, and the node has CDH-5\.7\.0-/,
      true,
    ],
    ['a dist of a branch', {dist: {release: 'my-branch'}}, /for my-branch/, true],
    ['no parcel', {facts: {parcels: {}}}, /no active parcel \/opt\/cloudera\/parcels\/CDH/, false],
    ['no Spark in the parcel', {without: 'sparkHome'}, /has no lib\/spark/, false],
    ['no JDK', {without: 'javaHome'}, /no JDK/, false],
    [
      'a JDK that is too new',
      {facts: {javaVersion: '11.0.2'}},
      /is 11\.0\.2; this Spark runs on 7 and 8/,
      false,
    ],
    ['a JDK that is too old', {facts: {javaVersion: '1.6.0_45'}}, /1\.6\.0_45/, false],
    [
      'JDK 7 for Spark 2.2 and later',
      {dist: {projectVersion: '2.2.0.cloudera4'}, facts: {javaVersion: '1.7.0_80'}},
      /this Spark runs on 8\./,
      false,
    ],
    ['a JDK that says nothing', {without: 'javaVersion'}, /unknown version/, false],
    ['no such user', {facts: {hasUser: false}}, /no user hive/, false],
    ['a command is missing', {facts: {missing: ['setsid']}}, /lacks the command setsid/, false],
    ['no room', {facts: {freeBytes: {opt: 1e6}}}, /\/opt has .* free/, false],
    [
      'no room in the parcels',
      {request: {layout: 'recipe'}, facts: {freeBytes: {opt: 10e9, parcel: 1e6}}},
      /parcels have/,
      false,
    ],
    ['something else at its place', {facts: {inTheWay: '/opt/build-spark/dist'}}, /is not ours/, false],
    ['no class path of the cluster', {facts: {confFiles: ['spark-env.sh']}}, /classpath\.txt/, false],
    ['a taken port', {facts: {server: {...server, listener: 'other'}}}, /Port 10015 is taken/, false],
    [
      'a taken port at a reinstall',
      {facts: {server: {...server, listener: 'other'}, current: '.versions/x'}},
      /Port 10015 is taken/,
      false,
    ],
    [
      'a taken port that the environment names',
      {
        facts: {
          server: {...server, port: 10000, portFrom: 'HIVE_SERVER2_THRIFT_PORT', listener: 'other'},
        },
        request: {port: 10000},
      },
      /Port 10000 is taken there; it comes from HIVE_SERVER2_THRIFT_PORT/,
      false,
    ],
  ];
  test.each(cases)('%s', (_name, changed, message, isUsage) => {
    const {problems} = look(changed);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toMatch(message);
    expect(problems[0]?.hint).not.toBe('');
    expect(problems[0]?.isUsage ?? false).toBe(isUsage);
  });
});

test('what is no problem', () => {
  const fine: readonly Changed[] = [
    // Our own server listens there.
    {facts: {server: {...server, listener: 'ours'}, current: '.versions/x'}},
    // A gateway runs nothing: no port, no user, no keys, and a dist without a Thriftserver will do.
    {
      request: {role: 'gateway'},
      dist: {features: ['sparkr']},
      facts: {hasUser: false, server: {...server, listener: 'other', authentication: 'KERBEROS'}},
    },
    // It has all its jars.
    {dist: {deps: 'bundled'}, facts: {confFiles: []}},
    {
      request: {layout: 'recipe'},
      facts: {server: {...server, listener: 'other'}, inTheWay: '/x', confFiles: []},
    },
    // The overlay puts nothing into the parcels.
    {facts: {freeBytes: {opt: 10e9, parcel: 0}}},
  ];
  for (const changed of fine) expect(look(changed).problems).toEqual([]);
});

test('--force-version makes of a wrong version a loud warning, and of nothing else', () => {
  const {problems, warnings} = look({
    dist: {release: 'cdh5.7.1'},
    request: {forceVersion: true},
    facts: {hasUser: false},
  });
  expect(problems.map(({message}) => message)).toEqual(['It has no user hive.']);
  expect(warnings).toEqual([expect.stringContaining('INSTALLED ALL THE SAME')]);
});

test('warnings: no hive-site.xml, and dependencies of Apache', () => {
  const {problems, warnings} = look({without: 'hiveSite', dist: {dependencies: 'apache'}});
  expect(problems).toEqual([]);
  expect(warnings).toEqual([
    expect.stringContaining('hive-site.xml'),
    expect.stringContaining("Apache's Hadoop"),
  ]);
});

test('where the server will listen in another way than was asked for is said', () => {
  const warn = (more: Partial<NodeFacts['server']>): readonly string[] =>
    look({facts: {server: {...server, ...more}}}).warnings;
  expect(warn({mode: 'http'})).toEqual([
    expect.stringMatching(/speak HTTP, on port 10015, path \/cliservice/),
  ]);
  expect(warn({port: 10077, portFrom: '--hiveconf hive.server2.thrift.port'})).toEqual([
    expect.stringMatching(/port 10077, from --hiveconf .* instead of 10015/),
  ]);
  expect(warn({host: '10.0.0.1'})).toEqual([expect.stringContaining('listen on 10.0.0.1')]);
});

test('the recipe needs room for what is sent, kept and put: three times its jars, not the whole dist', () => {
  const recipe = {request: {layout: 'recipe' as const}};
  const sent = 101_000_200;
  expect(look({...recipe, facts: {freeBytes: {opt: sent * 2.3, parcel: sent * 1.2}}}).problems).toEqual([]);
  expect(look({...recipe, facts: {freeBytes: {opt: sent * 2.1, parcel: sent * 1.0}}}).problems).toHaveLength(
    2,
  );
});

test('the error lists every problem; one that is wrong anywhere makes it exit 2', () => {
  const {problems} = look({facts: {hasUser: false, javaVersion: '17'}, dist: {release: 'cdh5.7.1'}});
  const error = new PreflightError('node1', problems);
  expect(error.exitCode).toBe(2);
  expect(error.message.match(/^- /gm)).toHaveLength(3);
  expect(new PreflightError('node1', look({facts: {hasUser: false}}).problems).exitCode).toBe(1);
});

test.each([
  ['1.8.0_504', 8],
  ['1.7.0_80', 7],
  ['11.0.2', 11],
  ['17', 17],
  ['', undefined],
  [undefined, undefined],
])('JDK %s is %s', (version, major) => {
  expect(findJavaMajor(version)).toBe(major);
});
