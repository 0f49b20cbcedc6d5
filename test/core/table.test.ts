import {expect, test} from 'vitest';
import {renderTable} from '../../src/core/table.ts';

test('a column is as wide as its widest cell, or as it has to be; no line ends in a space', () => {
  const rows = [
    ['a', 'bb', ''],
    ['ccc', 'd', 'e'],
  ];
  expect(renderTable(rows)).toEqual(['a    bb', 'ccc  d   e']);
  expect(renderTable(rows, {least: [5], gap: 1})).toEqual(['a     bb', 'ccc   d  e']);
});

test('what stands right begins with the spaces', () => {
  expect(
    renderTable(
      [
        ['a', '1 B'],
        ['b', '12 kB'],
      ],
      {right: [1]},
    ),
  ).toEqual(['a    1 B', 'b  12 kB']);
});

test('a cell is painted when it has its width, which is counted without the colour', () => {
  const paint = (text: string, column: number): string => (column === 0 ? `<${text}>` : text);
  expect(
    renderTable(
      [
        ['a', 'x'],
        ['bb', 'y'],
      ],
      {paint},
    ),
  ).toEqual(['<a >  x', '<bb>  y']);
});

test('without rows there are no lines', () => {
  expect(renderTable([])).toEqual([]);
});
