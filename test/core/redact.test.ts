import {expect, test} from 'vitest';
import {createRedactor, findUrlSecrets} from '../../src/core/redact.ts';

const redact = createRedactor(['s3cret!', 'p/w@rd', 'abc']);

test.each([
  ['http://user:hunter2@proxy:3128/x', 'http://***@proxy:3128/x'],
  ['see https://0123456789abcdef@github.com/a/b', 'see https://***@github.com/a/b'],
  ['fetching ssh://git@host/path', 'fetching ssh://***@host/path'],
  ['http://user:pass@word@proxy/', 'http://***@proxy/'],
  ['the password is s3cret!', 'the password is ***'],
  ['encoded: p%2Fw%40rd', 'encoded: ***'],
  ['<password>hunter2</password>', '<password>***</password>'],
  [
    '<privateKey>k</privateKey><passphrase>x</passphrase>',
    '<privateKey>***</privateKey><passphrase>***</passphrase>',
  ],
  ['GET https://host/a?token=t0k&x=1', 'GET https://host/a?token=***&x=1'],
  ['https://host/a?x=1&access_token=t0k', 'https://host/a?x=1&access_token=***'],
])('%s', (text, expected) => {
  expect(redact(text)).toBe(expected);
});

test.each([
  'https://github.com/cloudera/spark',
  'mail someone@example.com',
  'abc is too short to be looked for',
  'http://host/path@2x.png and /a@b',
  'git@github.com:cloudera/spark.git',
])('%s stays as it is', (text) => {
  expect(redact(text)).toBe(text);
});

test('a longer secret goes before one that it holds', () => {
  expect(createRedactor(['pass', 'password1'])('password1')).toBe('***');
});

test('signs of regular expressions in a secret are only text', () => {
  expect(createRedactor(['a.*b('])('xa.*b(x aXXb(')).toBe('x***x aXXb(');
});

test.each([
  ['http://user:p%40ss@proxy:3128', ['p@ss']],
  ['https://0123456789abcdefgh@host/', ['0123456789abcdefgh']],
  ['https://git@host/', []],
  ['https://host/', []],
  ['no url', []],
])('findUrlSecrets(%s)', (url, secrets) => {
  expect(findUrlSecrets(url)).toEqual(secrets);
});
