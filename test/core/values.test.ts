import {describe, expect, test} from 'vitest';
import {
  collect,
  parseCount,
  parseDuration,
  parseMemory,
  parseMirror,
  InvalidValueError,
} from '../../src/core/values.ts';

describe('memory, in powers of 1024', () => {
  test.each([
    ['6GiB', 6144],
    ['6g', 6144],
    ['6GB', 6144],
    ['6144MiB', 6144],
    ['1.5G', 1536],
    [' 2 gib ', 2048],
    ['1T', 1_048_576],
  ])('%s', (text, mib) => {
    expect(parseMemory(text)).toBe(mib);
  });
  test.each(['6', '', '0g', '-6g', '6k', 'six', '6gibi', '6 g g', '1e3g'])('%j is refused', (text) => {
    expect(() => parseMemory(text)).toThrow(InvalidValueError);
  });
});

describe('durations', () => {
  test.each([
    ['3h', 10_800_000],
    ['20m', 1_200_000],
    ['90s', 90_000],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
    ['5 min', 300_000],
  ])('%s', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });
  test.each(['3', '', '0s', '-1h', '31d', 'soon', '1y', '5 minutes!'])('%j is refused', (text) => {
    expect(() => parseDuration(text)).toThrow(InvalidValueError);
  });
});

test.each([
  ['0', 0],
  ['12', 12],
])('count %s', (text, count) => {
  expect(parseCount(text)).toBe(count);
});
test.each(['-1', '1.5', '', 'x', '99999', '0x10', '1e3'])('count %j is refused', (text) => {
  expect(() => parseCount(text)).toThrow(InvalidValueError);
});

test('mirrors: the first equals sign divides', () => {
  expect(parseMirror('central=https://n/?a=b')).toEqual({id: 'central', url: 'https://n/?a=b'});
  for (const text of ['central', '=https://n/', 'central=', 'central=nexus'])
    expect(() => parseMirror(text)).toThrow(InvalidValueError);
});

test('a repeated option collects its values', () => {
  const add = collect((text) => text);
  expect(add('b', add('a', undefined))).toEqual(['a', 'b']);
});
