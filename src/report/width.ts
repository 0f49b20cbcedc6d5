// Owns how many columns a text takes in a terminal. What it imports builds tables of Unicode: whoever prints one dist at a
// time loads it when it is needed.
import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';
import {renderPrintable} from '../core/text.ts';

/** One line of at most so many columns, counted as a terminal does; tabs and control characters are taken out. */
export function truncateToWidth(text: string, columns: number): string {
  return cliTruncate(renderPrintable(text.slice(0, 1_000)), Math.max(1, columns));
}

/** As a terminal counts it. */
export const measureWidth = (text: string): number => stringWidth(text);

/** Fills up with spaces to this width as a terminal counts it. */
export function padToWidth(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - stringWidth(text)));
}
