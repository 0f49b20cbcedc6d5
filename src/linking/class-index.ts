// Finds classes by name in jars and files, here or on another host, and reads only those that are asked for.
import {readFile} from 'node:fs/promises';
import {describeError, UsageError} from '../core/errors.ts';
import {mapLimited} from '../core/map-limited.ts';
import {readEntries, readEntry, type Bytes, type JarEntry} from '../distribution/jar.ts';
import {parseClassFile, type ClassFile} from './class-file.ts';
import {isClassEntry} from './dist-classes.ts';

export interface Jar {
  readonly path: string;
  readonly bytes: Bytes;
}

type Place = {readonly jar: Jar; readonly entry: JarEntry} | {readonly file: string};

export interface ClassIndex {
  /** Of classes with different names. */
  readonly size: number;
  /** @returns Of each that is there its copies: one in most cases, since equal ones are read once. */
  find(names: Iterable<string>): Promise<ReadonlyMap<string, readonly ClassFile[]>>;
}

/**
 * Reads the directories of the jars, which takes about a tenth of a millisecond for each hundred classes.
 * @param files Class files that are in no jar, by the name of the class.
 * @param limit How much is read at once.
 * @throws UsageError naming all jars that cannot be read.
 */
export async function indexClasses(
  jars: readonly Jar[],
  files: ReadonlyMap<string, string>,
  limit: number,
  signal?: AbortSignal,
): Promise<ClassIndex> {
  const places = new Map<string, Place[]>();
  const add = (name: string, place: Place): void => {
    const known = places.get(name);
    if (known === undefined) places.set(name, [place]);
    else if (!known.some((other) => isSame(other, place))) known.push(place);
  };
  for (const [name, file] of files) add(name, {file});
  const broken: string[] = [];
  const lists = await mapLimited(jars, limit, async (jar) => {
    signal?.throwIfAborted();
    const entries: JarEntry[] = [];
    try {
      await readEntries(jar.bytes, (entry) => {
        if (isClassEntry(entry.name)) entries.push(entry);
      });
    } catch (error) {
      signal?.throwIfAborted();
      broken.push(`${jar.path}: ${describeError(error)}`);
    }
    return {jar, entries};
  });
  if (broken.length > 0)
    throw new UsageError(
      `These cannot be read as jars:\n${broken.sort().join('\n')}`,
      'Copy them again, or name a folder without them.',
    );
  // In the order of the jars, whichever came first.
  for (const {jar, entries} of lists)
    for (const entry of entries) add(entry.name.slice(0, -'.class'.length), {jar, entry});
  const read = async (place: Place): Promise<ClassFile> => {
    signal?.throwIfAborted();
    const where = 'file' in place ? place.file : `${place.entry.name} in ${place.jar.path}`;
    try {
      return parseClassFile(
        'file' in place ? await readFile(place.file) : await readEntry(place.jar.bytes, place.entry),
      );
    } catch (error) {
      signal?.throwIfAborted();
      throw new UsageError(
        `${where} cannot be read as a class: ${describeError(error)}`,
        'Copy that file again, or name a folder without it.',
        {cause: error},
      );
    }
  };
  return {
    size: places.size,
    find: async (names) => {
      const wanted = [...names].flatMap((name) => (places.get(name) ?? []).map((place) => ({name, place})));
      const found = new Map<string, ClassFile[]>();
      for (const {name, file} of await mapLimited(wanted, limit, async ({name, place}) => ({
        name,
        file: await read(place),
      })))
        found.set(name, [...(found.get(name) ?? []), file]);
      return found;
    },
  };
}

function isSame(one: Place, other: Place): boolean {
  if ('file' in one || 'file' in other) return false;
  return one.entry.crc32 === other.entry.crc32 && one.entry.bytes === other.entry.bytes;
}
