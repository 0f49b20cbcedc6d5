// Edits by pattern, on text and on a tree; and those that we ship.
import {mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {BuildError} from '../../src/core/errors.ts';
import {
  applyEdit,
  applyEdits,
  describeEdit,
  doEditsFit,
  type Addition,
  type Deletion,
  type Replacement,
} from '../../src/maven/edits.ts';

const literal: Replacement = {
  id: 'a',
  why: 'because',
  file: 'x/pom.xml',
  find: '1.0.1',
  times: 1,
  replace: '$&1.0.2',
};
const pattern: Replacement = {
  ...literal,
  id: 'b',
  find: {pattern: '^ <deps>$', flags: 'm'},
  replace: '$&\n  <dep/>',
};

const addition: Addition = {id: 'n', why: 'because', file: 'x/new/A.java', text: 'class A {}\n'};

const deletion: Deletion = {id: 'd', why: 'because', file: 'x/Old.java', delete: true};

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edits-'));
});
afterEach(() => rm(folder, {recursive: true}));

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), {recursive: true});
  await writeFile(join(folder, path), text);
}

test('a piece of text is replaced as it is written, a pattern with what it found', () => {
  expect(applyEdit(literal, 'v 1.0.1;')).toBe('v $&1.0.2;');
  expect(applyEdit(pattern, 'a\n <deps>\nb')).toBe('a\n <deps>\n  <dep/>\nb');
});

test.each([
  [literal, 'nothing', 0],
  [literal, '1.0.1 1.0.1', 2],
  [pattern, ' <deps>\n <deps>', 2],
])('an edit that matches %#: another number of times than it says is refused', (edit, text, count) => {
  expect(() => applyEdit(edit, text)).toThrow(
    new RegExp(`\`${edit.id}\` does not fit x/pom.xml: .* ${count} times, not 1`),
  );
});

test('several edits of one file all take effect, and are reported with a hash of what they do', async () => {
  await put('x/pom.xml', ' <deps>\n1.0.1');
  const applied = await applyEdits(folder, [literal, pattern]);
  expect(await readFile(join(folder, 'x/pom.xml'), 'utf8')).toBe(' <deps>\n  <dep/>\n$&1.0.2');
  expect(applied.map(({id, file}) => [id, file])).toEqual([
    ['a', 'x/pom.xml'],
    ['b', 'x/pom.xml'],
  ]);
  expect(describeEdit({...literal, why: 'other words'}).sha256).toBe(applied[0]?.sha256);
  expect(describeEdit({...literal, replace: 'other'}).sha256).not.toBe(applied[0]?.sha256);
});

test('when one edit does not fit, no file is changed', async () => {
  await put('x/pom.xml', '1.0.1');
  await put('y/pom.xml', 'nothing');
  await expect(applyEdits(folder, [literal, {...literal, id: 'c', file: 'y/pom.xml'}])).rejects.toThrow(
    BuildError,
  );
  expect(await readFile(join(folder, 'x/pom.xml'), 'utf8')).toBe('1.0.1');
});

test('one that is only for sources that have it leaves the others as they are, and is not reported for them', async () => {
  const mend = {...literal, id: 'mend', ifFound: true};
  await put('x/pom.xml', 'mended already');
  await put('y/pom.xml', '1.0.1');
  const edits = [mend, {...mend, file: 'y/pom.xml'}, {...mend, file: 'nowhere/pom.xml'}];
  expect((await applyEdits(folder, edits)).map(({file}) => file)).toEqual(['y/pom.xml']);
  expect(await readFile(join(folder, 'x/pom.xml'), 'utf8')).toBe('mended already');
  expect(await readFile(join(folder, 'y/pom.xml'), 'utf8')).toContain('1.0.2');
  await put('y/pom.xml', '1.0.1 1.0.1');
  await expect(applyEdits(folder, edits)).rejects.toThrow(/there 2 times, not 1/);
});

test('a file that is not in the source is said so', async () => {
  await expect(applyEdits(folder, [literal])).rejects.toThrow(/x\/pom.xml is not in the source/);
});

test('a file of ours is added, with the folders that it needs, and reported with a hash of its text', async () => {
  await put('x/pom.xml', '1.0.1');
  const [added] = await applyEdits(folder, [addition, literal]);
  expect(await readFile(join(folder, addition.file), 'utf8')).toBe('class A {}\n');
  expect(added).toMatchObject({id: 'n', file: addition.file, why: 'because'});
  expect(describeEdit({...addition, text: 'class B {}'}).sha256).not.toBe(added?.sha256);
});

test('a script that is added can be run, another file cannot', async () => {
  const script = {...addition, id: 's', file: 'sbin/stop.sh', text: '#!/usr/bin/env bash\n'};
  await applyEdits(folder, [addition, script]);
  const isRunnable = async (file: string): Promise<boolean> =>
    ((await stat(join(folder, file))).mode & 0o100) !== 0;
  expect(await isRunnable(script.file)).toBe(true);
  expect(await isRunnable(addition.file)).toBe(false);
});

test('no file of the source is written over, and none outside of it', async () => {
  await put(addition.file, 'class Theirs {}');
  await expect(applyEdits(folder, [addition])).rejects.toThrow(/which is in the source already/);
  expect(await readFile(join(folder, addition.file), 'utf8')).toBe('class Theirs {}');
  const elsewhere = await mkdtemp(join(tmpdir(), 'elsewhere-'));
  try {
    await symlink(elsewhere, join(folder, 'y'));
    const led = {...addition, file: 'y/new/A.java'};
    await expect(applyEdits(folder, [led])).rejects.toThrow(/a link or not a folder/);
    expect(await readdir(elsewhere)).toEqual([]);
  } finally {
    await rm(elsewhere, {recursive: true});
  }
});

test('a file of the source is taken out; one that is not there is said so, and then nothing is changed', async () => {
  await put('x/pom.xml', '1.0.1');
  await put(deletion.file, 'class Old {}');
  const applied = await applyEdits(folder, [deletion, literal]);
  expect(await readdir(join(folder, 'x'))).toEqual(['pom.xml']);
  expect(applied[0]).toMatchObject({id: 'd', file: deletion.file});
  await put('x/pom.xml', '1.0.1');
  await expect(applyEdits(folder, [literal, deletion])).rejects.toThrow(/x\/Old.java is not in the source/);
  expect(await readFile(join(folder, 'x/pom.xml'), 'utf8')).toBe('1.0.1');
});

test.each([
  [[deletion], {[deletion.file]: ''}, true],
  [[deletion], {}, false],
  [[literal, addition], {'x/pom.xml': '1.0.1'}, true],
  [[literal], {'x/pom.xml': '1.0.1 1.0.1'}, false],
  [[literal], {}, false],
  [[{...literal, ifFound: true}], {}, true],
  [[{...literal, ifFound: true}], {'x/pom.xml': '1.0.1 1.0.1'}, false],
  [[addition], {[addition.file]: ''}, false],
])('whether edits fit is told without writing: %#', async (edits, files, isFit) => {
  const texts = new Map(Object.entries(files));
  expect(await doEditsFit(edits, (path) => Promise.resolve(texts.get(path)))).toBe(isFit);
});
