import {stripVTControlCharacters} from 'node:util';
import {expect, test} from 'vitest';
import {cutLine, renderJson, stripControls} from '../../src/core/printable.ts';

const esc = '\u001b';

test.each([
  ['colours', `${esc}[1;31mred${esc}[0m`, 'red'],
  ['colours with colons', `${esc}[38:5:1mred${esc}[m`, 'red'],
  ['cursor and screen', `${esc}[2J${esc}[H${esc}[?1049hx${esc}7${esc}c`, 'x'],
  ['a character set', `${esc}(0lqk${esc}(B`, 'lqk'],
  ['a title', `${esc}]0;title\u0007x`, 'x'],
  ['a title, ended by ST', `${esc}]2;title${esc}\\x`, 'x'],
  ['a link', `${esc}]8;;http://evil/${esc}\\text${esc}]8;;${esc}\\`, 'text'],
  ['the clipboard', `a${esc}]52;c;cm0gLXJmIC8K\u0007b`, 'ab'],
  ['a device control string', `a${esc}Pq#0;2;0${esc}\\b`, 'ab'],
  ['C1: CSI, OSC, DCS', '\u009b31ma\u009d0;t\u009cb\u0090x\u009cc', 'abc'],
  ['C1 alone', 'a\u0085b\u008dc', 'abc'],
  ['an end that is missing hides nothing', `${esc}]0;title and more`, '0;title and more'],
  ['a lone escape at the end', `x${esc}`, 'x'],
  ['a half CSI', `x${esc}[12`, 'x12'],
  ['backspace, return, bell, NUL', 'a\b\rb\u0007\u0000c', 'abc'],
  ['a tab', 'a\tb', 'a b'],
  ['directions', 'a\u202Eb\u202Cc\u2066d\u2069e\u200Ff\u061Cg', 'abcdefg'],
  ['separators', 'a\u2028b\u2029c', 'abc'],
  ['letters of all kinds stay', 'größe 漢字 עברית 😀 👩‍💻', 'größe 漢字 עברית 😀 👩‍💻'],
])('%s', (_name, text, shown) => {
  expect(stripControls(text)).toBe(shown);
});

test('what Node takes out of a line of Maven is taken out too', () => {
  const line = `[${esc}[1;34mINFO${esc}[m] ${esc}[1mBuilding x${esc}[m`;
  expect(stripControls(line)).toBe(stripVTControlCharacters(line));
});

test.each([
  esc,
  `${esc}[`,
  `${esc}[1;`,
  `${esc}]`,
  `${esc}]a;`,
  `${esc}P`,
  '\u009b',
  '\u009d',
  '\u009da',
  `${esc} `,
  '\u0007',
  ';',
  '1',
])('4 MiB of %j take no time', (unit) => {
  const text = `${esc}${unit.repeat(Math.ceil((4 * 1024 ** 2) / unit.length))}`;
  // eslint-disable-next-line no-control-regex -- none may be left
  expect(stripControls(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
});

test('a long line says how much of it is not shown', () => {
  expect(cutLine('x'.repeat(12), 10)).toBe(`${'x'.repeat(10)}… (2 more characters)`);
  expect(cutLine('x'.repeat(10), 10)).toBe('x'.repeat(10));
});

test('JSON is one line without what a terminal obeys, and says the same', () => {
  const value = {
    path: 'a\u009b2J\u007f\u202eb\u2066\u200f\u061c\u2028\u001b[2J\n',
    'k\u0085': ['\u20ac \u{1f600} \u00e9', null, 1],
  };
  const text = renderJson(value);
  expect(text).toMatch(/^[^\p{Cc}\p{Cf}\u2028\u2029]*$/u);
  expect(text).toContain('\u20ac \u{1f600} \u00e9');
  expect(JSON.parse(text)).toEqual(value);
});
