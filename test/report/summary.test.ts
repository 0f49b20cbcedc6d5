import {expect, test} from 'vitest';
import {createCollector} from '../../src/report/collector.ts';
import {findBrief} from '../../src/report/dist-brief.ts';
import {renderSummary, type SummaryContext} from '../../src/report/summary.ts';
import type {Event} from '../../src/core/events.ts';
import {at, oneOfEach, planGreenBuild} from './sample-events.ts';

const context: SummaryContext = {dists: new Map(), logs: new Map(), columns: 80};

function summarise(events: readonly Event[], rest: Partial<SummaryContext> = {}): Promise<string> {
  const collector = createCollector();
  events.forEach(collector.subscriber);
  return renderSummary(collector.outcome(), {...context, ...rest});
}

const brief = findBrief([
  {path: 'lib/spark-assembly-1.6.0-cdh5.7.0-hadoop2.6.0.jar', bytes: 98_000_000},
  {path: 'lib/datanucleus-core-3.2.10.jar', bytes: 1_900_000},
  {path: 'bin/beeline', bytes: 1000},
  {path: 'sbin/start-thriftserver.sh', bytes: 2000},
  {path: 'examples/jars/deep/x.jar', bytes: 5},
]);

test('a green build ends with its dist, contents, times, and where the machine went', async () => {
  const dists = new Map([['/out/dist-cdh5.7.0-1', brief]]);
  const notes = new Map([['cdh5.7.0-1', ['compiled against Apache']]]);
  expect(await summarise(planGreenBuild(), {dists, notes})).toBe(`
✓ /out/dist-cdh5.7.0-1
  100 MB in 5 files, 2 jars, mainly
    lib/spark-assembly-1.6.0-cdh5.7.0-hadoop2.6.0.jar (98 MB)
    lib/datanucleus-core-3.2.10.jar (1.9 MB)
  scripts: start-thriftserver.sh, beeline
  compiled against Apache
  Boot machine           23s
  Make distribution   4m 36s
  Destroy machine         5s
  in all              5m 06s
✓ machine build-spark-cdh5.7.0-1 is gone (lxc no longer lists it)
`);
});

test('a failed build tells kind, reason, remedy and log, and what became of its machine', async () => {
  const logs = new Map([['cdh5.7.0-1', '/logs/cdh5.7.0-1/build.log']]);
  const events = [oneOfEach['machine.created'], oneOfEach['step.finished'], oneOfEach['build.finished']];
  const text = await summarise(events, {logs});
  expect(text).toContain('✗ cdh5.7.0-1 failed after 5s.');
  expect(text).toContain(
    'disk-full in "Make distribution": No space left on device.\n  → Free some.\n  log: /logs/',
  );
  expect(text).toContain('Make distribution       3s  failed');
  expect(text).toContain(
    'machine build-spark-cdh5.7.0-1 was kept (lxc); `build-spark reap --all` destroys it',
  );
  const leaked = await summarise([...events, oneOfEach['machine.leaked']]);
  expect(leaked).toContain('may still exist (lxc): lxc still lists it.\n  → build-spark reap');
  expect(leaked).not.toContain('gone');
});

test('several builds end in a table that fits the width, then the failures, then the machines', async () => {
  const failed = planGreenBuild('cdh5.8.0-x').slice(0, -1);
  const events = [
    at(0, {type: 'run.started', command: 'batch', builds: ['cdh5.7.0-x', 'cdh5.8.0-x', 'late']}),
    ...planGreenBuild('cdh5.7.0-x'),
    ...failed,
    at(9, {
      type: 'build.finished',
      buildId: 'cdh5.8.0-x',
      status: 'failed',
      durationMs: 61_000,
      failure: {
        kind: 'network',
        message: 'Maven cannot get a thing whose name is long'.repeat(3),
        hint: 'Try again.',
      },
    }),
    at(9, {type: 'run.finished', exitCode: 1, durationMs: 400_000}),
  ];
  const text = await summarise(events, {columns: 60});
  const table = text.split('\n').slice(1, 4);
  expect(table[0]).toBe('cdh5.7.0-x  built        5m 06s  /out/dist-cdh5.7.0-x');
  expect(table[1]).toMatch(/^cdh5\.8\.0-x {2}failed {7}1m 01s {2}Maven.*…$/);
  expect(table[1]!.length).toBeLessThanOrEqual(60);
  expect(table[2]).toMatch(/^late {8}unfinished/);
  expect(text).toContain('1 built, 1 failed, 1 unfinished, in 6m 40s');
  expect(text).toContain('✓ all 2 machines are gone (lxc no longer lists them)');
});

test('no builds, no summary', async () => {
  expect(await summarise([oneOfEach['run.finished']])).toBe('');
});
