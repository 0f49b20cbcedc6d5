import fc from 'fast-check';
import {expect, test} from 'vitest';
import {findDifference, inputsSchema, type DistInputs} from '../../src/distribution/inputs.ts';
import {libFacts} from './fake-dist.ts';

const inputs: DistInputs = inputsSchema.parse(libFacts);
const patch = (name: string, digit: string): DistInputs['patches'][number] => ({
  name,
  sha256: digit.repeat(64),
});

test.each<[string, Partial<DistInputs>, RegExp | undefined]>([
  ['nothing', {}, undefined],
  ['where the same commit came from', {source: 'sample', tag: 'x'}, undefined],
  [
    'the commit',
    {commit: 'f'.repeat(40), source: '/fork'},
    /from commit 09d6fdd7be3a of .*cloudera\/spark, and not from ffffffffffff of \/fork/,
  ],
  ['the features', {features: ['sparkr']}, /with thriftserver, and not with sparkr/],
  ['deps', {deps: 'bundled'}, /--deps provided, and not bundled/],
  ['dependencies', {dependencies: 'cloudera'}, /"apache", and not "cloudera"/],
  ['a patch more', {patches: [...inputs.patches, patch('mine', 'b')]}, /without the patch mine/],
  ['a patch less', {patches: []}, /with the patch paho \(aaaaaaaaaaaa\), which is not asked for now/],
  ['a patch of another content', {patches: [patch('paho', 'c')]}, /another content of the patch paho/],
  ['an argument more', {arguments: [...inputs.arguments, '-Pfoo']}, /without the argument -Pfoo/],
  ['an argument less', {arguments: inputs.arguments.slice(1)}, /with the argument --mvn/],
  [
    'the order of the arguments',
    {arguments: [...inputs.arguments].reverse()},
    /another order or number of arguments/,
  ],
  ['what was replaced', {replaced: ['parquet 1.5.0']}, /without the replacement parquet 1\.5\.0/],
  [
    'an object that was replaced',
    {replaced: ['parquet 1.6.0', {to: '1'}]},
    /without the replacement \{"to":"1"\}/,
  ],
])('%s', (_name, change, expected) => {
  const difference = findDifference(inputs, {...inputs, ...change});
  if (expected === undefined) expect(difference).toBeUndefined();
  else expect(difference).toMatch(expected);
});

test('the order of the features does not count', () => {
  const both = (features: DistInputs['features']): DistInputs => ({...inputs, features});
  expect(findDifference(both(['sparkr', 'thriftserver']), both(['thriftserver', 'sparkr']))).toBeUndefined();
});

test('a difference one way is a difference the other way, and equal inputs have none', () => {
  const short = fc.constantFrom('a', 'b', 'c');
  const arbitrary = fc.record(
    {
      source: short,
      tag: short,
      commit: fc.constantFrom('0'.repeat(40), '1'.repeat(40)),
      features: fc.uniqueArray(fc.constantFrom('thriftserver' as const, 'sparkr' as const)),
      deps: fc.constantFrom('provided' as const, 'bundled' as const),
      dependencies: fc.constantFrom('cloudera' as const, 'apache' as const, 'none' as const),
      replaced: fc.array(fc.oneof(short, fc.record({p: short}, {noNullPrototype: true}))),
      patches: fc.array(
        fc.record(
          {name: short, sha256: fc.constantFrom('0'.repeat(64), '1'.repeat(64))},
          {noNullPrototype: true},
        ),
      ),
      arguments: fc.array(short),
    },
    {noNullPrototype: true},
  );
  fc.assert(
    fc.property(arbitrary, arbitrary, (a, b) => {
      expect(findDifference(a, structuredClone(a))).toBeUndefined();
      expect(findDifference(a, b) === undefined).toBe(findDifference(b, a) === undefined);
    }),
  );
});
