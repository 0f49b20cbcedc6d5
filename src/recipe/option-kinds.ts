// How the values of options are read, by kind: from a text to what a request holds. Pure; knows no option.
import {isAbsolute, resolve} from 'node:path';
import {parseFeatures} from '../catalogue/features.ts';
import {
  parseArchive,
  parseCount,
  parseDays,
  parseDuration,
  parseJobs,
  parseMemory,
  parseMirror,
  parsePort,
  parseSize,
} from '../core/values.ts';
import type {ProviderName} from '../machine/machine.ts';

const asWritten = (value: string): string => value;

const readers = {
  text: asWritten,
  path: asWritten,
  /** A URL, a path, or `sample`. */
  source: asWritten,
  /** A name, a URL, or a path. */
  box: asWritten,
  /** Whether there is such a one the request tells. */
  provider: (value: string) => value as ProviderName,
  count: parseCount,
  jobs: parseJobs,
  memory: parseMemory,
  duration: parseDuration,
  features: parseFeatures,
  mirror: parseMirror,
  size: parseSize,
  days: parseDays,
  port: parsePort,
  archive: parseArchive,
} as const;

export type OptionKind = keyof typeof readers;
export type KindValue<K extends OptionKind> = ReturnType<(typeof readers)[K]>;

/** @throws InvalidValueError */
export function parseValue(kind: OptionKind | undefined, text: string): unknown {
  return readers[kind ?? 'text'](text);
}

/** A path of the operator is relative to the folder he is in, or to that of the file he wrote. */
export function placeValue(kind: OptionKind | undefined, value: string, folder: string): string {
  const isPath =
    kind === 'path' ||
    (kind === 'source' && /^(\.{0,2}\/|\.\.?$|~\/)/.test(value)) ||
    (kind === 'box' && /^\.{0,2}\//.test(value));
  return isPath && !isAbsolute(value) ? resolve(folder, value) : value;
}
