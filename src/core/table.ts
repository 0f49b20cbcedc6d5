// Lays rows of cells out in columns. Pure. How wide a text is in a terminal is told by whoever has to know: what counts it
// takes long to load.
export interface Layout {
  /** Spaces between two columns. */
  readonly gap?: number;
  /** Columns whose cells stand at the right. */
  readonly right?: readonly number[];
  /** Of each column, at the least. */
  readonly least?: readonly number[];
  readonly measure?: (text: string) => number;
  /** Puts colours on a cell that has its width. */
  readonly paint?: (text: string, column: number, row: number) => string;
}

const countLetters = ({length}: string): number => length;
const keepPlain = (text: string): string => text;

export function findWidths(
  rows: readonly (readonly string[])[],
  {least = [], measure = countLetters}: Layout = {},
): readonly number[] {
  const columns = Math.max(0, ...rows.map(({length}) => length));
  return Array.from({length: columns}, (_, column) =>
    Math.max(least[column] ?? 0, ...rows.map((row) => measure(row[column] ?? ''))),
  );
}

/** The last column is as wide as its text, and no line ends in a space. */
export function renderTable(rows: readonly (readonly string[])[], layout: Layout = {}): readonly string[] {
  const {gap = 2, right = [], measure = countLetters, paint = keepPlain} = layout;
  const widths = findWidths(rows, layout);
  return rows.map((row, index) =>
    row
      .map((cell, column) => {
        const fill = ' '.repeat(Math.max(0, (widths[column] ?? 0) - measure(cell)));
        if (right.includes(column)) return paint(fill + cell, column, index);
        return paint(column === row.length - 1 ? cell : cell + fill, column, index);
      })
      .join(' '.repeat(gap))
      .trimEnd(),
  );
}
