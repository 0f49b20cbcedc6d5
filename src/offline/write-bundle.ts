// Writes a bundle from its manifest and where its files are here. Resumes what an earlier writer left.
import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {rm} from 'node:fs/promises';
import {basename} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {Writable} from 'node:stream';
import {pack, type Pack} from 'tar-stream';
import {HostError} from '../core/errors.ts';
import {endBytes, type LaidEntry, type Layout} from './layout.ts';
import {findUnfinished, PartWriter, readRange, type BundleParts} from './parts.ts';

export interface WriteOptions {
  /** Where the content of each checksum is on this host. */
  readonly find: (sha256: string) => string;
  /** Of one part; undefined: one file. */
  readonly splitBytes?: number | undefined;
  readonly signal: AbortSignal;
  /** Bytes that are there by now, those that an earlier writer left included. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
  /** Told how much of an earlier, unfinished bundle is kept. */
  readonly onResume?: ((bytes: number) => void) | undefined;
}

/** One date for all: what is the same has the same bytes. */
const date = new Date(Date.UTC(2020, 0, 1));

/** @returns The files that hold it. After a failure the next call goes on. */
export async function writeBundle(
  file: string,
  layout: Layout,
  options: WriteOptions,
): Promise<readonly string[]> {
  const {splitBytes, signal, onProgress, onResume} = options;
  const older = await findUnfinished(file, splitBytes !== undefined);
  const kept = older === undefined ? 0 : await countWhole(layout, older, splitBytes);
  const from = layout.entries[kept]?.offset ?? layout.bytes - endBytes; // The end is written anew each time.
  if (kept > 0) onResume?.(from);
  const writer = new PartWriter(file, splitBytes);
  await writer.begin(kept === 0 ? 0 : from);
  let bytes = kept === 0 ? 0 : from;
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.length;
      onProgress?.(bytes);
      writer.write(chunk).then(() => done(), done);
    },
  });
  const tar = pack();
  try {
    const adding = addEntries(tar, layout.entries.slice(kept), options);
    await Promise.all([pipeline(tar, sink, {signal}), adding]);
  } catch (error) {
    await writer.stop();
    signal.throwIfAborted();
    throw error;
  }
  return writer.finish();
}

async function addEntries(
  tar: Pack,
  entries: readonly LaidEntry[],
  {find, signal}: WriteOptions,
): Promise<void> {
  try {
    for (const {name, bytes, sha256 = '', text} of entries) {
      signal.throwIfAborted();
      const header = {name, size: bytes, mtime: date, mode: 0o644, uid: 0, gid: 0};
      if (text !== undefined) {
        tar.entry(header, text);
        continue;
      }
      const hash = createHash('sha256');
      const entry = tar.entry(header);
      await pipeline(
        createReadStream(find(sha256)),
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            hash.update(chunk);
            yield chunk;
          }
        },
        entry,
        {signal},
      );
      if (hash.digest('hex') !== sha256) throw await refuseDamaged(find(sha256), sha256);
    }
    tar.finalize();
  } catch (error) {
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

/** What the cache keeps by its content is removed, so that the next run fetches it again and does not meet it once more. */
async function refuseDamaged(path: string, sha256: string): Promise<HostError> {
  const isKept = basename(path) === sha256;
  if (isKept) await rm(path, {force: true});
  return new HostError(
    `${path} is damaged (its checksum is wrong).`,
    isKept
      ? 'It was removed. Type the same again: it is fetched anew, and the bundle is resumed where possible.'
      : 'Type the same again. If it is still damaged then, remove it.',
  );
}

/** @returns How many entries from the beginning are there as they are to be. */
async function countWhole(
  {entries}: Layout,
  older: BundleParts,
  splitBytes: number | undefined,
): Promise<number> {
  // Parts of another size: all but the last must be full.
  if (older.sizes.slice(0, -1).some((size) => size !== splitBytes)) return 0;
  if (splitBytes !== undefined && older.sizes.some((size) => size > splitBytes)) return 0;
  let count = 0;
  for (const {offset, bytes, sha256, text} of entries) {
    if (offset + 512 + Math.ceil(bytes / 512) * 512 > older.bytes) break;
    const hash = createHash('sha256');
    for await (const chunk of readRange(older, offset + 512, bytes)) hash.update(chunk);
    const wanted = text === undefined ? sha256 : createHash('sha256').update(text).digest('hex');
    if (hash.digest('hex') !== wanted) break;
    count += 1;
  }
  return count;
}
