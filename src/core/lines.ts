// Splits a byte stream into lines, or keeps it whole. Knows nothing of where they come from or go to.
import {StringDecoder} from 'node:string_decoder';

/** Longest line we keep; Maven's class path lines reach 100 kB, a progress bar without newlines could be endless. */
const maxLineLength = 256 * 1024;

export interface LineSink {
  write(chunk: Buffer): void;
  /** Hands out what is left without a newline. Call once, at the end. */
  end(): void;
}

/**
 * @param onLine Called with each line, without its newline; a carriage return also ends a line. Of a line that is too long the
 * beginning, with the count of what is missing: its other parts would look like lines that nobody printed.
 */
export function splitLines(onLine: (line: string) => void): LineSink {
  const decoder = new StringDecoder('utf8');
  let line = '';
  let missing = 0;
  let hasText = false;
  let afterReturn = false;
  const add = (text: string): void => {
    const room = maxLineLength - line.length;
    line += text.length <= room ? text : text.slice(0, room);
    missing += Math.max(0, text.length - room);
    hasText ||= text !== '';
  };
  const finish = (): void => {
    const whole = missing === 0 ? line : `${line}… (${missing} more characters)`;
    [line, missing, hasText, afterReturn] = ['', 0, false, false];
    onLine(whole);
  };
  const hand = (text: string): void => {
    if (text === '') return;
    let from = 0;
    if (afterReturn) {
      if (text.startsWith('\n')) from = 1;
      finish();
    }
    for (const {0: end, index} of text.matchAll(/\r\n|\n|\r/g)) {
      if (index < from) continue;
      add(text.slice(from, index));
      from = index + end.length;
      // The newline may come with the next bytes.
      if (end === '\r' && from === text.length) afterReturn = true;
      else finish();
    }
    add(text.slice(from));
  };
  return {
    write: (chunk) => hand(decoder.write(chunk)),
    end: () => {
      hand(decoder.end());
      if (hasText || afterReturn) finish();
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

/** Of all lines that a tail keeps; what is asked of one, such as an error's cause, stands in short ones. */
const tailLength = 4 * 1024 * 1024;

/** Keeps the last lines of a long output, for error messages; fewer of very long ones. */
export function tailOf(limit: number): {
  readonly lines: readonly string[];
  readonly add: (line: string) => void;
} {
  const lines: string[] = [];
  let length = 0;
  return {
    lines,
    add: (line) => {
      lines.push(line);
      length += line.length;
      while (lines.length > limit || (length > tailLength && lines.length > 1))
        length -= lines.shift()?.length ?? 0;
    },
  };
}
