// Reads the values of options: sizes, durations, lists. Pure; commander turns the errors into its own.
import bytes from 'bytes';
import ms, {type StringValue} from 'ms';

/** What was typed is not such a value. */
export class InvalidValueError extends Error {
  /** By this code commander tells a wrong value from a bug. */
  readonly code = 'commander.invalidArgument';
}

/** `6GiB`, `6g`, `6144MiB`: a number and a unit, in powers of 1024. @returns MiB. */
export function parseMemory(text: string): number {
  const match = /^\s*\d+(?:\.\d+)?\s*([mgt])(?:i?b)?\s*$/i.exec(text);
  const size = match === null ? null : bytes.parse(text.trim().replace(/\s*([mgt])(i?b)?$/i, '$1b'));
  if (size === null || size <= 0)
    throw new InvalidValueError('Give a number and a unit, such as 6GiB or 6144MiB.');
  return Math.round(size / 1024 ** 2);
}

/** `3h`, `20m`, `90s`. @returns Milliseconds. */
export function parseDuration(text: string): number {
  const value = /^\s*\d+(?:\.\d+)?\s*(s|sec|m|min|h|d)\s*$/i.test(text)
    ? ms(text.trim() as StringValue)
    : undefined;
  if (value === undefined || !(value > 0) || value > 30 * 86_400_000) {
    throw new InvalidValueError('Give a number and a unit, such as 20m or 3h; at most 30d.');
  }
  return value;
}

export function parseCount(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidValueError('Give a whole number.');
  return Number(text);
}

/** Machines at once. */
export function parseJobs(text: string): number {
  const jobs = parseCount(text);
  if (jobs < 1 || jobs > 64) throw new InvalidValueError('Give a whole number from 1 to 64.');
  return jobs;
}

/** `id=url`, as Maven's mirrorOf. */
export function parseMirror(text: string): {readonly id: string; readonly url: string} {
  const at = text.indexOf('=');
  const url = text.slice(at + 1);
  if (at < 1 || !URL.canParse(url))
    throw new InvalidValueError(
      'Give <repository id>=<url>, such as central=https://nexus.example.com/central/',
    );
  return {id: text.slice(0, at), url};
}

/** Of a Debian archive, for debootstrap. */
export function parseArchive(text: string): string {
  if (!/^(?:https?|ftp|file):\/\/\S+$/.test(text) || !URL.canParse(text))
    throw new InvalidValueError('Give the URL of a Debian archive, such as http://debian.example.com/debian');
  return text;
}

/** `20GiB`, `20g`, `500m`, `0`: powers of 1024, as `--memory`. @returns Bytes. */
export function parseSize(text: string): number {
  if (/^\s*0+\s*$/.test(text)) return 0;
  const isSize = /^\s*\d+(?:\.\d+)?\s*[kmgt](?:i?b)?\s*$/i.test(text);
  const size = isSize ? bytes.parse(text.trim().replace(/\s*([kmgt])(i?b)?$/i, '$1b')) : null;
  if (size === null) throw new InvalidValueError('Give a number and a unit, such as 20GiB or 500MiB, or 0.');
  return size;
}

/** Whole days, or parts of them. */
export function parseDays(text: string): number {
  if (!/^\d{1,5}(\.\d+)?$/.test(text.trim()))
    throw new InvalidValueError('Give a number of days, such as 30.');
  return Number(text);
}

export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new InvalidValueError('Give a port, from 1 to 65535.');
  return port;
}

/** For options that may be given several times. */
export function collect<T>(
  parse: (text: string) => T,
): (text: string, previous: readonly T[] | undefined) => readonly T[] {
  return (text, previous = []) => [...previous, parse(text)];
}
