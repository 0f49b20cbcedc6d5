// Splits a byte stream into lines, or keeps it whole. Knows nothing of where they come from or go to.
import {StringDecoder} from 'node:string_decoder';

/** Longest line we keep; Maven's class path lines reach 100 kB, a progress bar without newlines could be endless. */
const maxLineLength = 256 * 1024;

export interface LineSink {
  write(chunk: Buffer): void;
  /** Hands out what is left without a newline. Call once, at the end. */
  end(): void;
}

/** @param onLine Called with each line, without its newline; a carriage return also ends a line. */
export function splitLines(onLine: (line: string) => void): LineSink {
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

/** Keeps every byte, for answers that are data: a list with NUL for newline is one line, however long. */
export function wholeText(limitBytes: number): LineSink & {
  /** Without a newline at its end. */
  readonly text: () => string;
  /** Whether there was more than the limit: the text is then of no use. */
  readonly isCut: () => boolean;
} {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return {
    write: (chunk) => {
      bytes += chunk.length;
      if (bytes <= limitBytes) chunks.push(chunk);
    },
    end: () => undefined,
    text: () =>
      Buffer.concat(chunks)
        .toString('utf8')
        .replace(/\r?\n$/, ''),
    isCut: () => bytes > limitBytes,
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
