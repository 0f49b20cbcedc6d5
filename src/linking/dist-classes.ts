// Collects the classes of a dist's jars, and what they name of others. Knows nothing of what a cluster has.
import {join} from 'node:path';
import {setImmediate} from 'node:timers/promises';
import {describeError} from '../core/errors.ts';
import {readAhead, readEntries, readEntry, withBytes, type JarEntry} from '../distribution/jar.ts';
import {parseClassFile, type ClassFile, type Reference} from './class-file.ts';

/** One thing that the dist names, and who does. */
export interface Use extends Reference {
  /** Classes of the dist, in the order in which they were read. */
  readonly callers: string[];
}

export interface DistClasses {
  readonly classes: ReadonlyMap<string, ClassFile>;
  /** By the class that is named. The JDK's and Scala's are left out. */
  readonly uses: ReadonlyMap<string, readonly Use[]>;
  /** Jars and classes that could not be read, each with the reason. */
  readonly broken: readonly string[];
}

/**
 * What Spark and YARN's node manager load: its own jars, DataNucleus, the shuffle service. Not the examples: those of
 * Spark 1 hold a Cassandra client for Hadoop 1, which fits on no CDH. Pure.
 */
export function findClassJars(paths: readonly string[]): readonly string[] {
  const isMain = (path: string): boolean => /^(?:lib\/spark-assembly[^/]*\.jar$|jars\/|hive\/)/.test(path);
  const jars = paths.filter((path) =>
    /^(?:lib\/(?!spark-examples)|jars\/|hive\/|yarn\/)[^/]+\.jar$/.test(path),
  );
  return [...jars.filter(isMain), ...jars.filter((path) => !isMain(path))];
}

/** Pure. What is below META-INF is for newer Java versions, or no class at all. */
export function isClassEntry(name: string): boolean {
  return name.endsWith('.class') && !name.startsWith('META-INF/') && !name.endsWith('module-info.class');
}

/** @param jars Paths in the dist; of a class that is in several, the first counts. */
export async function readDistClasses(
  dist: string,
  jars: readonly string[],
  signal?: AbortSignal,
): Promise<DistClasses> {
  const classes = new Map<string, ClassFile>();
  const uses = new Map<string, Map<string, Use>>();
  const broken: string[] = [];
  const note = (by: string, {owner, key, isInterface}: Reference): void => {
    if (owner === by && key === undefined) return;
    if (/^(?:java|javax|scala)\//.test(owner)) return;
    const ofOwner = uses.get(owner) ?? new Map<string, Use>();
    if (ofOwner.size === 0) uses.set(owner, ofOwner);
    const id = isInterface === true ? `${key ?? ''}!` : (key ?? '');
    const known = ofOwner.get(id);
    if (known === undefined) ofOwner.set(id, {owner, key, isInterface, callers: [by]});
    else if (known.callers.at(-1) !== by) known.callers.push(by);
  };
  const add = (where: string, content: Buffer): void => {
    const references: Reference[] = [];
    let found: ClassFile;
    try {
      found = parseClassFile(content, (reference) => references.push(reference));
    } catch (error) {
      broken.push(`${where}: ${describeError(error)}`);
      return;
    }
    if (classes.has(found.name)) return;
    classes.set(found.name, found);
    for (const reference of references) {
      // What it has itself needs no look.
      if (reference.owner === found.name && found.members.has(reference.key ?? '')) continue;
      note(found.name, reference);
    }
  };
  for (const jar of jars) {
    try {
      await withBytes(join(dist, jar), async (bytes) => {
        const entries: JarEntry[] = [];
        await readEntries(bytes, (entry) => {
          if (isClassEntry(entry.name)) entries.push(entry);
        });
        const ahead = readAhead(bytes);
        for (const [index, entry] of entries.sort((one, other) => one.offset - other.offset).entries()) {
          if (index % 500 === 0) await setImmediate(undefined, {signal}); // Or nothing could stop it.
          const content = await readEntry(ahead, entry).catch((error: unknown) => describeError(error));
          if (typeof content === 'string') broken.push(`${jar}: ${content}`);
          else add(`${jar}: ${entry.name}`, content);
        }
      });
    } catch (error) {
      signal?.throwIfAborted();
      broken.push(`${jar}: ${describeError(error)}`);
    }
  }
  return {
    classes,
    uses: new Map([...uses].map(([owner, ofOwner]) => [owner, [...ofOwner.values()]])),
    broken,
  };
}
