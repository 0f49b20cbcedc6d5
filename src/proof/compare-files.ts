// Which files of two sides are the same, the same inside, other, or on one side alone. Pure.
import type {JarEntry} from '../distribution/jar.ts';
import type {Side} from './side.ts';

/** One entry of an archive that is on both sides, and what of it differs. */
interface EntryDifference {
  readonly entry: string;
  readonly status: 'changed' | 'only-left' | 'only-right';
}

export interface FileDifference {
  readonly path: string;
  /** same-inside: an archive whose entries have the same contents, in another order or with other times. */
  readonly status: 'changed' | 'same-inside' | 'only-left' | 'only-right';
  /** Of an archive that is on both sides. */
  readonly entries?: readonly EntryDifference[];
}

export interface FileComparison {
  readonly same: number;
  readonly differences: readonly FileDifference[];
}

export function compareFiles(left: Side, right: Side): FileComparison {
  const theirs = new Map(right.files.map((file) => [file.path, file]));
  const ours = new Set(left.files.map(({path}) => path));
  let same = 0;
  const differences: FileDifference[] = [];
  for (const {path, sha256} of left.files) {
    const other = theirs.get(path);
    if (other === undefined) differences.push({path, status: 'only-left'});
    else if (other.sha256 === sha256) same += 1;
    else differences.push(compareContents(path, left, right));
  }
  for (const {path} of right.files) if (!ours.has(path)) differences.push({path, status: 'only-right'});
  return {same, differences: differences.sort((one, other) => (one.path < other.path ? -1 : 1))};
}

function compareContents(path: string, left: Side, right: Side): FileDifference {
  const [ours, theirs] = [left.archives.get(path), right.archives.get(path)];
  if (ours === undefined || theirs === undefined) return {path, status: 'changed'};
  const entries = compareEntries(ours.entries, theirs.entries);
  return {path, status: entries.length === 0 ? 'same-inside' : 'changed', entries};
}

/** A name may come twice, as in an assembly: all contents of it count, in their order. */
function compareEntries(left: readonly JarEntry[], right: readonly JarEntry[]): readonly EntryDifference[] {
  const [ours, theirs] = [collectContents(left), collectContents(right)];
  const differences: EntryDifference[] = [];
  for (const [entry, content] of ours) {
    const other = theirs.get(entry);
    if (other === undefined) differences.push({entry, status: 'only-left'});
    else if (other !== content) differences.push({entry, status: 'changed'});
  }
  for (const entry of theirs.keys()) if (!ours.has(entry)) differences.push({entry, status: 'only-right'});
  return differences.sort((one, other) => (one.entry < other.entry ? -1 : 1));
}

function collectContents(entries: readonly JarEntry[]): ReadonlyMap<string, string> {
  const contents = new Map<string, string>();
  for (const entry of entries)
    contents.set(entry.name, `${contents.get(entry.name) ?? ''} ${renderContent(entry)}`);
  return contents;
}

/** Two contents of one name, length and checksum are taken for one. */
export function renderContent({crc32, bytes}: JarEntry): string {
  return `${crc32}:${bytes}`;
}
