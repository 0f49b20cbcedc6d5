// A dist as one .tgz beside its folder: the same dist gives the same bytes, whoever packs it and when. Knows no build.
import {createReadStream, createWriteStream} from 'node:fs';
import {lstat, readdir, readlink, rename, rm} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {createGzip} from 'node:zlib';
import {pack, type Pack} from 'tar-stream';

/**
 * Root's by number, sorted by name; times are the files' own. What had the name before is replaced in one rename.
 * @returns Its path.
 */
export async function packDist(folder: string, signal: AbortSignal): Promise<string> {
  const file = `${folder}.tgz`;
  const draft = `${file}.unfinished`;
  const tar = pack();
  try {
    const adding = addFolder(tar, folder, basename(folder), signal).then(() => tar.finalize());
    adding.catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))));
    await Promise.all([pipeline(tar, createGzip(), createWriteStream(draft), {signal}), adding]);
    await rename(draft, file);
    return file;
  } catch (error) {
    await rm(draft, {force: true});
    throw error;
  }
}

async function addFolder(tar: Pack, path: string, name: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const owner = {uid: 0, gid: 0, uname: '', gname: ''};
  const stats = await lstat(path);
  const {mtime, mode, size} = stats;
  const header = {...owner, mtime: new Date(Math.floor(mtime.getTime() / 1000) * 1000), mode: mode & 0o777};
  if (stats.isDirectory()) {
    tar.entry({...header, name: `${name}/`, type: 'directory'});
    // By their bytes, not by anybody's language.
    for (const child of (await readdir(path)).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
      await addFolder(tar, join(path, child), `${name}/${child}`, signal);
    return;
  }
  if (stats.isSymbolicLink()) {
    tar.entry({...header, name, type: 'symlink', linkname: await readlink(path)});
    return;
  }
  await pipeline(createReadStream(path), tar.entry({...header, name, size}), {signal});
}
