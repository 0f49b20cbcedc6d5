import {mkdir, readdir, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {UsageError} from '../../src/core/errors.ts';
import {createJournal} from '../../src/machine/journal.ts';
import {makeFolder} from '../core/fixtures.ts';
import {makeEntry} from './fixtures.ts';

test('entries are written, replaced, listed in order and closed; the folder comes with the first', async () => {
  const folder = join(await makeFolder(), 'state/journal');
  const journal = createJournal(folder);
  expect(await journal.list()).toEqual([]);
  const [b, a] = [makeEntry({id: 'build-spark-b'}), makeEntry({id: 'build-spark-a'})];
  await journal.write(b);
  await journal.write(a);
  expect(await journal.list()).toEqual([a, b]);
  const kept = {...a, keepUntil: '2026-11-22T22:00:00.000Z'};
  await journal.write(kept);
  expect(await journal.read(a.id)).toEqual(kept);
  await journal.close(a.id);
  await journal.close(a.id);
  expect(await journal.list()).toEqual([b]);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect(await readdir(folder)).toEqual(['build-spark-b.json']);
});

test.each([
  ['damaged', '{"formatVersion": 1,'],
  ['empty', ''],
  ['of a later format', JSON.stringify({...makeEntry(), formatVersion: 2})],
  ['of a machine that is not ours by its name', JSON.stringify({...makeEntry(), id: 'production-db'})],
  ['with a name that would leave the folder', JSON.stringify({...makeEntry(), id: 'build-spark-/../../x'})],
])(
  'an entry that is %s is refused by its name: what we cannot read we must not forget',
  async (_what, text) => {
    const folder = await makeFolder();
    await mkdir(folder, {recursive: true});
    await writeFile(join(folder, 'build-spark-x.json'), text);
    const error = await createJournal(folder)
      .list()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({message: expect.stringContaining('build-spark-x.json')});
  },
);

test('a journal that cannot be read is never taken for an empty one', async () => {
  const folder = join(await makeFolder(), 'journal');
  await writeFile(folder, 'a file where the folder should be');
  await expect(createJournal(folder).list()).rejects.toThrow();
});
