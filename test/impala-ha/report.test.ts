import {expect, test} from 'vitest';
import {parseResult, type HaResult} from '../../src/impala-ha/page-results.ts';
import {renderReport} from '../../src/impala-ha/render-report.ts';

const hostile = '<img src=x onerror=alert(1)>';

const check = {
  ok: false,
  frontends: [
    {
      ...{frontend: 'impala-hs2', port: 21050, status: 'ok', spread: 'even'},
      answers: [
        {server: 'impalad1', value: '1', latencyMs: 12.4},
        {server: 'impalad2', value: '1', latencyMs: 15},
      ],
    },
    {
      ...{frontend: 'thriftserver', port: 10015, status: 'failed', spread: 'unknown', reason: hostile},
      answers: [{error: hostile, latencyMs: 3000}],
    },
  ],
};

const sample = {frontend: 'impala-hs2', startedMs: 0, endedMs: 20};
const course = {
  ...{endedMs: 9000, stoppingMs: 1000, stoppedMs: 1100, noticedMs: 3400, startingMs: 6000, backMs: 8200},
  samples: [sample, {...sample, startedMs: 1000, endedMs: 1050, error: hostile}],
};

const daemon = {
  ...{daemon: 'impalad1', tried: 2, cut: 1, lost: 0, errors: [hostile]},
  ...{noticedMs: 2400, backMs: 2200, longestMs: 20, course},
};

const server = {frontend: 'impala-hs2', port: 21050, server: 'impalad1', status: 'DOWN', isUp: false};
const status = {
  servers: [{...server, sessions: 3, total: 90, changedS: 61, reason: 'L4CON: refused'}],
};

const read = (value: unknown): HaResult => {
  const found = parseResult(JSON.stringify(value));
  if (found === undefined) throw new Error('Not read.');
  return found;
};

test('each of the three is known by what it holds; anything else is refused', () => {
  expect(read(check).kind).toBe('check');
  expect(read({ok: true, daemons: [daemon]}).kind).toBe('drill');
  expect(read(status).kind).toBe('status');
  expect(parseResult('{"ok":true}')).toBeUndefined();
  expect(parseResult('no JSON')).toBeUndefined();
});

test('who answered, what was cut, when it was noticed; what is wrong is said first', () => {
  const {text} = renderReport([read(check), read({ok: true, daemons: [daemon]}), read(status)]);
  expect(text).toContain('thriftserver fails, impalad1 of impala-hs2 is DOWN');
  expect(text).toContain('impalad2 1');
  expect(text).toMatch(/stopped after 1\.0 s, noticed after 3\.4 s, started after 6\.0 s, back after 8\.2 s/);
  expect(text.match(/class="failed"/g)).toHaveLength(1);
  expect(text).not.toContain('<img');
});

test('a drill of an older version, without its course, is a table alone', () => {
  const old = {...daemon, course: undefined};
  const {text} = renderReport([read({ok: true, daemons: [old]})]);
  expect(text).toContain('Every query was answered');
  expect(text).not.toContain('class="scroll drawing"');
});
