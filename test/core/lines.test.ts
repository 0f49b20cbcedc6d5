import fc from 'fast-check';
import {expect, test} from 'vitest';
import {splitLines, tailOf} from '../../src/core/lines.ts';

function split(...chunks: readonly (string | Buffer)[]): string[] {
  const lines: string[] = [];
  const splitter = splitLines((line) => lines.push(line));
  for (const chunk of chunks) splitter.write(Buffer.from(chunk as string));
  splitter.end();
  return lines;
}

test.each([
  {chunks: ['a\nb\n'], lines: ['a', 'b']},
  {chunks: ['a', 'b\nc'], lines: ['ab', 'c']},
  {chunks: ['a\r\nb\r\n'], lines: ['a', 'b']},
  {chunks: ['a\r', '\nb'], lines: ['a', 'b']},
  {chunks: ['10%\r20%\r'], lines: ['10%', '20%']},
  {chunks: ['\n\na'], lines: ['', '', 'a']},
  {chunks: [''], lines: []},
  {chunks: ['a\r', 'b\r'], lines: ['a', 'b']},
  {chunks: ['\r', '\n', '\r'], lines: ['', '']},
  {chunks: ['a\n\r\nb'], lines: ['a', '', 'b']},
])('$chunks gives $lines', ({chunks, lines}) => {
  expect(split(...chunks)).toEqual(lines);
});

test('however the bytes are cut, also within a character, the lines are the same', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({unit: fc.constantFrom('a', 'é', '😀', ' ')})),
      fc.array(fc.nat(40)),
      (lines, cuts) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const at = [...new Set(cuts.map((cut) => Math.min(cut, bytes.length)))].sort((a, b) => a - b);
        const chunks = [0, ...at].map((start, index) => bytes.subarray(start, at[index] ?? bytes.length));
        expect(split(...chunks)).toEqual(lines);
      },
    ),
  );
});

test('a line without end keeps its beginning and says what is missing, so that it cannot fill the memory', () => {
  const part = 'x'.repeat(100 * 1024);
  const [long = '', ...rest] = split(part, part, part, part, '\nend\n');
  expect(long).toMatch(/^x+… \(147456 more characters\)$/);
  expect(long.length).toBeLessThan(300 * 1024);
  expect(rest).toEqual(['end']);
});

test('64 MiB without an end are read in no time', () => {
  let chunks = 0;
  const lines: string[] = [];
  const splitter = splitLines((line) => lines.push(line));
  const chunk = Buffer.alloc(16 * 1024, 'x');
  for (; chunks < 4096; chunks++) splitter.write(chunk);
  splitter.end();
  expect(lines).toHaveLength(1);
});

test('a tail of very long lines keeps fewer of them', () => {
  const tail = tailOf(1_000);
  for (let count = 0; count < 100; count++) tail.add('x'.repeat(256 * 1024));
  expect(tail.lines.join('').length).toBeLessThanOrEqual(4 * 1024 ** 2);
  expect(tail.lines.length).toBeGreaterThan(1);
});

test('tailOf keeps the last lines only', () => {
  const tail = tailOf(2);
  for (const line of ['a', 'b', 'c']) tail.add(line);
  expect(tail.lines).toEqual(['b', 'c']);
});
