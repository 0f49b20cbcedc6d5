// Which known word was meant. Pure.

/** @returns The known word that is fewest edits away, if these are few enough to be a slip. */
export function findNearest(word: string, known: readonly string[]): string | undefined {
  const typed = word.slice(0, 64).toLowerCase();
  const [nearest] = known
    .map((name) => ({name, edits: countEdits(typed, name.toLowerCase())}))
    .filter(({name, edits}) => edits <= Math.max(1, Math.floor(Math.max(typed.length, name.length) / 3)))
    .toSorted((one, other) => one.edits - other.edits);
  return nearest?.name;
}

/** Insertions, deletions, replacements and swaps of neighbours that make one word the other. */
function countEdits(from: string, to: string): number {
  const rows: number[][] = [Array.from({length: to.length + 1}, (_, index) => index)];
  for (let row = 1; row <= from.length; row++) {
    const line = [row];
    for (let column = 1; column <= to.length; column++) {
      const cost = from[row - 1] === to[column - 1] ? 0 : 1;
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      line.push(
        Math.min(
          at(rows, row - 1, column) + 1,
          (line[column - 1] ?? 0) + 1,
          at(rows, row - 1, column - 1) + cost,
          swapped && row > 1 && column > 1 ? at(rows, row - 2, column - 2) + 1 : Infinity,
        ),
      );
    }
    rows.push(line);
  }
  return at(rows, from.length, to.length);
}

function at(rows: readonly (readonly number[])[], row: number, column: number): number {
  return rows[row]?.[column] ?? 0;
}
