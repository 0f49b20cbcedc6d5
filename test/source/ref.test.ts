import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {UsageError} from '../../src/core/errors.ts';
import {checkRef, findNearest, findRefFault, isCommitId} from '../../src/source/ref.ts';
import {makeFolder, makeTools} from './fixtures.ts';

describe('checkRef', () => {
  test.each([
    'master',
    'cdh5.7.0-release',
    'refs/heads/a/b',
    'feature/x_y',
    '09d6fdd7be3a22fbcaebb23dcb4c6ae2312dd28d',
    '#42',
    'a@b',
    'größe',
    'HEAD',
    "it's",
    '$(x)',
    'a&b;c',
    '+x',
  ])('takes %s', (ref) => expect(() => checkRef(ref)).not.toThrow());

  test.each([
    '',
    ' ',
    'a b',
    '-x',
    '--upload-pack=touch x',
    'a\nb',
    'a\0b',
    'a..b',
    'a~1',
    'a^{}',
    'a:b',
    'a?b',
    'a[b',
    'a\\b',
    'a/.b',
    'a/b.lock/c',
    'a\x7fb',
    '@{-1}',
    '@',
    '/a',
    'a/',
    'a//b',
    'a.lock',
    '.a',
    'a.',
    '*',
    'x'.repeat(300),
  ])('refuses %j', (ref) => expect(() => checkRef(ref)).toThrow(UsageError));

  test('it takes what git takes, but for a dash at the beginning', async () => {
    const {exec} = makeTools(await makeFolder());
    const part = fc.stringMatching(/^[\w.@{}+#%,=ß€"'`$;|&<>()!-]{1,12}$/);
    await fc.assert(
      fc.asyncProperty(fc.array(part, {minLength: 1, maxLength: 3}), async (parts) => {
        const ref = parts.join('/');
        const isTaken = findRefFault(ref) === undefined;
        const {exitCode} = await exec(['git', 'check-ref-format', '--allow-onelevel', ref], {allow: 'any'});
        expect(isTaken || ref.startsWith('-'), ref).toBe(exitCode === 0 || ref.startsWith('-'));
      }),
      {numRuns: 60},
    );
  });
});

test('findNearest names what may have been meant, best first', () => {
  const names = ['cdh5.7.0-release', 'cdh5.7.1-release', 'cdh6.3.2-release', 'master'];
  expect(findNearest('cdh5.7.0-relase', names)[0]).toBe('cdh5.7.0-release');
  expect(findNearest('mastre', names)).toEqual(['master']);
  expect(findNearest('zzz', names)).toEqual([]);
});

test('isCommitId takes whole ids only', () => {
  expect(isCommitId('a'.repeat(40))).toBe(true);
  expect(isCommitId('a'.repeat(39))).toBe(false);
  expect(isCommitId('A'.repeat(40))).toBe(false);
});
