// Makes text of others harmless to a terminal. Knows what a terminal obeys; nothing of where the text goes.

/**
 * Sequences as ECMA-48 has them: CSI; OSC, DCS, SOS, PM and APC with their end; any other escape. An end that is not
 * there takes nothing with it, or a build could hide what follows. No two parts of a pattern can take the same letter, so that
 * it takes time in proportion to the text.
 */
const sequences =
  // eslint-disable-next-line no-control-regex -- they are what this is about
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u0080-\u009f]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-~]?/g;

/**
 * C0 and C1; marks, embeddings, overrides and isolates of direction, which show text in another order than it has
 * (CVE-2021-42574); separators that some programs take for the end of a line.
 */
const controls = /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\u2028\u2029]/gu;
const steers = /[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/u;

/** One line, without colours, cursor movement, titles, links and other sequences; a tab is a space. */
export function stripControls(line: string): string {
  if (!steers.test(line)) return line;
  return line.replace(sequences, '').replaceAll('\t', ' ').replace(controls, '');
}

/** What JSON leaves as it is, of all that a terminal obeys: what is below a blank is escaped already. */
const left = /[\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\u2028\u2029]/g;

/** One line of JSON that steers no terminal. Whoever parses it gets what was given. */
export function renderJson(value: unknown): string {
  return JSON.stringify(value).replace(
    left,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Cut where nobody reads on, with the count of what is not shown. */
export function cutLine(line: string, limit: number): string {
  return line.length <= limit ? line : `${line.slice(0, limit)}… (${line.length - limit} more characters)`;
}
