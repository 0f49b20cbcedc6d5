// Finds the jars and classes below folders that an operator names. Follows links: a parcel's lib folders are made of them.
import {readdir, readFile, realpath, stat} from 'node:fs/promises';
import {join, relative} from 'node:path';
import {describeError, hasErrorCode, UsageError} from '../core/errors.ts';
import {planBytes} from '../distribution/jar.ts';
import {parseClassFile} from './class-file.ts';
import {indexClasses, type ClassIndex, type Jar} from './class-index.ts';

/** How many files are open at once. */
const limit = 16;

/**
 * @param paths Absolute, of folders or single jars; of a class that is in several, the first counts.
 * @throws UsageError when one is not there, cannot be read, or holds neither jars nor classes.
 */
export async function indexFolders(paths: readonly string[], signal?: AbortSignal): Promise<ClassIndex> {
  const jars: Jar[] = [];
  const files = new Map<string, string>();
  for (const path of paths) {
    const found = await findFiles(path, signal);
    const classes = found.filter(({name}) => name.endsWith('.class'));
    const ownJars = found.filter(({name}) => name.endsWith('.jar'));
    if (found.length === 0)
      throw new UsageError(
        `There is neither a jar nor a class in ${path}.`,
        'Name a folder of jars, such as the lib/hive/lib of a CDH parcel: --against <folder>',
      );
    jars.push(...ownJars.map(({name, bytes}) => ({path: name, bytes: planBytes(name, bytes)})));
    for (const [name, file] of await nameClasses(
      path,
      classes.map(({name}) => name),
    ))
      if (!files.has(name)) files.set(name, file);
  }
  return indexClasses(jars, files, limit, signal);
}

interface Found {
  readonly name: string;
  readonly bytes: number;
}

async function findFiles(path: string, signal?: AbortSignal): Promise<readonly Found[]> {
  const found: Found[] = [];
  const seen = new Set<string>();
  const walk = async (each: string, isTop: boolean): Promise<void> => {
    signal?.throwIfAborted();
    const entry = await stat(each).catch((error: unknown) => {
      // The JVM, too, passes over a link that leads nowhere.
      if (!isTop && hasErrorCode(error, 'ENOENT', 'ELOOP')) return undefined;
      throw error;
    });
    if (entry?.isFile() === true) {
      if (/\.(?:jar|class)$/.test(each)) found.push({name: each, bytes: entry.size});
    } else if (entry?.isDirectory() === true) {
      const real = await realpath(each);
      if (seen.has(real)) return;
      seen.add(real);
      for (const name of (await readdir(each)).sort()) await walk(join(each, name), false);
    }
  };
  try {
    await walk(path, true);
  } catch (error) {
    signal?.throwIfAborted();
    const isAbsent = hasErrorCode(error, 'ENOENT', 'ENOTDIR');
    throw new UsageError(
      isAbsent ? `${path} is not there.` : `${path} cannot be read: ${describeError(error)}.`,
      'Name a folder of jars or classes that you may read: --against <folder>',
      {cause: error},
    );
  }
  return found;
}

/** Where packages begin is not known: one class of each folder tells it, by its own name. */
async function nameClasses(
  top: string,
  paths: readonly string[],
): Promise<readonly (readonly [string, string])[]> {
  const prefixes = new Map<string, string>();
  const named: (readonly [string, string])[] = [];
  for (const path of paths) {
    const inner = relative(top, path).slice(0, -'.class'.length);
    const folder = inner.slice(0, inner.lastIndexOf('/') + 1);
    let prefix = prefixes.get(folder);
    if (prefix === undefined) {
      const {name} = parse(path, await readFile(path));
      prefix = name.slice(0, name.lastIndexOf('/') + 1);
      prefixes.set(folder, prefix);
    }
    named.push([prefix + inner.slice(folder.length), path]);
  }
  return named;
}

function parse(path: string, content: Buffer): ReturnType<typeof parseClassFile> {
  try {
    return parseClassFile(content);
  } catch (error) {
    throw new UsageError(
      `${path} cannot be read as a class: ${describeError(error)}.`,
      'Copy that file again, or name a folder without it.',
      {cause: error},
    );
  }
}
