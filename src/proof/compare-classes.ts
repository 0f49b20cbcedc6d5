// Which classes two sides have, by content, and what of the public ones other code could call and no longer can. Reads
// only classes that differ.
import {setImmediate} from 'node:timers/promises';
import {describeError} from '../core/errors.ts';
import {readAhead, readEntry} from '../distribution/jar.ts';
import {flags, parseClassFile, splitKey, type ClassFile} from '../linking/class-file.ts';
import {renderContent} from './compare-files.ts';
import type {Side, SideClass} from './side.ts';

/** With dots; members as `name(descriptor)` or `name descriptor`. */
export interface ClassDifference {
  readonly class: string;
  readonly status: 'changed' | 'only-left' | 'only-right';
  /** Whether code elsewhere can name it. */
  readonly isPublic: boolean;
  /** Public and protected members that only one side has; of a class that both have. */
  readonly onlyLeft?: readonly string[];
  readonly onlyRight?: readonly string[];
}

export interface ClassComparison {
  readonly left: number;
  readonly right: number;
  readonly same: number;
  /** By name. */
  readonly differences: readonly ClassDifference[];
  /** Classes that could not be read. */
  readonly broken: readonly string[];
}

export async function compareClasses(
  left: Side,
  right: Side,
  signal?: AbortSignal,
): Promise<ClassComparison> {
  const isSame = (name: string): boolean => {
    const [one, other] = [left.classes.get(name), right.classes.get(name)];
    return (
      one !== undefined && other !== undefined && renderContent(one.entry) === renderContent(other.entry)
    );
  };
  const ours = [...left.classes.keys()].filter((name) => !isSame(name));
  const theirs = [...right.classes.keys()].filter((name) => !isSame(name));
  const same = left.classes.size - ours.length;
  const broken: string[] = [];
  const leftFiles = await readClasses(left, ours, broken, signal);
  const rightFiles = await readClasses(right, theirs, broken, signal);
  const differences = [...new Set([...ours, ...theirs])].sort().flatMap((name): ClassDifference[] => {
    const [one, other] = [leftFiles.get(name), rightFiles.get(name)];
    const isPublic = isVisible(one) || isVisible(other);
    const dotted = name.replaceAll('/', '.');
    if (!right.classes.has(name)) return [{class: dotted, status: 'only-left', isPublic}];
    if (!left.classes.has(name)) return [{class: dotted, status: 'only-right', isPublic}];
    if (one === undefined || other === undefined) return [];
    const [mine, its] = [listApi(one), listApi(other)];
    const onlyLeft = mine.filter((member) => !its.includes(member));
    const onlyRight = its.filter((member) => !mine.includes(member));
    return [{class: dotted, status: 'changed', isPublic, onlyLeft, onlyRight}];
  });
  return {left: left.classes.size, right: right.classes.size, same, differences, broken};
}

/** From front to back of each jar, so that every megabyte is read once. */
async function readClasses(
  {archives, classes}: Side,
  names: readonly string[],
  broken: string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, ClassFile>> {
  const byJar = new Map<string, [string, SideClass][]>();
  for (const name of names) {
    const place = classes.get(name);
    if (place === undefined) continue;
    const ofJar = byJar.get(place.jar) ?? [];
    if (ofJar.length === 0) byJar.set(place.jar, ofJar);
    ofJar.push([name, place]);
  }
  const found = new Map<string, ClassFile>();
  for (const [jar, places] of byJar) {
    const archive = archives.get(jar);
    if (archive === undefined) continue;
    const ahead = readAhead(archive.bytes);
    const sorted = places.sort(([, one], [, other]) => one.entry.offset - other.entry.offset);
    for (const [index, [name, {entry}]] of sorted.entries()) {
      if (index % 500 === 0) await setImmediate(undefined, {signal});
      try {
        found.set(name, parseClassFile(await readEntry(ahead, entry)));
      } catch (error) {
        broken.push(`${jar}: ${name}: ${describeError(error)}`);
      }
    }
  }
  return found;
}

/** Anonymous classes and the bodies of closures are public to the JVM alone. */
function isVisible(file: ClassFile | undefined): boolean {
  if (file === undefined || (file.access & flags.public) === 0 || (file.access & flags.synthetic) !== 0)
    return false;
  return !/\$(?:\d|anon|\$)/.test(file.name);
}

/** What others may call or extend. Scala's own helpers, whose names have a double dollar, are left out. */
function listApi({members}: ClassFile): readonly string[] {
  return [...members]
    .filter(([key, access]) => {
      if ((access & (flags.public | flags.protected)) === 0 || (access & flags.synthetic) !== 0) return false;
      return !key.includes('$$');
    })
    .map(([key]) => {
      const {name, descriptor} = splitKey(key);
      return descriptor.startsWith('(') ? `${name}${descriptor}` : `${name} ${descriptor}`;
    })
    .sort();
}
