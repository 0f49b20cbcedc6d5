// Reads one side of a comparison: any folder with Spark in it, made by build-spark, by hand or by Cloudera. Follows links,
// since a parcel's folders are made of them; changes nothing and knows no other side.
import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {readdir, realpath, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {describeError, hasErrorCode, UsageError} from '../core/errors.ts';
import {mapLimited} from '../core/map-limited.ts';
import {planBytes, readEntries, type Bytes, type JarEntry} from '../distribution/jar.ts';
import {aboutNames} from '../distribution/manifest.ts';
import {findClassJars} from '../linking/dist-classes.ts';

interface SideFile {
  /** Relative to the side's folder, with `/`. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A class, and where it is to be read. */
export interface SideClass {
  /** Of the jar, relative to the side's folder. */
  readonly jar: string;
  readonly entry: JarEntry;
}

export interface Archive {
  readonly bytes: Bytes;
  readonly entries: readonly JarEntry[];
}

export interface Side {
  /** Absolute. */
  readonly folder: string;
  /** Sorted by path. What build-spark itself says of a dist is left out. */
  readonly files: readonly SideFile[];
  /** Of each jar, zip and egg, by its path. */
  readonly archives: ReadonlyMap<string, Archive>;
  /** Of the jars that Spark runs with; of a class that is in several, the first counts. By name: `java/lang/Object`. */
  readonly classes: ReadonlyMap<string, SideClass>;
  /** Archives that cannot be read, each with the reason. */
  readonly broken: readonly string[];
}

const filesAtOnce = 4;

/**
 * @param named A dist, a parcel's `lib/spark`, or the parcel itself.
 * @throws UsageError when it is not there, cannot be read, or has no jar of Spark.
 */
export async function readSide(named: string, signal?: AbortSignal): Promise<Side> {
  const folder = await findSpark(named);
  const found = await listFiles(folder, signal);
  const wanted = found.filter(({path}) => !aboutNames.includes(path));
  const files = await mapLimited(wanted, filesAtOnce, async (file) => ({
    ...file,
    sha256: await hashFile(join(folder, file.path), signal),
  }));
  const archives = new Map<string, Archive>();
  const broken: string[] = [];
  for (const {path, bytes: size} of files.filter((file) => /\.(?:jar|zip|egg)$/.test(file.path))) {
    signal?.throwIfAborted();
    const entries: JarEntry[] = [];
    const bytes = planBytes(join(folder, path), size);
    try {
      await readEntries(bytes, (entry) => entries.push(entry));
      archives.set(path, {bytes, entries});
    } catch (error) {
      broken.push(`${path}: ${describeError(error)}`);
    }
  }
  const jars = findClassJars(files.map(({path}) => path));
  if (jars.length === 0)
    throw new UsageError(
      `${folder} holds no jar of Spark: neither lib/spark-assembly*.jar nor jars/*.jar.`,
      'Name the folder of a dist, or the lib/spark of a CDH parcel.',
    );
  return {folder, files, archives, classes: collectClasses(jars, archives), broken};
}

/** Pure. */
function collectClasses(
  jars: readonly string[],
  archives: ReadonlyMap<string, Archive>,
): ReadonlyMap<string, SideClass> {
  const classes = new Map<string, SideClass>();
  for (const jar of jars) {
    for (const entry of archives.get(jar)?.entries ?? []) {
      if (!entry.name.endsWith('.class') || entry.name.startsWith('META-INF/')) continue;
      const name = entry.name.slice(0, -'.class'.length);
      if (!classes.has(name)) classes.set(name, {jar, entry});
    }
  }
  return classes;
}

/** A parcel is named as readily as the Spark in it. */
async function findSpark(named: string): Promise<string> {
  const isFolder = (path: string): Promise<boolean> =>
    stat(path).then(
      (entry) => entry.isDirectory(),
      (error: unknown) => {
        if (hasErrorCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return false;
        throw unreadable(path, error);
      },
    );
  if (!(await isFolder(named)))
    throw new UsageError(`There is no folder ${named}.`, 'Type: build-spark compare <dist> <dist>');
  const inner = join(named, 'lib/spark');
  return (await isFolder(inner)) ? inner : named;
}

async function listFiles(folder: string, signal?: AbortSignal): Promise<readonly Omit<SideFile, 'sha256'>[]> {
  const found: Omit<SideFile, 'sha256'>[] = [];
  const walk = async (path: string, above: readonly string[]): Promise<void> => {
    signal?.throwIfAborted();
    const full = join(folder, path);
    const entry = await stat(full).catch((error: unknown) => {
      // A link that leads nowhere, such as those of a parcel to the configuration of a node, is not a file of it.
      if (path !== '' && hasErrorCode(error, 'ENOENT', 'ELOOP')) return undefined;
      throw unreadable(full, error);
    });
    if (entry?.isFile() === true) found.push({path, bytes: entry.size});
    if (entry?.isDirectory() !== true) return;
    const real = await realpath(full);
    if (above.includes(real)) return;
    const names = await readdir(full).catch((error: unknown) => {
      throw unreadable(full, error);
    });
    for (const name of names) await walk(path === '' ? name : `${path}/${name}`, [...above, real]);
  };
  await walk('', []);
  return found.sort((one, other) => (one.path < other.path ? -1 : 1));
}

async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, {signal})) hash.update(chunk as Buffer);
  } catch (error) {
    signal?.throwIfAborted();
    throw unreadable(path, error);
  }
  return hash.digest('hex');
}

function unreadable(path: string, error: unknown): UsageError {
  return new UsageError(`${path} cannot be read: ${describeError(error)}.`, `Look at it: ls -ld ${path}`, {
    cause: error,
  });
}
