import {expect, test} from 'vitest';
import {
  featureScripts,
  parseFeatures,
  renderFeatureSuffix,
  type FeatureName,
} from '../../src/catalogue/features.ts';
import {InvalidValueError} from '../../src/core/values.ts';

test('--with: names, in the order that was typed, or none', () => {
  expect(parseFeatures('none')).toEqual([]);
  expect(parseFeatures('thriftserver, sparkr')).toEqual(['thriftserver', 'sparkr']);
  for (const text of ['', 'none,sparkr', 'Thriftserver', 'sparkr,'])
    expect(() => parseFeatures(text)).toThrow(InvalidValueError);
});

test.each<[readonly FeatureName[], string]>([
  [['thriftserver'], ''],
  [['sparkr'], '-R'],
  [['thriftserver', 'sparkr'], '-sql-R'],
  [['sparkr', 'thriftserver'], '-sql-R'],
  [[], '-plain'],
])('a dist with %j is named %j, as by the original recipe', (names, suffix) => {
  expect(renderFeatureSuffix(names)).toBe(suffix);
});

test("the scripts of the features are the five that Cloudera's script removes, each of one feature", () => {
  expect(featureScripts.map(({path}) => path).sort()).toEqual([
    'bin/beeline',
    'bin/spark-sql',
    'bin/sparkR',
    'sbin/start-thriftserver.sh',
    'sbin/stop-thriftserver.sh',
  ]);
});
