// What `releases` is about: all, or what the ranges name, and the versions of CDH that have no tag.
import {expect, test} from 'vitest';
import {listReleases} from '../../src/batch/list-releases.ts';

test('without a range all releases, with one those of its line, with two both', async () => {
  const all = await listReleases({});
  const cdh = await listReleases({cdh: '5.7.x'});
  const both = await listReleases({cdh: '5.7.x', spark2: '2.4.x'});
  expect(cdh.rows.every(({tag}) => tag.startsWith('cdh5.7.'))).toBe(true);
  expect(both.rows.length).toBeGreaterThan(cdh.rows.length);
  expect(all.rows.length).toBeGreaterThan(both.rows.length);
});

test('a version between two others that has no tag is a gap', async () => {
  expect((await listReleases({cdh: '5.5.x'})).gaps).toEqual(['5.5.3']);
});

test('a range that matches nothing is a mistake', async () => {
  await expect(listReleases({cdh: '1.x'})).rejects.toThrow('1.x');
});
