import {expect, test} from 'vitest';
import {HostError, InterruptedError, ProblemsError, UsageError} from '../../src/core/errors.ts';
import {renderError} from '../../src/report/error.ts';
import {createStyle, hasColor, hasLiveTerminal} from '../../src/report/style.ts';

test('an expected error is its message and the next thing to type, without a stack', () => {
  const error = new UsageError(
    'No release 5.5.3.\nNearest: 5.5.2, 5.5.4',
    'build-spark releases --cdh 5.5.x',
  );
  expect(renderError(error, {verbose: true})).toBe(
    'error: No release 5.5.3.\n  Nearest: 5.5.2, 5.5.4\n  → build-spark releases --cdh 5.5.x\n',
  );
  expect(renderError(new InterruptedError('SIGINT'), {verbose: false})).toMatch(
    /^stopped: Interrupted by SIGINT\.\n {2}→ /,
  );
});

test('several problems are numbered, each with its remedy', () => {
  const error = new ProblemsError([
    new HostError('No rsync.', 'apt install rsync'),
    new UsageError('Bad range.', 'Mend it.'),
  ]);
  expect(renderError(error, {verbose: false})).toBe(
    'error: 2 problems\n  1. No rsync.\n     → apt install rsync\n  2. Bad range.\n     → Mend it.\n',
  );
});

test('anything else is our bug: the stack only when asked for, else the file that has it', () => {
  const error = new TypeError('x is not a function', {cause: new Error('deep')});
  const short = renderError(error, {verbose: false, crashFile: '/logs/crash.txt'});
  expect(short).toContain('bug in build-spark');
  expect(short).toContain('/logs/crash.txt');
  expect(short).not.toContain('    at ');
  const long = renderError(error, {verbose: true, crashFile: '/logs/crash.txt'});
  expect(long).toContain('    at ');
  expect(long).toContain('Caused by: Error: deep');
});

test.each([
  [{}, true, false, true],
  [{}, false, false, false],
  [{TERM: 'dumb'}, true, false, false],
  [{NO_COLOR: '1'}, true, false, false],
  [{NO_COLOR: ''}, true, false, true],
  [{FORCE_COLOR: '1'}, false, false, true],
  [{FORCE_COLOR: '0'}, true, false, false],
  [{FORCE_COLOR: '1', NO_COLOR: '1'}, true, false, false],
  [{FORCE_COLOR: '1'}, true, true, false],
])('colour with %o, terminal %s, --no-color %s: %s', (env, isTTY, noColor, expected) => {
  expect(hasColor(env, {isTTY, noColor})).toBe(expected);
  expect(createStyle(expected)('bad', 'x') === 'x').toBe(!expected);
});

test.each([
  [{}, true, true],
  [{}, false, false],
  [{TERM: 'dumb'}, true, false],
  [{CI: 'true'}, true, false],
  [{CI: ''}, true, true],
  [{CI: 'false'}, true, true],
])('live view with %o, terminal %s: %s', (env, isTTY, expected) => {
  expect(hasLiveTerminal(env, isTTY)).toBe(expected);
});
