import fc from 'fast-check';
import {readFile} from 'node:fs/promises';
import {describe, expect, test} from 'vitest';
import {
  definitionSchema,
  findDifference,
  findOutdated,
  hashDependencies,
  hashInputs,
  inputsSchema,
  planInputs,
  renderBuiltBox,
  sha256Schema,
  type DistInputs,
} from '../../src/distribution/fingerprint.ts';
import {readGuestHashes} from '../../src/distribution/guest-hashes.ts';
import type {DependencyPlan} from '../../src/maven/dependency-plan.ts';
import type {StandIn} from '../../src/maven/stand-in.ts';
import {libFacts, makeFolder, writeTree} from './fake-dist.ts';

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

describe('a fingerprint that an earlier version stored', () => {
  const edit = {id: 'e', file: 'pom.xml', why: 'w'};
  const dependencies = {
    mode: 'apache',
    line: '5.7.0',
    parentPom: {path: 'cdh-root.pom', content: 'x'},
    bridges: [{groupId: 'g', artifactId: 'a', version: '1'}],
    edits: [{...edit, find: 'a', replace: 'b', times: 1}],
    compiled: [],
    emptyJars: ['t'],
  } as unknown as DependencyPlan;
  const asked = planInputs(
    {
      ...{source: 'https://example.com/spark', tag: 'cdh5.7.0-release'},
      ...{commit: '0123456789abcdef0123456789abcdef01234567', features: ['thriftserver'], deps: 'provided'},
      ...{dependencies: 'apache', arguments: ['-B', '-Pyarn']},
    },
    dependencies,
    {edits: [{...edit, sha256: 'a'.repeat(64)}], patches: [patch('p', 'b')]},
  );

  async function readStored() {
    const text = await readFile(new URL('stored/fingerprint.json', import.meta.url), 'utf8');
    const parts = {inputsHash: sha256Schema, definition: definitionSchema};
    return inputsSchema.extend(parts).parse(JSON.parse(text));
  }

  /** Of files with their own names as content. */
  async function makeCheckout(): Promise<string> {
    const root = await makeFolder();
    const guest = ['in-guest.sh', 'mvn.sh', 'SharedCompiler.java', 'module-cache/Key.java'];
    const puppet = ['manifests/site.pp', 'data/common.yaml', 'hiera.yaml'];
    const names = [
      ...puppet.map((name) => `puppet/environments/production/${name}`),
      ...['vagrant/bootstrap.sh', ...guest.map((name) => `data/guest/${name}`)],
    ];
    await writeTree(root, Object.fromEntries(names.map((name) => [name, `${name}\n`])));
    return root;
  }

  test('is that of the same build today: nothing is built again for a new version of the tool', async () => {
    const stored = await readStored();
    const definition = {
      box: renderBuiltBox('debian', 'ab'.repeat(20), {b: '2', a: '1'}),
      ...(await readGuestHashes(await makeCheckout())),
      dependencies: hashDependencies(dependencies, {installScript: 'install'} as StandIn),
    };
    expect(definition).toEqual(stored.definition);
    expect(asked).toMatchObject(inputsSchema.parse(stored));
    expect(hashInputs(asked, definition)).toBe(stored.inputsHash);
    expect(findOutdated(stored, asked, definition)).toBeUndefined();
  });

  test.each([
    ['box', 'another box'],
    ['puppet', 'other Puppet code'],
    ['hiera', 'other Puppet data'],
    ['dependencies', 'another stand-in'],
  ] as const)('another %s is told from it, in words', async (part, words) => {
    const stored = await readStored();
    const definition = {...stored.definition, [part]: 'f'.repeat(64)};
    expect(findOutdated(stored, asked, definition)).toContain(words);
  });
});
