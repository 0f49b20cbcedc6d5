import {describe, expect, test} from 'vitest';
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
  'Give the login of the proxy: --proxy http://USER:PASSWORD@HOST:PORT',
])('%s stays as it is', (text) => {
  expect(redact(text)).toBe(text);
});

describe('a secret is found however it was written', () => {
  const secret = `p@s "w'rd&<ü>+/=$`;
  const hide = createRedactor([secret]);
  const json = JSON.stringify(secret).slice(1, -1);
  const xml = secret
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
  test.each([
    ['as it is', secret],
    ['encodeURIComponent', encodeURIComponent(secret)],
    ['encodeURI, which leaves more', encodeURI(secret)],
    ['in a URL', new URL(`http://u:${encodeURIComponent(secret)}@h`).password],
    ['lower case hex', encodeURIComponent(secret).replaceAll(/%../g, (hex) => hex.toLowerCase())],
    ['as a form, + for a space', new URLSearchParams({a: secret}).toString().slice(2)],
    ['encoded twice', encodeURIComponent(encodeURIComponent(secret))],
    ['every letter encoded', [...Buffer.from(secret)].map((byte) => `%${byte.toString(16)}`).join('')],
    ['XML', xml],
    ['XML with quotes as numbers', xml.replaceAll("'", '&#39;').replaceAll('&quot;', '&#x22;')],
    ['JSON', json],
    ['JSON with ASCII alone', json.replaceAll('ü', String.raw`\u00fc`)],
    ['a shell, single quotes', `'${secret.replaceAll("'", String.raw`'\''`)}'`],
    ['a shell, backslashes', secret.replaceAll(/[^\w@+/=]/g, String.raw`\$&`)],
  ])('%s', (_name, text) => {
    const shown = hide(`it is ${text} here`);
    expect(shown).toMatch(/^it is '?\*\*\*'? here$/);
  });

  test.each(['hunter2', 'p@ssw0rd!', 'ÿÿ>>??~~'])('Base64 of %s, wherever it stands in it', (password) => {
    for (const before of ['', 'u:', 'us:', 'user:', 'nexus-user:'])
      for (const after of ['', '\n', ' and more'])
        for (const encoding of ['base64', 'base64url'] as const) {
          const encoded = Buffer.from(`${before}${password}${after}`).toString(encoding);
          const shown = createRedactor([password])(`x ${encoded} y`);
          expect(shown).toContain('***');
          const left = shown.replaceAll('***', '    ').split(/[^A-Za-z0-9+/_-]+/);
          const told = left.map((part) => Buffer.from(part, 'base64').toString()).join(' ');
          expect(told).not.toContain(password.slice(2));
        }
  });

  test('a short password goes with its user', () => {
    const secrets = findUrlSecrets('http://joe:abcd@proxy');
    const shown = createRedactor(secrets)(Buffer.from('joe:abcd').toString('base64'));
    expect(shown).toBe('***');
  });
});

test.each([
  ["http://u:p'q@h/", 'http://***@h/'],
  ['http://u:p"q@h/', 'http://***@h/'],
  ["'http://u:pq@h/'", "'http://***@h/'"],
  ['[http://u:x@y/ http://h/a@b ftp://t@z]', '[http://***@y/ http://h/a@b ftp://***@z]'],
  ['<password>a<b</password> <password> </passphrase>', '<password>***</password> <password> </passphrase>'],
  [
    '<password xml:space="preserve"><![CDATA[x]]></password>',
    '<password xml:space="preserve">***</password>',
  ],
  ['> Authorization: Basic dTpw', '> Authorization: Basic ***'],
  ['proxy-authorization: Bearer e.y.j', 'proxy-authorization: Bearer ***'],
])('%s', (text, expected) => {
  expect(redact(text)).toBe(expected);
});

test.each(['"http://host","mail@example.com"', "'https://a.b' 'c@d'"])('%s has no password', (text) => {
  expect(redact(text)).toBe(text);
});

// The pattern of earlier versions took a minute for 256 KiB of letters: these would take hours.
test.each([
  'a',
  ' ',
  '-',
  '/',
  '<',
  '://',
  'at ',
  '1',
  '"',
  "'",
  '@',
  ':',
  '&',
  '%',
  '=',
  '?token',
  '<password>',
  '<password ',
  '</password>',
  'x://',
  'x://a',
  'x://@',
  'authorization: ',
  'authorization:basic ',
  's3cret',
  '%2',
  'cDMz',
])('4 MiB of %j are redacted in no time', (unit) => {
  const text = unit.repeat(Math.ceil((4 * 1024 ** 2) / unit.length));
  expect(redact(text).length).toBeGreaterThan(0);
});

test('a longer secret goes before one that it holds', () => {
  expect(createRedactor(['pass', 'password1'])('password1')).toBe('***');
});

test('signs of regular expressions in a secret are only text', () => {
  expect(createRedactor(['a.*b('])('xa.*b(x aXXb(')).toBe('x***x aXXb(');
});

test.each([
  ['http://user:p%40ss@proxy:3128', ['p@ss', 'user:p@ss']],
  ["http://u:p'q@h/", ["p'q", "u:p'q"]],
  ['user:p@ss@proxy:3128', ['p@ss', 'user:p@ss']],
  ['http://user:100%@proxy', ['100%', 'user:100%']],
  ['https://host/r.git?private_token=glpat-1', ['glpat-1']],
  ['git@github.com:cloudera/spark.git', []],
  ['https://0123456789abcdefgh@host/', ['0123456789abcdefgh']],
  ['https://git@host/', []],
  ['https://host/', []],
  ['no url', []],
])('findUrlSecrets(%s)', (url, secrets) => {
  expect(findUrlSecrets(url)).toEqual(secrets);
});
