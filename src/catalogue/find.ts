// Looks releases up by version, range or `latest`. Pure: rows in, rows out; what a row can give is on the row.
import semver from 'semver';
import {UsageError} from '../core/errors.ts';
import type {FeatureName} from './features.ts';
import type {RefFacts} from './ref-facts.ts';
import {
  isExactVersion,
  normaliseVersion,
  parseRange,
  toSemver,
  versionOf,
  type Line,
} from './release-version.ts';

export type {Line} from './release-version.ts';

export interface Found {
  /** `exact`: the operator named this very release, so what it cannot give is an error; one matched by a range is skipped. */
  readonly by: 'exact' | 'range' | 'latest';
  /** Oldest first, at least one. */
  readonly rows: readonly RefFacts[];
}

interface Entry {
  readonly version: string;
  readonly order: string;
  readonly row: RefFacts;
}

const names = {cdh: 'CDH', spark2: 'Spark 2'} as const;

/**
 * @param text A version, a semver range, or `latest`: the newest that can be built with `features`.
 * @throws UsageError for a version that does not exist, naming those near it, and for ranges that are malformed or match nothing.
 */
export function findReleases(
  catalogue: readonly RefFacts[],
  line: Line,
  text: string,
  features: readonly FeatureName[],
): Found {
  const entries = listEntries(catalogue, line);
  if (text.trim() === '')
    throw new UsageError(`The version of ${names[line]} is empty.`, `Give one, as in ${example(line)}.`);
  if (text.trim() === 'latest') return {by: 'latest', rows: [findLatest(entries, line, features)]};
  const version = normaliseVersion(text);
  if (isExactVersion(version) && (line === 'cdh' || version.includes('-'))) {
    const entry = entries.find((candidate) => candidate.version === version);
    if (entry === undefined) throw unknownVersion(version, entries, line);
    return {by: 'exact', rows: [entry.row]};
  }
  const range = parseRange(text.trim(), line);
  if (range === undefined) {
    throw new UsageError(
      `${JSON.stringify(text)} is neither a version nor a range.`,
      `Give one, as in ${example(line)}; for several, give the option several times.`,
    );
  }
  const rows = entries.filter(({order}) => range.test(order)).map(({row}) => row);
  if (rows.length > 0) return {by: 'range', rows};
  // `2.3.1` and `=5.7.9` are ranges to semver, but the operator meant one release.
  if (/^=?\s*\d+\.\d+\.\d+$/.test(text.trim())) throw unknownVersion(version, entries, line);
  throw new UsageError(
    `No release of ${names[line]} matches ${JSON.stringify(text)}. They go from ${entries[0]?.version ?? ''} to ${entries.at(-1)?.version ?? ''}.`,
    'Type `build-spark releases` to see them all.',
  );
}

/** The newest row of each line that is there: one for 5.7, one for 5.8; or, by major, one for 5, one for 6. */
export function findNewestOf(
  rows: readonly RefFacts[],
  line: Line,
  each: 'minor' | 'major',
): readonly RefFacts[] {
  const newest = new Map<string, RefFacts>();
  for (const {version, row} of listEntries(rows, line)) {
    const [major, minor] = version.split('.');
    newest.set(each === 'major' ? (major ?? '') : `${major ?? ''}.${minor ?? ''}`, row);
  }
  return [...newest.values()];
}

/** The row of this commit, whatever name led to it. */
export function findByCommit(catalogue: readonly RefFacts[], commit: string): RefFacts | undefined {
  return catalogue.find((row) => row.commit === commit);
}

/** @returns The first of `features` that the row cannot give, with its reason; undefined when it can give all. */
export function findMissing(
  row: RefFacts,
  features: readonly FeatureName[],
): {readonly feature: FeatureName; readonly reason: string} | undefined {
  for (const feature of features) {
    const capability = row[feature];
    if (capability.status === 'no') return {feature, reason: capability.reason};
  }
  return undefined;
}

/**
 * Numbers of CDH that were left out of a line, between the oldest and the newest of it in `rows`: 5.5.3 between 5.5.2 and 5.5.4.
 * @param catalogue All there are.
 */
