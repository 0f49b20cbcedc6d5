import {describe, expect, test} from 'vitest';
import {projectRoot} from '../../src/core/paths.ts';
import {readSourcePatches} from '../../src/maven/source-patches.ts';
import {readCatalogue} from '../../src/catalogue/release-list.ts';

const catalogue = await readCatalogue();
const count = (test: (row: (typeof catalogue)[number]) => boolean): number => catalogue.filter(test).length;

describe('the catalogue', () => {
  test('has each of the 115 tags once, with a commit of its own', () => {
    expect(catalogue).toHaveLength(115);
    expect(new Set(catalogue.map(({tag}) => tag)).size).toBe(115);
    for (const {commit} of catalogue) expect(commit).toMatch(/^[0-9a-f]{40}$/);
  });

  test('74 scripts have the block, all of one kind but four', () => {
    expect(count(({removal}) => removal.status === 'present')).toBe(74);
    const long = catalogue.filter(
      ({removal}) => removal.status === 'present' && removal.scripts.length === 6,
    );
    expect(long.map(({tag}) => tag)).toEqual([
      'spark2-2.0.0-beta1',
      'spark2-2.0.0-beta2',
      'spark2-2.0.0-cloudera1',
      'spark2-2.0.0-cloudera2',
    ]);
  });

  test('SparkR can be built from 5.5 on', () =>
    expect(count(({sparkr}) => sparkr.status === 'yes')).toBe(74));

  test('the Thriftserver of 5.3 and of 5.5 to 5.9 needs no patch; what cannot be had has its reason', () => {
    const plain = catalogue.filter(({thriftserver}) => thriftserver.status === 'yes');
    expect(plain).toHaveLength(34);
    expect(plain.every(({cdhVersion}) => /^5\.[35-9]\./.test(cdhVersion ?? ''))).toBe(true);
    for (const {thriftserver, sparkr} of catalogue)
      for (const capability of [thriftserver, sparkr])
        if (capability.status !== 'yes') expect(capability.reason).toMatch(/^[A-Z].{20,}\.$/);
  });

  test.each([
    ['hive-cdh5.2', 7, /^cdh5\.2\./],
    ['hive-cdh5.4', 11, /^cdh5\.4\./],
    ['hive-cdh5.10', 22, /^cdh5\.1[0-6]\./],
    ['hive-cdh6', 8, /^cdh6\.[123]\./],
    ['hive-cdh6.0', 2, /^cdh6\.0\./],
    ['hive-swap-2.0-beta', 3, /^spark2-2\.0\.0-(beta[12]|cloudera1)$/],
    ['hive-swap-2.0', 5, /^spark2-2\.[01]\.0-cloudera/],
    ['hive-swap-2.2', 4, /^spark2-2\.2\.0-/],
    ['hive-swap-2.3', 6, /^spark2-2\.[34]\.0-/],
  ])('by our patch %s, which is one that we ship, %i get theirs', async (id, number, tags) => {
    const patched = catalogue.filter(
      ({thriftserver}) => thriftserver.status === 'patched' && thriftserver.patch === id,
    );
    expect(patched).toHaveLength(number);
    expect(patched.every(({tag}) => tags.test(tag))).toBe(true);
    const patch = (await readSourcePatches(projectRoot)).find((one) => one.id === id);
    for (const {thriftserver} of patched)
      expect(thriftserver).toEqual({status: 'patched', reason: patch?.reason, patch: id});
  });

  test('“no” stands only where Spark itself had no Thriftserver', () => {
    const none = catalogue.filter(({thriftserver}) => thriftserver.status === 'no');
    expect(none).toHaveLength(13);
    expect(none.every(({cdhVersion}) => /^5\.[01]\./.test(cdhVersion ?? ''))).toBe(true);
  });

  test('every row has the versions that a build needs; only one parent hides its CDH', () => {
    const hidden = catalogue.filter(({hadoopVersion}) => hadoopVersion === undefined);
    expect(hidden.map(({tag}) => tag)).toEqual(['spark2-2.0.0-beta1']);
    for (const {hadoopVersion, hiveVersion} of catalogue.filter((row) => !hidden.includes(row))) {
      expect(hadoopVersion).toMatch(/^\d\.\d\.\d-cdh\d/);
      expect(hiveVersion).toMatch(/^\d\.\d+\.\d-cdh\d/);
    }
  });
});
