import fc from 'fast-check';
import {expect, test} from 'vitest';
import {quoteCommand, quoteWord} from '../../src/core/quote.ts';
import {realExec} from './fixtures.ts';

const hostile = [
  '',
  ' ',
  '-n',
  '--',
  "'",
  "''",
  '"',
  '\\',
  '$(id)',
  '`id`',
  ';',
  '&',
  '|',
  '\n',
  'a\nb',
  '*',
  '~',
  '#',
  '!',
  '\t',
  'é€😀',
  '%s',
  '$HOME',
  '\r',
  '=',
];

/** What a real shell hands to a program: NUL after each word, so that nothing can pass for something else. */
async function askShell(words: readonly string[]): Promise<readonly string[]> {
  const {stdout} = await realExec([
    'sh',
    '-c',
    quoteCommand([
      process.execPath,
      '-e',
      'process.stdout.write(JSON.stringify(process.argv.slice(1)))',
      '--',
      ...words,
    ]),
  ]);
  return JSON.parse(stdout) as readonly string[];
}

test('a shell sees each word as it was, whatever it holds', async () => {
  expect(await askShell(hostile)).toEqual(hostile);
});

test('any words come back from `sh` as they went in', async () => {
  const word = fc
    .oneof(
      fc.string({unit: 'binary'}),
      fc.string({unit: fc.constantFrom(...Array.from(`'"\\$\`;&|<>(){}[]*?~#! \n\t\r-=a`))}),
    )
    .filter((text) => !text.includes('\0') && text.isWellFormed());
  // All samples in one shell: what matters is the quoting, not how often a shell is started.
  const samples = fc.sample(word, 400);
  expect(await askShell(samples)).toEqual(samples);
});

test('plain words stay readable, a leading dash included', () => {
  expect(quoteCommand(['./make-distribution.sh', '--mvn', 'mvn', '-Dx=1', 'a b'])).toBe(
    "./make-distribution.sh --mvn mvn -Dx=1 'a b'",
  );
  expect(quoteWord('')).toBe("''");
});

test('a NUL, which no argv can hold, is refused', () => {
  expect(() => quoteWord('a\0b')).toThrow('NUL');
});
