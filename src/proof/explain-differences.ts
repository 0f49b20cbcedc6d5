// Says of each file that two dists have otherwise why that is, down to the entry of an archive. Reads only what differs.
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describeError} from '../core/errors.ts';
import {readEntry} from '../distribution/jar.ts';
import {parseClassFile} from '../linking/class-file.ts';
import type {FileComparison} from './compare-files.ts';
import type {Archive, Side} from './side.ts';

export interface Explanation {
  readonly path: string;
  /** In the archive. */
  readonly entry?: string;
  /** Completes "it …". */
  readonly reason: string;
}

/** Of what is no text, or longer than this, only the place of the first difference is told. */
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
    else if (entries.length === 0) {
      const [one, other] = await Promise.all(
        [left, right].map(({folder}) => readFile(join(folder, path)).catch(() => Buffer.alloc(0))),
      );
      all.push({path, reason: explainBytes(path, one ?? Buffer.alloc(0), other ?? Buffer.alloc(0))});
    }
    for (const {entry, status: what} of status === 'changed' ? entries : []) {
      if (what === 'only-left') all.push({path, entry, reason: 'is not in it the second time'});
      else if (what === 'only-right') all.push({path, entry, reason: 'was not in it the first time'});
      else all.push({path, entry, reason: await explainEntry(left, right, path, entry)});
    }
  }
  return all;
}

function explainPacking(left: Side, right: Side, path: string): string {
  const names = ({archives}: Side): string =>
    (archives.get(path)?.entries ?? []).map(({name}) => name).join('\n');
  return names(left) === names(right)
    ? 'has the same entries in the same order, with other times, attributes or compression'
    : 'has the same entries in another order';
}

async function explainEntry(left: Side, right: Side, path: string, name: string): Promise<string> {
  try {
    const [one, other] = [await readNamed(left, path, name), await readNamed(right, path, name)];
    return one.length !== other.length && !(one.length > 0 && other.length > 0)
      ? 'is in it more often on one side'
      : explainBytes(name, one, other);
  } catch (error) {
    return `cannot be read: ${describeError(error)}`;
  }
}

async function readNamed({archives}: Side, path: string, name: string): Promise<Buffer> {
  const archive: Archive | undefined = archives.get(path);
  const entry = archive?.entries.find((each) => each.name === name);
  return archive === undefined || entry === undefined ? Buffer.alloc(0) : readEntry(archive.bytes, entry);
}

/** Pure. */
function explainBytes(name: string, one: Buffer, other: Buffer): string {
  if (name.endsWith('.class')) return explainClass(one, other);
  const at = one.findIndex((byte, index) => byte !== other[index]);
  const place = at < 0 ? one.length : at;
  const isText = [one, other].every((each) => each.length <= textLimitBytes && !each.includes(0));
  if (!isText) return `is other from byte ${place} on (${one.length} and ${other.length} bytes)`;
  const [first, second] = [one, other].map((each) => each.toString('utf8').split('\n'));
  const line = (first ?? []).findIndex((text, index) => text !== second?.[index]);
  const number = line < 0 ? (first?.length ?? 0) : line;
  return `has another line ${number + 1}: ${show(first?.[number])} and ${show(second?.[number])}`;
}

function show(line: string | undefined): string {
  return line === undefined ? 'none' : JSON.stringify(line.length > 120 ? `${line.slice(0, 120)}…` : line);
}

function explainClass(one: Buffer, other: Buffer): string {
  try {
    const [first, second] = [parseClassFile(one), parseClassFile(other)];
    const [ours, theirs] = [first, second].map(({members}) => [...members.keys()]);
    const gone = (ours ?? []).filter((key) => !second.members.has(key));
    const come = (theirs ?? []).filter((key) => !first.members.has(key));
    if (gone.length + come.length > 0)
      return `has other members: ${[...gone.map((key) => `-${key}`), ...come.map((key) => `+${key}`)].slice(0, 4).join(' ')}`;
    if (ours?.join() !== theirs?.join()) return 'has the same members in another order';
    return one.length === other.length
      ? 'has the same members, with other code, constants or attributes of one length'
      : `has the same members, with other code, constants or attributes (${one.length} and ${other.length} bytes)`;
  } catch (error) {
    return `is no class that can be read: ${describeError(error)}`;
  }
}
