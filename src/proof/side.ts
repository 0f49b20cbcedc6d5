// Reads one side of a comparison: any folder with Spark in it, made by build-spark, by hand or by Cloudera. Follows links
// within it or its parcel, whose folders are made of them; changes nothing and knows no other side.
import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {readdir, realpath, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {describeError, hasErrorCode, UsageError} from '../core/errors.ts';
import {isTaken} from '../core/presence.ts';
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
  /** Archives that cannot be read and links that lead outside, each with the reason. */
  readonly broken: readonly string[];
}

const filesAtOnce = 4;
/** A dist has some 2,000; links to folders of links could be followed for ever. */
const mostPaths = 20_000;

/**
 * @param named A dist, a parcel's `lib/spark`, or the parcel itself.
 * @throws UsageError when it is not there, cannot be read, or has no jar of Spark.
 */
export async function readSide(named: string, signal?: AbortSignal): Promise<Side> {
  const place = await findSpark(named);
  const {folder} = place;
  const {found, outside} = await listFiles(place, signal);
  const wanted = found.filter(({path}) => !aboutNames.includes(path));
  const files = await mapLimited(wanted, filesAtOnce, async (file) => ({
    ...file,
    sha256: await hashFile(join(folder, file.path), signal),
  }));
  const archives = new Map<string, Archive>();
  const broken = outside.map((path) => `${path}: it leads outside of the folder, and was not followed`);
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
      `There is no Spark in ${folder}: neither lib/spark-assembly*.jar nor jars/*.jar.`,
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

interface Place {
  readonly folder: string;
  /** Real path of what the links of the folder may lead into. */
  readonly root: string;
}

/** The operator may name a whole parcel (Cloudera's, Cloudera's Spark 2, ours) or the Spark in it. */
async function findSpark(named: string): Promise<Place> {
  if (!(await isFolder(named)))
    throw new UsageError(
      `${named} ${(await isTaken(named)) ? 'is a file, not a folder' : 'is not there'}.`,
      'Name two folders: build-spark compare <dist> <dist>',
    );
  for (const inner of ['lib/spark', 'lib/spark2', 'lib/build-spark', 'lib/build-spark2']) {
    const folder = join(named, inner);
    if (await isFolder(folder)) return {folder, root: await realpath(named)};
  }
  const real = await realpath(named);
  const [, parcel] = /^(.+)\/lib\/spark2?$/s.exec(real) ?? [];
  // In CDH's parcel the jars of all its programs lie in one folder, and Spark has links to them.
  const isParcel = parcel !== undefined && (await isFolder(join(parcel, 'jars')));
  return {folder: named, root: isParcel ? parcel : real};
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    (error: unknown) => {
      if (hasErrorCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return false;
      throw unreadable(path, error);
    },
  );
}

interface Listed {
  readonly found: readonly Omit<SideFile, 'sha256'>[];
  readonly outside: readonly string[];
}

async function listFiles({folder, root}: Place, signal?: AbortSignal): Promise<Listed> {
  const found: Omit<SideFile, 'sha256'>[] = [];
  const outside: string[] = [];
  let looked = 0;
  /** @param above Real paths of the folders on the way, for links that lead back. */
  const walk = async (path: string, real: string, above: readonly string[]): Promise<void> => {
    const entries = await readdir(real, {withFileTypes: true}).catch((error: unknown) => {
      throw unreadable(join(folder, path), error);
    });
    for (const entry of entries) {
      signal?.throwIfAborted();
      looked += 1;
      if (looked > mostPaths) throw tooMany(folder);
      const inner = path === '' ? entry.name : `${path}/${entry.name}`;
      const target = entry.isSymbolicLink() ? await follow(join(folder, inner)) : join(real, entry.name);
      if (target === undefined || above.includes(target)) continue;
      if (entry.isSymbolicLink() && !isInside(target, root)) {
        outside.push(inner);
        continue;
      }
      const stats = await stat(target).catch((error: unknown) => {
        throw unreadable(join(folder, inner), error);
      });
      if (stats.isFile()) found.push({path: inner, bytes: stats.size});
      if (stats.isDirectory()) await walk(inner, target, [...above, target]);
    }
  };
  const top = await realpath(folder);
  await walk('', top, [top]);
  return {found: found.sort((one, other) => (one.path < other.path ? -1 : 1)), outside};
}

/** @returns undefined for a link that leads nowhere, such as those of a parcel to the configuration of a node. */
async function follow(path: string): Promise<string | undefined> {
  return realpath(path).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
    throw unreadable(path, error);
  });
}

function isInside(real: string, root: string): boolean {
  return real === root || real.startsWith(root.endsWith('/') ? root : `${root}/`);
}

function tooMany(folder: string): UsageError {
  return new UsageError(
    `${folder} holds more than ${mostPaths} files and folders, counted along its links: it is not a Spark.`,
    'Name the folder of a dist, or the lib/spark of a CDH parcel.',
  );
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
