import {expect, test} from 'vitest';
import {findRunExitCode, type BuildResult} from '../../src/recipe/run-build.ts';

const results = (...codes: readonly number[]): readonly BuildResult[] =>
  codes.map((exitCode) => ({exitCode}) as BuildResult);

test.each([
  [[], 0],
  [[0, 0], 0],
  [[0, 1], 1],
  [[4, 0], 4],
  [[2, 4], 1],
  [[1, 130], 130],
  [[130, 3, 1], 3],
  [[3, 0], 3],
])('builds that end with %j make a run that ends with %i', (codes, expected) => {
  expect(findRunExitCode(results(...codes))).toBe(expected);
});
