// Whose builds share what they left: Cloudera's own commits, the sample, and each other source alone.
import {createHash} from 'node:crypto';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {planDomain, readDomain} from '../../src/recipe/trust-domain.ts';
import {readCatalogue} from '../../src/catalogue/release-list.ts';
import {skipTestArguments} from '../../src/maven/dependency-plan.ts';
import {parseSource} from '../../src/source/location.ts';
import {makeFolder} from '../core/fixtures.ts';

const catalogue = await readCatalogue();
const commit = catalogue.find(({tag}) => tag === 'cdh5.7.0-release')?.commit ?? '';
const plan = {
  tag: 'cdh5.7.0-release',
  commit,
  arguments: ['-B', '-Pyarn', ...skipTestArguments],
  ownArguments: [],
};
const changed = {...plan, commit: '1'.repeat(40)};
const source = (text: string) => parseSource(text, '/work');
const cloudera = source('https://github.com/cloudera/spark');
const fork = source('https://github.com/someone/spark');
const patch = ['a'.repeat(64)];

test('a commit that Cloudera published is of the releases, wherever it was fetched from', () => {
  for (const from of [cloudera, fork, source('/a/copy')]) {
    expect(planDomain(plan, from, [], catalogue)).toBe('releases');
    expect(planDomain({...plan, tag: 'refs/heads/x'}, from, [], catalogue)).toBe('releases');
  }
});

test('words of our own patches make a release no other build’s', () => {
  const words = {arguments: [...plan.arguments, '-Dhive.group=x'], ownArguments: ['-Dhive.group=x']};
  expect(planDomain({...plan, ...words}, cloudera, [], catalogue)).toBe('releases');
  expect(planDomain({...plan, ...words, ownArguments: []}, cloudera, [], catalogue)).not.toBe('releases');
});

test('any other commit is not, under whatever tag and from whatever source', () => {
  for (const from of [cloudera, fork, source('/a/copy')])
    expect(planDomain(changed, from, [], catalogue)).toMatch(/^[0-9a-f]{16}$/);
});

test('the sample is ours; a folder or an address of that name is not', () => {
  expect(planDomain(changed, source('sample'), [], catalogue)).toBe('sample');
  for (const from of ['./sample', '/sample', 'https://example.com/sample'])
    expect(planDomain(changed, source(from), [], catalogue), from).toMatch(/^[0-9a-f]{16}$/);
});

test('another source, ref, patch or -D is another domain; the same once more is the same one', () => {
  const own = planDomain(changed, fork, [], catalogue);
  expect(planDomain({...changed, commit: '2'.repeat(40)}, fork, [], catalogue)).toBe(own); // A branch moves on.
  const defined = {...changed, arguments: [...plan.arguments, '-Dcdh.repo=https://example.com']};
  const others = [
    planDomain(changed, source('https://github.com/other/spark'), [], catalogue),
    planDomain({...changed, tag: 'pull/2'}, fork, [], catalogue),
    planDomain(changed, fork, patch, catalogue),
    planDomain(changed, fork, ['b'.repeat(64)], catalogue),
    planDomain(defined, fork, [], catalogue),
    // Of a release and the sample as well.
    planDomain(plan, cloudera, patch, catalogue),
    planDomain({...plan, arguments: defined.arguments}, cloudera, [], catalogue),
    planDomain(changed, source('sample'), patch, catalogue),
  ];
  expect(new Set([own, 'releases', 'sample', ...others]).size).toBe(others.length + 3);
});

test('patches count by their content', async () => {
  const folder = await makeFolder();
  const text = 'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n';
  const [one, two] = [join(folder, 'one.patch'), join(folder, 'two.patch')];
  for (const file of [one, two]) await writeFile(file, text);
  const read = (...patches: readonly string[]) => readDomain({...plan, patches}, cloudera);
  expect(await read()).toBe('releases');
  expect(await read(one)).toBe(await read(two));
  expect(await read(one)).toBe(
    planDomain(plan, cloudera, [createHash('sha256').update(text).digest('hex')], catalogue),
  );
  await writeFile(two, text.replace('+b', '+c'));
  expect(await read(one)).not.toBe(await read(two));
});
