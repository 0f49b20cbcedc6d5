// What our `mvn` adds to the call that builds.
import {expect, test} from 'vitest';
import {planBuildOptions} from '../../src/maven/maven-options.ts';

test.each([
  ['1.6.0', false, 4, ['-T', '4']],
  ['2.3.0', false, 2, ['-T', '2']],
  ['2.4.0', false, 4, []],
  ['1.6.0', true, 4, []],
  ['1.6.0', false, 1, []],
])('Spark %s, its tests compiled: %s, on %i cores: %j', (sparkVersion, compileTests, cpus, words) => {
  expect(planBuildOptions({compileTests, facts: {sparkVersion}}, {cpus})).toEqual(words);
});
