// Owns a block of lines at the bottom of a terminal that is drawn again in place. Knows nothing of what the lines say.
import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';

/** What we need of a terminal; `process.stdout` is one. Read at each use: both change while we run. */
export interface TerminalOutput {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

export interface Screen {
  /** Replaces the block. Lines are cut to the width; of too many lines the last ones are shown. */
  readonly draw: (lines: readonly string[]) => void;
  /** Writes lines that stay, above the block. */
  readonly printAbove: (text: string) => void;
  /** Leaves these lines, all of them, where the block was. */
  readonly finish: (lines: readonly string[]) => void;
}

const escape = '\u001b[';
const eraseRest = `${escape}K`;
const eraseBelow = `${escape}J`;

/**
 * Never wraps: a line is one row at the width of the moment. When the terminal became narrower it has wrapped what
 * was drawn before, so the rows to go back are counted anew from the widths of the old lines. The cursor stays
 * visible, in the line below: nothing has to be put right after a crash.
 */
export function createScreen(output: TerminalOutput): Screen {
  let drawn: readonly string[] = [];
  const columns = (): number => Math.max(1, output.columns ?? 80);
  const goBack = (): string => {
    const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(stringWidth(line) / columns())), 0);
    // The terminal stops at its first row by itself.
    return rows === 0 ? '\r' : `\r${escape}${rows}A`;
  };
  const put = (lines: readonly string[], above = ''): void => {
    const body = lines.map((line) => `${line}${eraseRest}\n`).join('');
    output.write(`${goBack()}${above}${body}${eraseBelow}`);
    drawn = lines;
  };
  const cut = (lines: readonly string[]): readonly string[] =>
    lines.map((line) => cliTruncate(line, columns() - 1));
  const crop = (lines: readonly string[]): readonly string[] =>
    lines.slice(-Math.max(1, (output.rows ?? 24) - 1));
  return {
    draw: (lines) => put(crop(cut(lines))),
    printAbove: (text) => {
      const lines = text.replace(/\n$/, '').split('\n');
      put(drawn, lines.map((line) => `${line}${eraseRest}\n`).join(''));
    },
    finish: (lines) => {
      put(cut(lines));
      drawn = [];
    },
  };
}
