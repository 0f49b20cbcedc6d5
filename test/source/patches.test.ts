import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {UsageError} from '../../src/core/errors.ts';
import {applyPatch, readPatch} from '../../src/source/patches.ts';
import {makeFolder, makeRepository, makeTools} from './fixtures.ts';

const lines = (count: number): string => Array.from({length: count}, (_, i) => `line ${i + 1}\n`).join('');
const files = {'core/a.txt': lines(20), 'top.txt': 'one\n'};
const hunk = '@@ -9,3 +9,3 @@\n line 9\n-line 10\n+LINE 10\n line 11\n';
const added = '@@ -0,0 +1 @@\n+new\n';

async function setUp() {
  const folder = await makeFolder();
  const {folder: tree, git} = await makeRepository(join(folder, 'tree'), files);
  const work = join(folder, 'work');
  await mkdir(work);
  const {exec} = makeTools(folder);
  const apply = async (text: string): Promise<void> => {
    const path = join(folder, "a 'patch' $(x).diff");
    await writeFile(path, text);
    await applyPatch(exec, tree, await readPatch(path), work);
  };
  return {folder, tree, apply, read: (path: string) => readFile(join(tree, path), 'utf8'), git};
}

describe('applyPatch', () => {
  test.each([
    [
      'as git diff writes it',
      `diff --git a/core/a.txt b/core/a.txt\n--- a/core/a.txt\n+++ b/core/a.txt\n${hunk}`,
    ],
    ['relative to the top', `--- core/a.txt\n+++ core/a.txt\n${hunk}`],
    [
      'with the times of diff -u',
      `--- core/a.txt\t2016-01-01 00:00:00\n+++ core/a.txt\t2016-01-01 00:00:00\n${hunk}`,
    ],
    ['below another folder', `--- spark.orig/core/a.txt\n+++ spark/core/a.txt\n${hunk}`],
    ['some lines off', `--- a/core/a.txt\n+++ b/core/a.txt\n${hunk.replaceAll('9,3', '5,3')}`],
  ])('takes a patch %s', async (_, text) => {
    const {apply, read} = await setUp();
    await apply(text);
    expect(await read('core/a.txt')).toBe(files['core/a.txt'].replace('line 10\n', 'LINE 10\n'));
  });

  test.each([
    ['as git diff writes it', `--- /dev/null\n+++ b/core/new.txt\n${added}`],
    ['relative to the top', `--- /dev/null\n+++ core/new.txt\n${added}`],
    ['below another folder', `--- /dev/null\n+++ spark/core/new.txt\n${added}`],
  ])('puts a new file where it belongs: %s', async (_, text) => {
    const {apply, read} = await setUp();
    await apply(text);
    expect(await read('core/new.txt')).toBe('new\n');
  });

  test.each([
    [
      'other context',
      `--- a/core/a.txt\n+++ b/core/a.txt\n${hunk.replace(' line 9', ' line nine')}`,
      /core\/a\.txt/,
    ],
    ['a file that is not there', `--- a/core/b.txt\n+++ b/core/b.txt\n${hunk}`, /core\/b\.txt/],
    ['a way out of the tree', `--- /dev/null\n+++ b/../../outside.txt\n${added}`, /outside/],
    ['a way into .git', `--- /dev/null\n+++ b/.git/hooks/x\n${added}`, /\.git/],
    ['a half hunk', '--- a/core/a.txt\n+++ b/core/a.txt\n@@ -9,3 +9,3 @@\n line 9\n', /corrupt patch/],
    ['nothing in it', 'hello\n', /holds no change/],
    ['no byte in it', '', /holds no change/],
  ])('refuses %s, names the file, and changes nothing', async (_, text, message) => {
    const {apply, git} = await setUp();
    const error: unknown = await apply(text).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UsageError);
    expect(String(error)).toMatch(message);
    expect(String(error)).toContain("a 'patch' $(x).diff");
    expect(await git('status', '--porcelain')).toBe('');
  });

  test('is all or nothing: one bad hunk of two files', async () => {
    const {apply, git} = await setUp();
    const bad = '--- a/top.txt\n+++ b/top.txt\n@@ -1 +1 @@\n-two\n+three\n';
    await expect(apply(`--- a/core/a.txt\n+++ b/core/a.txt\n${hunk}${bad}`)).rejects.toThrow(/top\.txt/);
    expect(await git('status', '--porcelain')).toBe('');
  });
});

describe('readPatch', () => {
  test('a file that is not there, and a folder, are named', async () => {
    const folder = await makeFolder();
    await expect(readPatch(join(folder, 'no'))).rejects.toThrow(/no does not exist/);
    await expect(readPatch(folder)).rejects.toThrow(/is a folder/);
  });
});
