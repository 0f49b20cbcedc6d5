// Renders a unified diff of texts that have the same number of lines. Pure; lines are changed, never added or taken away.

const contextLines = 3;

/**
 * @param path Relative to where `patch -p0` is to be called.
 * @param before All lines; after a final newline comes one empty line, as `split('\n')` gives it.
 * @returns '' when nothing differs.
 */
export function renderLineDiff(path: string, before: readonly string[], after: readonly string[]): string {
  if (before.length !== after.length) throw new Error('renderLineDiff cannot add or take away lines.');
  const changed = before.flatMap((line, index) => (line === after[index] ? [] : [index]));
  const hunks: {readonly first: number; readonly last: number}[] = [];
  for (const index of changed) {
    const open = hunks.at(-1);
    if (open !== undefined && index - open.last <= 2 * contextLines)
      hunks[hunks.length - 1] = {...open, last: index};
    else hunks.push({first: index, last: index});
  }
  if (hunks.length === 0) return '';
  const hasFinalNewline = before.at(-1) === '';
  const count = hasFinalNewline ? before.length - 1 : before.length;
  const bodies = hunks.map(({first, last}) => {
    const start = Math.max(0, first - contextLines);
    const end = Math.min(count, last + 1 + contextLines);
    const size = end - start;
    const isOpenEnded = !hasFinalNewline && end === count;
    const body = renderHunk(before.slice(start, end), after.slice(start, end), isOpenEnded);
    return `@@ -${start + 1},${size} +${start + 1},${size} @@\n${body}`;
  });
  return `--- ${path}\n+++ ${path}\n${bodies.join('')}`;
}

function renderHunk(before: readonly string[], after: readonly string[], isOpenEnded: boolean): string {
  const out: string[] = [];
  const pending: string[] = [];
  before.forEach((line, index) => {
    const isLast = isOpenEnded && index === before.length - 1;
    const mark = isLast ? '\n\\ No newline at end of file' : '';
    const next = after[index] ?? '';
    if (line === next) {
      out.push(...pending.splice(0), ` ${line}${mark}`);
    } else {
      out.push(`-${line}${mark}`);
      pending.push(`+${next}${mark}`);
    }
  });
  return [...out, ...pending, ''].join('\n');
}
