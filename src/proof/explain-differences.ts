// Says of each file that two dists have otherwise why that is, down to the entry of an archive. Reads only what differs.
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describeError} from '../core/errors.ts';
import {renderPath} from '../core/inner-paths.ts';
import {readEntry, type JarEntry} from '../distribution/jar.ts';
import {renderList} from '../distribution/verify-files.ts';
import {parseClassFile} from '../linking/class-file.ts';
import {renderContent, type FileComparison} from './compare-files.ts';
import type {Side} from './side.ts';

export interface Explanation {
  readonly path: string;
  /** In the archive. */
  readonly entry?: string;
  /** Completes "it …". */
  readonly reason: string;
}

/** A larger one is not read again. */
const fileLimitBytes = 256 * 1024 * 1024;
/** Of what is not text, or longer than this, only the place of the first difference is told. */
const textLimitBytes = 4 * 1024 * 1024;

export async function explainDifferences(
  left: Side,
  right: Side,
  {differences}: FileComparison,
  signal?: AbortSignal,
): Promise<readonly Explanation[]> {
  const all: Explanation[] = [];
  for (const {path, status, entries = []} of differences) {
    signal?.throwIfAborted();
    if (status === 'only-left') all.push({path, reason: 'is not there the second time'});
    else if (status === 'only-right') all.push({path, reason: 'was not there the first time'});
    else if (status === 'same-inside') all.push({path, reason: explainPacking(left, right, path)});
    else if (entries.length === 0) all.push({path, reason: await explainFile(left, right, path)});
    for (const {entry, status: what} of status === 'changed' ? entries : []) {
      if (what === 'only-left') all.push({path, entry, reason: 'is not in it the second time'});
      else if (what === 'only-right') all.push({path, entry, reason: 'was not in it the first time'});
      else all.push({path, entry, reason: await explainEntry(left, right, path, entry)});
    }
  }
  return all;
}

async function explainFile(left: Side, right: Side, path: string): Promise<string> {
  const [ours = 0, theirs = 0] = [left, right].map(
    ({files}) => files.find((file) => file.path === path)?.bytes,
  );
  if (Math.max(ours, theirs) > fileLimitBytes) return `has different content (${ours} and ${theirs} bytes)`;
  try {
    return explainBytes(
      path,
      await readFile(join(left.folder, path)),
      await readFile(join(right.folder, path)),
    );
  } catch (error) {
    return `cannot be read: ${describeError(error)}`;
  }
}

function explainPacking(left: Side, right: Side, path: string): string {
  const names = ({archives}: Side): string =>
    (archives.get(path)?.entries ?? []).map(({name}) => name).join('\n');
  return names(left) === names(right)
    ? 'has the same entries in the same order, with different times, attributes or compression'
    : 'has the same entries in a different order';
}

async function explainEntry(left: Side, right: Side, path: string, name: string): Promise<string> {
  try {
    const [ours, theirs] = [findNamed(left, path, name), findNamed(right, path, name)];
    if (ours.length !== theirs.length)
      return `is in it ${renderTimes(ours.length)} the first time and ${renderTimes(theirs.length)} the second`;
    // Of several with one name, the first that differs.
    const at = ours.findIndex((entry, index) => {
      const other = theirs[index];
      return other !== undefined && renderContent(entry) !== renderContent(other);
    });
    const [one, other] = await Promise.all([read(left, path, ours[at]), read(right, path, theirs[at])]);
    return explainBytes(name, one, other);
  } catch (error) {
    return `cannot be read: ${describeError(error)}`;
  }
}

function findNamed({archives}: Side, path: string, name: string): readonly JarEntry[] {
  return (archives.get(path)?.entries ?? []).filter((each) => each.name === name);
}

async function read({archives}: Side, path: string, entry: JarEntry | undefined): Promise<Buffer> {
  const archive = archives.get(path);
  return archive === undefined || entry === undefined ? Buffer.alloc(0) : readEntry(archive.bytes, entry);
}

function renderTimes(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

/** Pure. */
function explainBytes(name: string, one: Buffer, other: Buffer): string {
  if (name.endsWith('.class')) return explainClass(one, other);
  const at = one.findIndex((byte, index) => byte !== other[index]);
  const place = at < 0 ? one.length : at;
  const isText = [one, other].every((each) => each.length <= textLimitBytes && !each.includes(0));
  if (!isText) return `differs from byte ${place} on (${one.length} and ${other.length} bytes)`;
  const [first, second] = [one, other].map((each) => each.toString('utf8').split('\n'));
  const line = (first ?? []).findIndex((text, index) => text !== second?.[index]);
  const number = line < 0 ? (first?.length ?? 0) : line;
  return `differs in line ${number + 1}: ${show(first?.[number])} and ${show(second?.[number])}`;
}

function show(line: string | undefined): string {
  return line === undefined ? 'none' : `"${renderPath(line.length > 120 ? `${line.slice(0, 120)}…` : line)}"`;
}

function explainClass(one: Buffer, other: Buffer): string {
  try {
    const [first, second] = [parseClassFile(one), parseClassFile(other)];
    const [ours, theirs] = [first, second].map(({members}) => [...members.keys()]);
    const gone = (ours ?? []).filter((key) => !second.members.has(key));
    const come = (theirs ?? []).filter((key) => !first.members.has(key));
    if (gone.length + come.length > 0)
      return `has different members: ${renderList(
        [...gone.map((key) => `-${key}`), ...come.map((key) => `+${key}`)].map(renderPath),
        ' ',
      )}`;
    if (ours?.join() !== theirs?.join()) return 'has the same members in a different order';
    return one.length === other.length
      ? 'has the same members, with different code, constants or attributes of the same length'
      : `has the same members, with different code, constants or attributes (${one.length} and ${other.length} bytes)`;
  } catch (error) {
    return `is not a class that can be read: ${describeError(error)}`;
  }
}
