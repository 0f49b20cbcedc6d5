// A dist as one .tgz beside its folder: of the same dist one Node makes the same bytes, whoever packs it and when. Knows no
// build.
import {lstat} from 'node:fs/promises';
import {basename, join, posix} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {createGzip} from 'node:zlib';
import {pack, type Pack} from 'tar-stream';
import {writeDraft} from '../core/draft-file.ts';
import {asError, BuildError} from '../core/errors.ts';
import {renderPath} from '../core/inner-paths.ts';
import {openRegular} from '../core/regular-file.ts';
import {listFolder} from './folder-listing.ts';
import {aboutNames, readManifest} from './manifest.ts';

/** A file, a folder or a link of the dist, at its path. */
interface Packed {
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink';
  readonly target?: string;
}

/**
 * Root's by number, sorted by name; times are the files' own. What had the name before is replaced in one rename. What lies
 * in the folder and is not of the dist, such as a log that somebody left there, stays out.
 * @returns Its path.
 * @throws BuildError when something of the dist is gone, or is not what it was.
 */
export async function packDist(folder: string, signal: AbortSignal): Promise<string> {
  const file = `${folder}.tgz`;
  signal.throwIfAborted();
  const entries = await planEntries(folder);
  await writeDraft(file, async (handle) => {
    const tar = pack();
    const adding = addAll(tar, folder, entries, signal).then(() => tar.finalize());
    adding.catch((error: unknown) => tar.destroy(asError(error)));
    await Promise.all([pipeline(tar, createGzip(), handle.createWriteStream(), {signal}), adding]);
  });
  return file;
}

async function planEntries(folder: string): Promise<readonly Packed[]> {
  const [{files, links}, listing] = [await readManifest(folder), await listFolder(folder)];
  const there = new Set(listing.files.map(({path}) => path));
  const targets = new Map(listing.links.map(({path, target}) => [path, target]));
  const gone = [
    ...files.filter(({path}) => !there.has(path)),
    ...links.filter(({path, target}) => targets.get(path) !== target),
  ];
  if (gone[0] !== undefined)
    throw new BuildError(
      `${renderPath(gone[0].path)} in ${folder} is missing, or is not what was built.`,
      `Look at all of it: build-spark verify ${folder}`,
    );
  const names = [...files.map(({path}) => path), ...aboutNames.filter((name) => there.has(name))];
  const leaves = [...names, ...links.map(({path}) => path)];
  // By their bytes, not by anybody's language; a folder directly before what is in it.
  const key = ({path}: Packed): Buffer => Buffer.from(path.replaceAll('/', '\0'));
  return [
    ...[...new Set(leaves.flatMap(listFoldersAbove))].map((path) => ({path, type: 'directory'}) as const),
    ...names.map((path) => ({path, type: 'file'}) as const),
    ...links.map(({path, target}) => ({path, type: 'symlink', target}) as const),
  ].sort((a, b) => Buffer.compare(key(a), key(b)));
}

/** The dist's own folder is the one with an empty path. */
function listFoldersAbove(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return ['', ...parts.map((_, at) => parts.slice(0, at + 1).join('/'))];
}

async function addAll(
  tar: Pack,
  folder: string,
  entries: readonly Packed[],
  signal: AbortSignal,
): Promise<void> {
  for (const {path, type, target} of entries) {
    signal.throwIfAborted();
    const full = join(folder, path);
    const name = posix.join(basename(folder), path);
    if (type === 'file') {
      // Never waits: what is a pipe by now is an error.
      const handle = await openRegular(full);
      const stats = await handle.stat();
      const entry = tar.entry({...describe(stats), name, size: stats.size});
      await pipeline(handle.createReadStream(), entry, {signal});
    } else {
      const header = {...describe(await lstat(full)), type};
      if (type === 'directory') tar.entry({...header, name: `${name}/`});
      else tar.entry({...header, name, linkname: target ?? ''});
    }
  }
}

function describe({mtime, mode}: {readonly mtime: Date; readonly mode: number}) {
  const seconds = Math.floor(mtime.getTime() / 1000);
  return {uid: 0, gid: 0, uname: '', gname: '', mtime: new Date(seconds * 1000), mode: mode & 0o777};
}
