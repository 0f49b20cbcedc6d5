// Splits a byte stream into lines. Knows nothing of where they come from or go to.
import {StringDecoder} from 'node:string_decoder';

/** Longest line we keep; Maven's class path lines reach 100 kB, a progress bar without newlines could be endless. */
const maxLineLength = 256 * 1024;

export interface LineSplitter {
  write(chunk: Buffer): void;
  /** Hands out what is left without a newline. Call once, at the end. */
  end(): void;
}

/** @param onLine Called with each line, without its newline; a carriage return also ends a line. */
export function splitLines(onLine: (line: string) => void): LineSplitter {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const hand = (text: string): void => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    lines.forEach((line) => onLine(line));
    if (rest.length > maxLineLength) {
      onLine(rest);
      rest = '';
    }
  };
  return {
    write: (chunk) => hand(decoder.write(chunk)),
    end: () => {
      hand(decoder.end());
      if (rest !== '') onLine(rest.replace(/\r$/, ''));
      rest = '';
    },
  };
}

/** Keeps the last lines of a long output, for error messages. */
export function tailOf(limit: number): {
  readonly lines: readonly string[];
  readonly add: (line: string) => void;
} {
  const lines: string[] = [];
  return {
    lines,
    add: (line) => {
      lines.push(line);
      if (lines.length > limit) lines.shift();
    },
  };
}
