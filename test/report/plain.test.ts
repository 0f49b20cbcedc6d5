import {expect, test} from 'vitest';
import {createPlainReporter} from '../../src/report/plain.ts';
import {at, oneOfEach, planGreenBuild} from './sample-events.ts';

function record(options: {verbose?: boolean; quiet?: boolean} = {}) {
  const lines: string[] = [];
  const reporter = createPlainReporter({write: (text) => lines.push(text), verbose: false, ...options});
  return {lines, ...reporter};
}

test('a build gives one line a step start and end, with times, and a module line when it changes', () => {
  const {lines, subscriber} = record();
  planGreenBuild().forEach(subscriber);
  expect(lines.map((line) => line.trimEnd())).toEqual([
    '20:00:00 cdh5.7.0-1: 2 steps to /out/dist-cdh5.7.0-1',
    '20:00:01 → Boot machine',
    '20:00:01   machine build-spark-cdh5.7.0-1 (lxc) is being created',
    '20:00:24 ✓ Boot machine 23s',
    '20:00:24 → Make distribution',
    '20:00:30   [1/2] Spark Project Core',
    '20:01:00   [1/2] Spark Project Core, 40 files downloaded',
    '20:01:01   [2/2] Spark Project SQL, about 2 min left',
    '20:05:00 ✓ Make distribution 4m 36s',
    '20:05:00 → Destroy machine',
    '20:05:05   machine build-spark-cdh5.7.0-1 is gone (lxc no longer lists it)',
    '20:05:05 ✓ Destroy machine 5s',
    '20:05:06 cdh5.7.0-1: built after 5m 06s',
  ]);
});

test('lines name their build when the run has several', () => {
  const {lines, subscriber} = record();
  subscriber(at(0, {type: 'run.started', command: 'build', builds: ['a', 'b']}));
  subscriber(at(1, {type: 'step.started', buildId: 'b', step: 'Boot machine'}));
  expect(lines[1]).toBe('20:00:01 b  → Boot machine\n');
});

test('how far a run is comes once a build that ended, and a line names its build once', () => {
  const {lines, subscriber} = record();
  subscriber(at(0, {type: 'run.started', command: 'build', builds: ['a', 'b', 'c']}));
  for (const finished of [0, 0, 1, 1, 2, 3])
    subscriber(
      at(1, {type: 'run.progress', total: 3, finished, running: 1, remainingMs: 60_000 * (3 - finished)}),
    );
  subscriber(at(2, {type: 'build.finished', buildId: 'a', status: 'built', durationMs: 1_000}));
  expect(lines.slice(1).map((line) => line.trimEnd().slice(9))).toEqual([
    '0 of 3 builds done, about 3 min left',
    '1 of 3 builds done, about 2 min left',
    '2 of 3 builds done, about 1 min left',
    'a: built after 1s',
  ]);
});

test('log lines appear only with verbose, without what could steer a terminal', () => {
  const event = at(0, {
    type: 'log.line',
    level: 'info',
    line: '\u001b[31mred\u001b[0m\u0007 \u001b]0;title\u0007',
  });
  const quiet = record();
  quiet.subscriber(event);
  expect(quiet.lines).toEqual([]);
  const verbose = record({verbose: true});
  verbose.subscriber(event);
  expect(verbose.lines).toEqual(['20:00:00   red \n']);
});

test('quiet prints only trouble', () => {
  const {lines, subscriber} = record({quiet: true});
  planGreenBuild().forEach(subscriber);
  expect(lines).toEqual([]);
  subscriber(oneOfEach['machine.leaked']);
  subscriber(oneOfEach['build.finished']);
  expect(lines).toHaveLength(2);
});

test('a long silence says what is being waited for, and since when', () => {
  const {lines, subscriber, tick} = record();
  subscriber(at(0, {type: 'step.started', buildId: 'b', step: 'Boot machine'}));
  tick(new Date('2026-11-22T20:00:59Z'));
  expect(lines).toHaveLength(1);
  tick(new Date('2026-11-22T20:01:10Z'));
  tick(new Date('2026-11-22T20:01:20Z'));
  expect(lines.slice(1)).toEqual(['20:01:10 … still at it: Boot machine (Boot machine for 1m 10s)\n']);
});

test('a failed step says that its machine is still there and what happens next', () => {
  const {lines, subscriber} = record();
  subscriber(oneOfEach['machine.created']);
  subscriber(oneOfEach['step.finished']);
  expect(lines[1]).toContain('✗ Make distribution failed after 3s; machine build-spark-cdh5.7.0-1');
});

test('what is still at work is all that runs, each with its own time; what was ending is over after a minute', () => {
  const {lines, subscriber, tick} = record();
  const buildId = 'a';
  subscriber(at(0, {type: 'step.started', buildId, step: 'Make distribution'}));
  subscriber(
    at(1, {
      type: 'step.progress',
      buildId,
      step: 'Make distribution',
      message: '[9/29] Core, Shuffle',
      modules: [
        {name: 'Core', elapsedMs: 30_000},
        {name: 'YARN', elapsedMs: 20_000},
        {name: 'Shuffle', elapsedMs: 10_000, isEnding: true},
      ],
    }),
  );
  tick(new Date(Date.parse(at(0, {type: 'run.finished', exitCode: 0, durationMs: 0}).at) + 241_000));
  expect(lines.at(-1)).toContain(
    'still at it: [9/29] Core (4 min), YARN (4 min) (Make distribution for 4m 01s)',
  );
});