export function findGaps(catalogue: readonly RefFacts[], rows: readonly RefFacts[]): readonly string[] {
  const known = new Set(listEntries(catalogue, 'cdh').map(({version}) => version));
  const lines = new Map<string, number[]>();
  for (const {version} of listEntries(rows, 'cdh')) {
    const [, line, patch] = /^(\d+\.\d+)\.(\d+)$/.exec(version) ?? [];
    if (line !== undefined) lines.set(line, [...(lines.get(line) ?? []), Number(patch)]);
  }
  return [...lines].flatMap(([line, patches]) => {
    const first = Math.min(...patches);
    return Array.from(
      {length: Math.max(...patches) - first},
      (_, index) => `${line}.${first + index}`,
    ).filter((version) => !known.has(version));
  });
}

/**
 * The release of the same line that can give all of `features` and is the fewest releases away, of two the newer.
 * @returns Its version as `--cdh` or `--spark2` takes it; undefined where none can, or the ref has no place in a line.
 */
export function findNearest(
  catalogue: readonly RefFacts[],
  of: RefFacts,
  features: readonly FeatureName[],
): {readonly line: Line; readonly version: string} | undefined {
  const line: Line = of.tag.startsWith('spark2-') ? 'spark2' : 'cdh';
  const version = line === 'spark2' ? versionOf(of, line) : of.cdhVersion;
  if (version === undefined) return undefined;
  const entries = listEntries(catalogue, line);
  const order = toSemver(version, line === 'spark2');
  const place = entries.filter((entry) => semver.lt(entry.order, order)).length;
  const able = entries.flatMap(({version: other, row}, index) =>
    other !== version && row.buildTool === 'maven' && findMissing(row, features) === undefined
      ? [{version: other, distance: Math.abs(index - place), index}]
      : [],
  );
  const [nearest] = able.toSorted((a, b) => a.distance - b.distance || b.index - a.index);
  return nearest === undefined ? undefined : {line, version: nearest.version};
}

/** The rows of one line, oldest first. */
function listEntries(catalogue: readonly RefFacts[], line: Line): readonly Entry[] {
  return catalogue
    .flatMap((row): readonly Entry[] => {
      const version = versionOf(row, line);
      return version === undefined ? [] : [{version, order: toSemver(version), row}];
    })
    .toSorted((a, b) => semver.compare(a.order, b.order));
}

function findLatest(entries: readonly Entry[], line: Line, features: readonly FeatureName[]): RefFacts {
  const found = entries.findLast(({row}) => findMissing(row, features) === undefined);
  if (found !== undefined) return found.row;
  const reason = entries.map(({row}) => findMissing(row, features)?.reason).at(-1) ?? '';
  throw new UsageError(
    `No release of ${names[line]} can be built with ${features.join(' and ')}. Of the newest: ${reason}`,
    'Type `build-spark releases` to see what each can give.',
  );
}

function unknownVersion(version: string, entries: readonly Entry[], line: Line): UsageError {
  const order = toSemver(version, line === 'spark2');
  const minor = (text: string): string => text.split('.').slice(0, 2).join('.');
  const near = entries.filter((entry) => semver.gt(order, entry.order)).slice(-2);
  const after = entries.filter((entry) => semver.lt(order, entry.order)).slice(0, 2);
  const list = [...near, ...after].map((entry) => entry.version).join(', ');
  // A number left out between two that exist, as 5.5.3 between 5.5.2 and 5.5.4.
  const isGap = [near, after].every((side) => side.some((entry) => minor(entry.version) === minor(version)));
  const what = isGap && !version.includes('-') ? 'was never released' : 'is not known';
  return new UsageError(
    `${names[line]} ${version} ${what}. Near it: ${list}.`,
    'Name one of these, or type `build-spark releases` to see them all.',
  );
}

function example(line: Line): string {
  return line === 'cdh'
    ? "5.7.0, 5.7.x, '>=5.5 <5.8' or latest"
    : "2.3.0-cloudera4, 2.3.x, '>=2.2 <2.4' or latest";
}
