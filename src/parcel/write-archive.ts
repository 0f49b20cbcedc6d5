// Writes an archive of planned entries: gzip over tar, the same bytes from the same entries. Knows no parcel.
import {createHash} from 'node:crypto';
import type {FileHandle} from 'node:fs/promises';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {createGzip} from 'node:zlib';
import {pack, type Header, type Pack} from 'tar-stream';
import {openRegular} from '../core/regular-file.ts';
import type {TarEntry} from './tar-entries.ts';

/**
 * @param root Where the entries' `from` lie. @param mtime Of every entry. @param file An open one, which is closed.
 * @returns sha1 of the file, in hex: what Cloudera Manager compares.
 */
export async function writeArchive(
  file: FileHandle,
  root: string,
  entries: readonly TarEntry[],
  mtime: Date,
  signal: AbortSignal,
): Promise<string> {
  const tar = pack();
  const hash = createHash('sha1');
  const gzip = createGzip();
  gzip.on('data', (part: Buffer) => hash.update(part));
  const written = pipeline(tar, gzip, file.createWriteStream(), {signal});
  const added = addAll(tar, root, entries, mtime, signal).catch((error: unknown) => {
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  });
  await Promise.all([written, added]);
  return hash.digest('hex');
}

async function addAll(
  tar: Pack,
  root: string,
  entries: readonly TarEntry[],
  mtime: Date,
  signal: AbortSignal,
): Promise<void> {
  // Numbers alone: a name would be looked up on the node, where root may be called otherwise.
  const owner = {uid: 0, gid: 0, uname: '', gname: '', mtime};
  for (const entry of entries) {
    signal.throwIfAborted();
    if (entry.type === 'directory')
      await add(tar, {...owner, name: entry.path, type: entry.type, mode: 0o755});
    else if (entry.type === 'symlink')
      await add(tar, {...owner, name: entry.path, type: entry.type, linkname: entry.target, mode: 0o777});
    else if ('text' in entry)
      await add(tar, {...owner, name: entry.path, type: entry.type, mode: entry.mode}, entry.text);
    else {
      const handle = await openRegular(join(root, entry.from));
      const {path: name, type, mode, bytes: size} = entry;
      await pipeline(handle.createReadStream(), tar.entry({...owner, name, type, mode, size}), {signal});
    }
  }
  tar.finalize();
}

function add(tar: Pack, header: Partial<Header> & Pick<Header, 'name'>, text = ''): Promise<void> {
  return new Promise((resolve, reject) => {
    tar.entry(header, text, (error) => (error instanceof Error ? reject(error) : resolve()));
  });
}
