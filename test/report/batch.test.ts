import {XMLParser} from 'fast-xml-parser';
import stringWidth from 'string-width';
import {expect, test} from 'vitest';
import {createBatchView} from '../../src/report/batch-view.ts';
import {createCollector} from '../../src/report/collector.ts';
import {renderJunit, renderRefusal} from '../../src/report/junit.ts';
import {plainStyle} from '../../src/report/style.ts';
import {at, planGreenBuild} from './sample-events.ts';

const ids = Array.from({length: 11}, (_, index) => `cdh5.${index + 5}.0-nodeps`);
const failure = {kind: 'memory', message: 'Too little <memory> & \u0007 more', hint: 'Give it more.'};
const events = [
  at(0, {type: 'run.started', command: 'batch', builds: ids, jobs: 9}),
  ...planGreenBuild(ids[0]),
  at(1, {type: 'build.finished', buildId: ids[1]!, status: 'failed', durationMs: 61_000, failure}),
  ...ids.slice(2, 9).flatMap((buildId) => planGreenBuild(buildId).slice(0, 7)),
  at(30, {type: 'run.progress', total: 11, finished: 2, running: 7, remainingMs: 600_000}),
];

test('one line a build and one for all; where there are too few rows, what waits is counted first', () => {
  const view = createBatchView();
  events.forEach(view.update);
  const frame = {nowMs: Date.parse(at(40, events[0]!).at), spinner: '*', style: plainStyle};
  const all = view.render({...frame, rows: 23});
  expect(all).toHaveLength(12);
  expect(all[0]).toBe('✓ cdh5.5.0-nodeps   built  5m 06s');
  expect(all[1]).toBe('✗ cdh5.6.0-nodeps   failed  1m 01s  Too little <memory> &  more');
  expect(all[2]).toBe('* cdh5.7.0-nodeps   Make distribution 16s  [1/2] Spark Project Core');
  expect(all[10]).toBe('  cdh5.15.0-nodeps  waiting');
  expect(all[11]).toBe('2 of 11 done, 7 running, 2 waiting, about 10 min left');
  for (const line of all) expect(stringWidth(line)).toBeLessThan(80);
  expect(view.render({...frame, rows: 10})).toEqual([...all.slice(0, 9), all[11]]);
  expect(view.render({...frame, rows: 9})).toEqual([...all.slice(1, 9), all[11]]);
  expect(view.render({...frame, rows: 3})).toEqual(all.slice(7, 9).concat(all[11]!));
});

test('JUnit: passed, failed with message and log, skipped with its reason, cancelled, unfinished', () => {
  const collector = createCollector();
  events.forEach(collector.subscriber);
  const end = {type: 'build.finished', durationMs: 0} as const;
  const unsupported = {kind: 'unsupported', message: 'It has no Thriftserver.', hint: ''};
  const notBegun = {kind: 'not-begun', message: 'It was not begun.', hint: ''};
  collector.subscriber(at(40, {...end, buildId: ids[2]!, status: 'skipped', failure: unsupported}));
  collector.subscriber(at(40, {...end, buildId: ids[3]!, status: 'cancelled', failure: notBegun}));
  collector.subscriber(at(40, {...end, buildId: ids[4]!, status: 'cancelled'}));
  const xml = renderJunit(collector.outcome(), {
    startedAt: new Date(0),
    tailOf: (id) => (id === ids[1] ? ['last ]]> line'] : []),
  });
  const parsed = new XMLParser({ignoreAttributes: false, cdataPropName: 'text'}).parse(xml) as {
    testsuites: Record<string, unknown> & {testsuite: {testcase: Record<string, unknown>[]}};
  };
  const {testsuites} = parsed;
  expect(testsuites).toMatchObject({
    '@_tests': '11',
    '@_failures': '1',
    '@_errors': '7',
    '@_skipped': '2',
  });
  const cases = testsuites.testsuite.testcase;
  expect(cases[1]).toMatchObject({'@_name': ids[1], '@_time': '61', failure: {'@_type': 'memory'}});
  expect(JSON.stringify(cases[1])).toContain('Give it more.');
  expect(JSON.stringify(cases[2])).toContain('It has no Thriftserver.');
  // eslint-disable-next-line no-control-regex
  expect(xml).not.toMatch(/\u0007/);
  expect(renderRefusal('No <ref>.', 'Name one.', new Date(0))).toContain('errors="1"');
});
