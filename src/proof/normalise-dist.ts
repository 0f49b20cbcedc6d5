// Takes out of a built folder what tells when it was built, for --reproducible: times of files and of entries in jars, the
// order in which they were packed, dates that Maven writes into them. Contents of classes are never touched.
import {chmod, lutimes, open, readFile, rename, rm, stat, utimes} from 'node:fs/promises';
import {join} from 'node:path';
import {inflateRawSync} from 'node:zlib';
import {listFolder} from '../distribution/folder-listing.ts';
import {readContent, readZip, writeZip, type ZipEntry} from './rewrite-zip.ts';

/** A file of Spark 2 with the time and the user of the build. */
const versionInfo = /(?:^|\/)spark-version-info\.properties$/;
const pomProperties = /^META-INF\/maven\/[^/]+\/[^/]+\/pom\.properties$/;
/** Jars that were fetched stay as they were published, so that their checksums tell what they are. */
const dayMs = 86_400_000;
/** What is changed in an entry is a few lines. */
const textLimitBytes = 1024 * 1024;

export interface NormaliseRequest {
  /** The commit's date, in seconds since 1970. */
  readonly seconds: number;
  /** What has a newer time was made by this build. */
  readonly startedAt: Date;
  readonly signal?: AbortSignal | undefined;
}

/** @returns Paths of the archives that were written anew. What is no complete zip stays as it is, for `verify` to name. */
export async function normaliseDist(
  dir: string,
  {seconds, startedAt, signal}: NormaliseRequest,
): Promise<readonly string[]> {
  const {files, folders, links} = await listFolder(dir);
  const written: string[] = [];
  // A day, since a zip has the local time of whoever packed it.
  const since = startedAt.getTime() - dayMs;
  for (const {path} of files.filter((file) => /\.(?:jar|zip|egg|war)$/.test(file.path))) {
    signal?.throwIfAborted();
    if (await rewrite(join(dir, path), seconds, since)) written.push(path);
  }
  for (const {path} of [...files, ...folders.toReversed()]) await utimes(join(dir, path), seconds, seconds);
  for (const {path} of links) await lutimes(join(dir, path), seconds, seconds);
  return written;
}

async function rewrite(path: string, seconds: number, sinceMs: number): Promise<boolean> {
  const zip = await readFile(path);
  let entries: readonly ZipEntry[];
  try {
    entries = readZip(zip);
  } catch {
    return false;
  }
  if (!entries.some(({atMs}) => atMs >= sinceMs)) return false;
  const {mode} = await stat(path);
  const beside = `${path}.normalised`;
  const handle = await open(beside, 'wx');
  try {
    let waiting: Buffer[] = [];
    let bytes = 0;
    for (const piece of writeZip(zip, entries, seconds, (entry) => replaceDates(zip, entry, seconds))) {
      waiting.push(piece);
      bytes += piece.length;
      if (bytes < 4 * 1024 * 1024) continue;
      await handle.writev(waiting);
      [waiting, bytes] = [[], 0];
    }
    if (waiting.length > 0) await handle.writev(waiting);
  } catch (error) {
    await rm(beside, {force: true});
    throw error;
  } finally {
    await handle.close();
  }
  await chmod(beside, mode & 0o777);
  await rename(beside, path);
  return true;
}

/** @returns The entry's text with the commit's date in place of the build's; undefined when there is none in it. */
function replaceDates(zip: Buffer, entry: ZipEntry, seconds: number): Buffer | undefined {
  const name = entry.name.toString('latin1');
  const isPom = pomProperties.test(name);
  if ((!isPom && !versionInfo.test(name)) || entry.bytes > textLimitBytes) return undefined;
  const text = readContent(zip, entry, (data) => inflateRawSync(data)).toString('latin1');
  const date = new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
  const changed = isPom ? text.replaceAll(/^#.*\r?\n/gm, '') : text.replace(/^date=.*$/m, `date=${date}`);
  return changed === text ? undefined : Buffer.from(changed, 'latin1');
}
