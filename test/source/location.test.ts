import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {UsageError} from '../../src/core/errors.ts';
import {parseSource} from '../../src/source/location.ts';

describe('parseSource', () => {
  test.each([
    ['sample', {type: 'sample', name: 'sample'}],
    ['/srv/spark', {type: 'path', path: '/srv/spark'}],
    ['spark', {type: 'path', path: '/home/me/spark'}],
    ['./sample', {type: 'path', path: '/home/me/sample'}],
    ['~x; rm $(y)', {type: 'path', path: '/home/me/~x; rm $(y)'}],
    ['https://github.com/cloudera/spark', {type: 'url', url: 'https://github.com/cloudera/spark'}],
    ['github.com/cloudera/spark', {type: 'url', url: 'https://github.com/cloudera/spark'}],
    ['git@example.com:spark.git', {type: 'url', url: 'git@example.com:spark.git'}],
    ['ssh://git@example.com/spark', {type: 'url', name: 'ssh://git@example.com/spark'}],
  ])('%s', (text, expected) => {
    expect(parseSource(text, '/home/me')).toMatchObject(expected);
  });

  test.each([
    '',
    '-x',
    '--upload-pack=x',
    'a\nb',
    'ext::sh -c x',
    'EXT::x',
    'ftp://x/y',
    'file://[',
    'fd::17',
  ])('refuses %j', (text) => expect(() => parseSource(text, '/home/me')).toThrow(UsageError));

  test('a password or token is in the URL for git, and nowhere else', () => {
    const source = parseSource('https://user:s3cretpass@example.com/spark.git?token=s3cretquery', '/');
    expect(source).toMatchObject({name: 'https://example.com/spark.git'});
    expect(source.slug).not.toContain('s3cret');
    const token = parseSource('https://ghp_0123456789abcdef@example.com/spark.git', '/');
    expect(token.name).not.toContain('ghp_');
    expect(() => parseSource('ftp://user:s3cretpass@x/y', '/')).toThrow(/^(?!.*s3cretpass)/s);
  });

  test('the same repository has the same mirror, whatever the password and the ending', () => {
    const slugs = ['https://a:b@h/x/spark', 'https://h/x/spark.git', 'https://h/x/spark/'].map(
      (text) => parseSource(text, '/').slug,
    );
    expect(new Set(slugs).size).toBe(1);
    expect(parseSource('https://h/x-spark', '/').slug).not.toBe(slugs[0]);
  });

  test('a safe name leads to the same mirror as what it was made of', () => {
    for (const text of ['sample', '/srv/spark', 'https://a:b@h/x/spark', 'git@h:x.git'])
      expect(parseSource(parseSource(text, '/').name, '/').slug).toBe(parseSource(text, '/').slug);
  });

  test('whatever it is given, a slug is a plain folder name and nothing begins with a dash', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({unit: 'binary'}), fc.webUrl()), (text) => {
        let source;
        try {
          source = parseSource(text, '/home/me');
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
          return;
        }
        expect(source.slug).toMatch(/^[A-Za-z0-9][A-Za-z0-9-]*$/);
        const value = source.type === 'path' ? source.path : source.type === 'url' ? source.url : 'sample';
        expect(value).not.toMatch(/^-/);
      }),
    );
  }, 60_000);
});
