// Takes out of a built folder what tells when it was built, for --reproducible: times of files and of entries in jars, the
// order in which they were packed, dates that Maven writes into them. Contents of classes are never touched.
import {lutimes, stat, utimes} from 'node:fs/promises';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {writeDraft} from '../core/draft-file.ts';
import {describeError} from '../core/errors.ts';
import {renderPath} from '../core/inner-paths.ts';
import {readRegular} from '../core/regular-file.ts';
import {renderSize} from '../core/text.ts';
import {listFolder} from '../distribution/folder-listing.ts';
import {readContent, readZip, writeZip, type ZipEntry} from './rewrite-zip.ts';

/** A file of Spark 2 with the time and the user of the build. */
const versionInfo = /(?:^|\/)spark-version-info\.properties$/;
const pomProperties = /^META-INF\/maven\/[^/]+\/[^/]+\/pom\.properties$/;
const dayMs = 86_400_000;
/** Read whole; the largest, Spark 1's assembly, has 200 MB. */
const limitBytes = 1024 ** 3;
/** What is changed in an entry is a few lines. */
const textLimitBytes = 1024 * 1024;
/** Of all in one archive; few bytes of a zip can become many. */
const textsLimitBytes = 64 * 1024 * 1024;

export interface NormaliseRequest {
  /** The commit's date, in seconds since 1970. */
  readonly seconds: number;
  /** What has a newer time was made by this build. */
  readonly startedAt: Date;
  readonly signal?: AbortSignal | undefined;
}

export interface Normalised {
  /** Paths of the archives that were written anew. */
  readonly written: readonly string[];
  /** Archives that stay as they are, since they cannot be read, each with the reason. */
  readonly left: readonly string[];
}

/** Jars that were fetched stay as they were published, so that their checksums tell what they are. */
export async function normaliseDist(
  dir: string,
  {seconds, startedAt, signal}: NormaliseRequest,
): Promise<Normalised> {
  const {files, folders, links} = await listFolder(dir);
  const written: string[] = [];
  const left: string[] = [];
  // A day, since a zip has the local time of whoever packed it.
  const since = startedAt.getTime() - dayMs;
  for (const {path} of files.filter((file) => /\.(?:jar|zip|egg|war)$/.test(file.path))) {
    signal?.throwIfAborted();
    const done = await rewrite(join(dir, path), seconds, since);
    if (done === 'written') written.push(path);
    else if (done !== 'fetched') left.push(`${renderPath(path)}: ${done.reason}`);
  }
  for (const {path} of [...files, ...folders.toReversed()]) await utimes(join(dir, path), seconds, seconds);
  for (const {path} of links) await lutimes(join(dir, path), seconds, seconds);
  return {written, left};
}

/** @returns Why it stays as it is; nothing for one that was fetched, which is to stay so. */
async function rewrite(
  path: string,
  seconds: number,
  sinceMs: number,
): Promise<'written' | 'fetched' | {readonly reason: string}> {
  const {mode, size} = await stat(path);
  if (size > limitBytes) return {reason: `it has more than ${renderSize(limitBytes)}`};
  const zip = await readRegular(path, limitBytes);
  let entries: readonly ZipEntry[];
  try {
    entries = readZip(zip);
  } catch (error) {
    return {reason: describeError(error)};
  }
  if (!entries.some(({atMs}) => atMs >= sinceMs)) return 'fetched';
  let rest = textsLimitBytes;
  const pieces = writeZip(zip, entries, seconds, (entry) => {
    const content = rest <= 0 ? undefined : replaceDates(zip, entry, seconds);
    rest -= content?.length ?? 0;
    return content;
  });
  // A name that is not in the folder, whatever the build put there.
  await writeDraft(path, async (handle) => {
    await handle.chmod(mode & 0o777);
    await pipeline(Readable.from(gather(pieces)), handle.createWriteStream());
  });
  return 'written';
}

/** Into few large pieces: an assembly has 200,000 small ones. */
function* gather(pieces: Iterable<Buffer>): Generator<Buffer> {
  let [waiting, bytes]: [Buffer[], number] = [[], 0];
  for (const piece of pieces) {
    waiting.push(piece);
    bytes += piece.length;
    if (bytes < 4 * 1024 * 1024) continue;
    yield Buffer.concat(waiting);
    [waiting, bytes] = [[], 0];
  }
  if (bytes > 0) yield Buffer.concat(waiting);
}

/** @returns The entry's text with the commit's date in place of the build's; undefined when there is none in it. */
function replaceDates(zip: Buffer, entry: ZipEntry, seconds: number): Buffer | undefined {
  const name = entry.name.toString('latin1');
  const isPom = pomProperties.test(name);
  if (!isPom && !versionInfo.test(name)) return undefined;
  const text = readContent(zip, entry, textLimitBytes)?.toString('latin1');
  if (text === undefined) return undefined;
  const date = new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
  const changed = isPom ? text.replaceAll(/^#.*\r?\n/gm, '') : text.replace(/^date=.*$/m, `date=${date}`);
  return changed === text ? undefined : Buffer.from(changed, 'latin1');
}
