// Reads jars, here or on another host: the names inside from the central directory, and single entries. Knows no class.
import {open} from 'node:fs/promises';
import type {Readable} from 'node:stream';
import {crc32, inflateRawSync} from 'node:zlib';
import yauzl from 'yauzl';
import {openRegular} from '../core/regular-file.ts';

/** A file that can be read at any place, wherever it is. */
export interface Bytes {
  readonly size: number;
  /** @returns As many bytes as asked for, or fewer where the file ends. */
  read(offset: number, length: number): Promise<Buffer>;
}

export interface JarEntry {
  readonly name: string;
  /** Of its local header in the jar. */
  readonly offset: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  readonly crc32: number;
  /** 0 stored, 8 deflated: nothing else is in a jar. */
  readonly method: number;
}

/** An assembly's central directory is about 8 MB; entry by entry that would be 140,000 reads. */
const windowBytes = 1024 * 1024;

/**
 * @param onName Called with each entry's name, folders included.
 * @throws Error when the file is not a complete zip.
 */
export async function readJarNames(path: string, onName: (name: string) => void): Promise<void> {
  await withBytes(path, (bytes) => readEntries(bytes, ({name}) => onName(name)));
}

/** Opens a regular file, never through a link, for as long as the work takes. */
export async function withBytes<T>(path: string, work: (bytes: Bytes) => Promise<T>): Promise<T> {
  const handle = await openRegular(path);
  try {
    const {size} = await handle.stat();
    return await work({size, read: (offset, length) => readAt(handle, offset, length)});
  } finally {
    await handle.close();
  }
}

/** A file that the operator named: opened for each read, so that a thousand of them need no thousand handles. */
export function planBytes(path: string, size: number): Bytes {
  return {
    size,
    read: async (offset, length) => {
      const handle = await open(path, 'r');
      try {
        return await readAt(handle, offset, length);
      } finally {
        await handle.close();
      }
    },
  };
}

type Handle = Pick<Awaited<ReturnType<typeof open>>, 'read'>;

async function readAt(handle: Handle, offset: number, length: number): Promise<Buffer> {
  const {buffer, bytesRead} = await handle.read(Buffer.alloc(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

/** Reads ahead, for whoever goes from front to back in small pieces. Not for two at once. */
export function readAhead(bytes: Bytes): Bytes {
  let window: Buffer = Buffer.alloc(0);
  let start = 0;
  return {
    size: bytes.size,
    read: async (offset, length) => {
      const isInside = offset >= start && offset + length <= start + window.length;
      const isAtEnd = start + window.length >= bytes.size && offset >= start;
      if (!isInside && !isAtEnd) {
        window = await bytes.read(offset, Math.min(Math.max(windowBytes, length), bytes.size - offset));
        start = offset;
      }
      return window.subarray(offset - start, offset - start + length);
    },
  };
}

/** @throws Error when the file is not a complete zip. */
export async function readEntries(bytes: Bytes, onEntry: (entry: JarEntry) => void): Promise<void> {
  const zip = await yauzl.fromRandomAccessReaderPromise(new Reader(readAhead(bytes)), bytes.size, {
    lazyEntries: true,
    autoClose: false,
    decodeStrings: false, // Names are compared, never written to: nothing to check, nothing to refuse.
  });
  for await (const entry of zip.eachEntry())
    onEntry({
      name: entry.fileNameRaw.toString('latin1'),
      offset: entry.relativeOffsetOfLocalHeader,
      compressedBytes: entry.compressedSize,
      bytes: entry.uncompressedSize,
      crc32: entry.crc32,
      method: entry.compressionMethod,
    });
}

const localHeaderBytes = 30;
/** Of the local header's extra field, whose length only the header itself says; JDK's jar and Maven write 0 to 36. */
const usualExtraBytes = 64;

/** @throws Error when the entry is damaged, or larger than the limit. */
export async function readEntry(
  bytes: Bytes,
  entry: JarEntry,
  limitBytes = 16 * 1024 * 1024,
): Promise<Buffer> {
  const {name, offset, compressedBytes} = entry;
  const fail = (reason: string): Error => new Error(`${name}: ${reason}`);
  if (entry.bytes > limitBytes || compressedBytes > limitBytes)
    throw fail(`it has ${entry.bytes} bytes, more than ${limitBytes}`);
  const expected = localHeaderBytes + name.length + usualExtraBytes + compressedBytes;
  const head = await bytes.read(offset, expected);
  // Source: APPNOTE.TXT 4.3.7.
  if (head.length < localHeaderBytes || head.readUInt32LE(0) !== 0x04034b50)
    throw fail('it is not where the directory says');
  const start = localHeaderBytes + head.readUInt16LE(26) + head.readUInt16LE(28);
  const data =
    start + compressedBytes <= head.length
      ? head.subarray(start, start + compressedBytes)
      : await bytes.read(offset + start, compressedBytes);
  if (data.length < compressedBytes) throw fail('the file ends too early');
  if (entry.method !== 0 && entry.method !== 8) throw fail(`unknown compression ${entry.method}`);
  const content =
    entry.method === 0 ? data : inflateRawSync(data, {maxOutputLength: Math.max(entry.bytes, 1)});
  if (content.length !== entry.bytes || crc32(content) !== entry.crc32)
    throw fail('its checksum is not that of the directory');
  return content;
}

/** Hands what yauzl wants to read on to `Bytes`. */
class Reader extends yauzl.RandomAccessReader {
  readonly #bytes: Bytes;

  constructor(bytes: Bytes) {
    super();
    this.#bytes = bytes;
  }

  override _readStreamForRange(): Readable {
    throw new Error('Contents are read by readEntry.');
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.#bytes.read(position, length).then(
      (found) => {
        found.copy(buffer, offset);
        callback(found.length === length ? null : new Error('the file ends too early'));
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
    );
  }
}
