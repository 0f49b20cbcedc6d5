import {expect, test} from 'vitest';
import {findTellingLines} from '../../src/recipe/telling-lines.ts';

test('errors with the line before each, without Maven’s advice, oldest first', () => {
  const noise = Array.from({length: 500}, (_, index) => `[INFO] line ${index}`);
  const lines = [
    ...noise,
    '[INFO] compiling Core',
    '[ERROR] Foo.scala:3: not found: value x',
    ...noise.slice(0, 50),
    '[INFO] BUILD FAILURE',
    '[ERROR] Failed to execute goal compile',
    '[ERROR] ',
    '[ERROR] Re-run Maven using the -X switch',
    '[ERROR] [Help 1] http://example.com',
  ];
  expect(findTellingLines(lines)).toEqual([
    '[INFO] compiling Core',
    '[ERROR] Foo.scala:3: not found: value x',
    '[INFO] line 49',
    '[INFO] BUILD FAILURE',
    '[ERROR] Failed to execute goal compile',
  ]);
});

test('the very last ones where none tells anything; never more than forty, none endless', () => {
  const lines = Array.from({length: 100}, (_, index) => `line ${index}`);
  expect(findTellingLines(lines)).toEqual(lines.slice(-15));
  const errors = findTellingLines(Array.from({length: 100}, () => `[ERROR] ${'x'.repeat(5_000)}`));
  expect(errors.length).toBeLessThanOrEqual(40);
  expect(errors[0]!.length).toBeLessThan(1_100);
});
