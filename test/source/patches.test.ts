import {mkdir, readFile, symlink, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {UsageError} from '../../src/core/errors.ts';
import {applyPatch, readPatch} from '../../src/source/patches.ts';
import {keptMark} from '../../src/source/undelete.ts';
import {block, makeFolder, makeRepository, makeTools, script} from './fixtures.ts';

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
    ['no byte in it', '', /is empty/],
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

/** As `diff -u` compares them. */
const change = `--- a/core/a.txt\n+++ b/core/a.txt\n${hunk}`;
const crlf = (text: string): string => text.replaceAll('\n', '\r\n');

describe('the reason is named', () => {
  async function refuse(text: string | Buffer, tree: Readonly<Record<string, string>> = files) {
    const folder = await makeFolder();
    const {folder: root, git} = await makeRepository(join(folder, 'tree'), tree);
    const work = join(folder, 'work');
    await mkdir(work);
    const path = join(folder, 'own.patch');
    await writeFile(path, text);
    const {exec} = makeTools(folder);
    const attempt = async (): Promise<void> => applyPatch(exec, root, await readPatch(path), work);
    const error: unknown = await attempt().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UsageError);
    expect(String(error)).toContain('own.patch');
    expect(await git('status', '--porcelain')).toBe('');
    return `${String(error)}\n${(error as UsageError).hint}`;
  }
  const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');
  const utf16be = (text: string): Buffer => Buffer.from(utf16(text)).swap16();
  const other = change.replace('line 9', 'line nine');

  test.each<[string, string | Buffer, RegExp]>([
    ['nothing', '', /is empty/],
    ['UTF-16', utf16(change), /is UTF-16.*[^]*iconv/],
    ['UTF-16, the other way round', utf16be(change), /is UTF-16/],
    ['UTF-16 without a mark', Buffer.from(change, 'utf16le'), /is UTF-16/],
    ['CRLF', crlf(change), /has Windows line endings \(CRLF\), and the source does not[^]*sed/],
    ['a byte order mark', `\ufeff${change}`, /byte order mark/],
    [
      'a context diff',
      '*** a\n--- b\n***************\n*** 1 ****\n! a\n--- 1 ----\n! b\n',
      /not in unified form/,
    ],
    ['a plain diff', '10c10\n< line 10\n---\n> LINE 10\n', /not in unified form/],
    ['the diff of a merge', 'diff --cc core/a.txt\n@@@ -1,1 -1,1 +1,2 @@@\n', /combined diff of a merge/],
    [
      'binary files by name',
      'diff --git a/x.png b/x.png\nindex 1..2 100644\nBinary files a/x.png and b/x.png differ\n',
      /without their content[^]*git diff --binary/,
    ],
    [
      'an encoded mail',
      'From: a\nContent-Transfer-Encoding: base64\n\nZGlmZiAtLWdpdA==\n',
      /mail whose text is encoded \(base64\)/,
    ],
    [
      'a mail in quoted-printable',
      `From: a\nContent-Transfer-Encoding: quoted-printable\n\n${other}`,
      /mail whose text is encoded \(quoted-printable\)/,
    ],
    [
      'a whole path',
      other.replaceAll(/[ab]\/core/g, '/srv/spark/core'),
      /by its absolute path: \/srv\/spark\/core/,
    ],
    ['a way out', `--- /dev/null\n+++ b/../x.txt\n${added}`, /leads out of the source/],
    ['a way into .git', `--- /dev/null\n+++ b/.git/config\n${added}`, /a folder \.git/],
  ])('%s', async (_, text, message) => {
    expect(await refuse(text)).toMatch(message);
  });

  test('it is applied already', async () => {
    const changed = {...files, 'core/a.txt': files['core/a.txt'].replace('line 10\n', 'LINE 10\n')};
    expect(await refuse(change, changed)).toMatch(/is applied already/);
    expect(await refuse(change.replaceAll(/[ab]\/core/g, 'spark/core'), changed)).toMatch(
      /is applied already/,
    );
  });

  test('the source ends its lines with CRLF', async () => {
    const windows = {...files, 'core/a.txt': crlf(files['core/a.txt'])};
    expect(await refuse(change, windows)).toMatch(/core\/a\.txt ends its lines with CRLF/);
  });

  test('the patch of the original recipe does what is done already', async () => {
    const kept = script.replaceAll(/^rm /gm, `${keptMark} rm `);
    const context = (text: string): string =>
      text
        .split('\n')
        .map((line) => ` ${line}`)
        .join('\n');
    const undelete =
      '--- make-distribution.sh.orig\n+++ make-distribution.sh\n@@ -3,9 +3,4 @@\n' +
      `${context('DISTDIR=dist\n')}\n ${block[0]}\n${block
        .slice(1)
        .map((line) => `-${line}\n`)
        .join('')} \n`;
    const tree = {...files, 'make-distribution.sh': kept};
    expect(await refuse(undelete, tree)).toMatch(/the tool has done already[^]*Leave the patch out/);
    expect(await refuse(undelete + other, tree)).toMatch(/the tool has done already[^]*Take that part out/);
  });

  test('a mail that git format-patch wrote is taken', async () => {
    const {apply, read} = await setUp();
    await apply(
      `From 0 Mon Sep 17 00:00:00 2001\nFrom: A <a@b>\nSubject: [PATCH] x\n\n---\n core/a.txt | 2 +-\n\ndiff --git a/core/a.txt b/core/a.txt\n${change}-- \n2.39.5\n`,
    );
    expect(await read('core/a.txt')).toContain('LINE 10');
  });
});

describe('readPatch', () => {
  test('a pipe is refused at once, a link is followed, and what is huge is not read', async () => {
    const folder = await makeFolder();
    const {exec} = makeTools(folder);
    await exec(['mkfifo', join(folder, 'pipe')]);
    await expect(readPatch(join(folder, 'pipe'))).rejects.toThrow(/pipe is not a file/);
    await writeFile(join(folder, 'own.patch'), change);
    await symlink(join(folder, 'own.patch'), join(folder, 'link'));
    expect((await readPatch(join(folder, 'link'))).name).toBe('link');
    await truncate(join(folder, 'own.patch'), 1024 ** 4);
    await expect(readPatch(join(folder, 'own.patch'))).rejects.toThrow(/1099511627776 bytes/);
  });

  test('a file that is not there, and a folder, are named', async () => {
    const folder = await makeFolder();
    await expect(readPatch(join(folder, 'no'))).rejects.toThrow(/no does not exist/);
    await expect(readPatch(folder)).rejects.toThrow(/is not a file: a folder/);
  });
});
