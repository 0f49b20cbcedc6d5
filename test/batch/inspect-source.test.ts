// What `inspect` reads: the catalogue where that will do, else the source itself.
import {expect, test} from 'vitest';
import {inspectSource} from '../../src/batch/inspect-source.ts';
import {openDesk} from './desk.ts';

test("a tag of Cloudera's own is known without a copy of the source, under the name that was typed", async () => {
  const {terminal} = await openDesk();
  const {facts, warnings} = await inspectSource(terminal, {ref: 'refs/tags/cdh5.7.0-release'});
  expect(facts).toMatchObject({tag: 'refs/tags/cdh5.7.0-release', cdhVersion: '5.7.0'});
  expect(warnings).toEqual([]);
});

test('of another source its files are read', async () => {
  const {terminal} = await openDesk();
  const {facts} = await inspectSource(terminal, {ref: 'cdh5.7.0-release', source: 'sample'});
  expect(facts.tag).toBe('cdh5.7.0-release');
  const {facts: known} = await inspectSource(terminal, {ref: 'cdh5.7.0-release'});
  expect(facts.commit).not.toBe(known.commit);
});

test('what cannot be a ref is refused before anything is opened', async () => {
  const {terminal} = await openDesk();
  await expect(inspectSource(terminal, {ref: '--upload-pack=x'})).rejects.toThrow('--upload-pack=x');
});
