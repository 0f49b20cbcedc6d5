// Owns a block of lines at the bottom of a terminal that is drawn again in place. Knows nothing of what the lines say.
import cliTruncate from 'cli-truncate';

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
/** Between a resize and our hearing of it (a quarter of a second in tmux 3.3) a line is cut, not wrapped. */
const [wrapOff, wrapOn] = [`${escape}?7l`, `${escape}?7h`];
/** What was printed above and is printed again after the screen was wiped. */
const keptLimit = 30;

/**
 * Never wraps: a line is one row at the width of the moment. A terminal that became narrower has wrapped what stood
 * there, each in its own way, so that nobody can count the rows to go back: then the screen is wiped (terminals move
 * what was on it into their scrollback) and drawn from its top. The cursor stays visible, in the line below:
 * nothing has to be put right after a crash.
 */
export function createScreen(output: TerminalOutput): Screen {
  let drawnRows = 0;
  let drawnColumns = 0;
  let kept: readonly string[] = [];
  const columns = (): number => Math.max(1, output.columns ?? 80);
  const cut = (lines: readonly string[]): readonly string[] =>
    lines.map((line) => cliTruncate(line, columns() - 1));
  const crop = (lines: readonly string[]): readonly string[] =>
    lines.slice(-Math.max(1, (output.rows ?? 24) - 1));
  const goBack = (): string => {
    if (columns() < drawnColumns) return `${escape}H${eraseBelow}${wrapOn}${renderRows(kept)}${wrapOff}`;
    return drawnRows === 0 ? '\r' : `\r${escape}${drawnRows}A`;
  };
  const put = (lines: readonly string[]): void => {
    output.write(`${wrapOff}${goBack()}${renderRows(cut(lines))}${eraseBelow}${wrapOn}`);
    drawnRows = lines.length;
    drawnColumns = columns();
  };
  let last: readonly string[] = [];
  return {
    draw: (lines) => {
      last = lines;
      put(crop(lines));
    },
    printAbove: (text) => {
      const lines = text.replace(/\n$/, '').split('\n');
      output.write(`${goBack()}${wrapOn}${renderRows(lines)}`);
      kept = [...kept, ...lines].slice(-keptLimit);
      drawnRows = 0;
      drawnColumns = columns();
      put(crop(last));
    },
    finish: (lines) => {
      put(lines);
      drawnRows = 0;
    },
  };
}

function renderRows(lines: readonly string[]): string {
  return lines.map((line) => `${line}${eraseRest}\n`).join('');
}
