// Reads the names inside a jar from its central directory, without its contents. Knows no class.
import type {FileHandle} from 'node:fs/promises';
import type {Readable} from 'node:stream';
import yauzl from 'yauzl';
import {openRegular} from '../core/regular-file.ts';

/** An assembly's central directory is about 8 MB; entry by entry that would be 140,000 reads. */
const windowBytes = 1024 * 1024;

/**
 * @param onName Called with each entry's name, folders included.
 * @throws Error when the file is not a complete zip.
 */
export async function readJarNames(path: string, onName: (name: string) => void): Promise<void> {
  const handle = await openRegular(path);
  try {
    const {size} = await handle.stat();
    const zip = await yauzl.fromRandomAccessReaderPromise(new WindowReader(handle), size, {
      lazyEntries: true,
      autoClose: false,
      decodeStrings: false, // Names are compared, never written to: nothing to check, nothing to refuse.
    });
    for await (const entry of zip.eachEntry()) onName(entry.fileNameRaw.toString('latin1'));
  } finally {
    await handle.close();
  }
}

/** Reads ahead, since the central directory is read from front to back in small pieces. */
class WindowReader extends yauzl.RandomAccessReader {
  readonly #handle: FileHandle;
  #window = Buffer.alloc(0);
  #start = 0;

  constructor(handle: FileHandle) {
    super();
    this.#handle = handle;
  }

  override _readStreamForRange(): Readable {
    throw new Error('The contents of a jar are never read here.');
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    const copy = (): boolean => {
      const from = position - this.#start;
      if (from < 0 || from + length > this.#window.length) return false;
      this.#window.copy(buffer, offset, from, from + length);
      return true;
    };
    if (copy()) {
      callback(null);
      return;
    }
    const window = Buffer.alloc(Math.max(windowBytes, length));
    this.#handle.read(window, 0, window.length, position).then(
      ({bytesRead}) => {
        this.#window = window.subarray(0, bytesRead);
        this.#start = position;
        callback(copy() ? null : new Error('the file ends too early'));
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
    );
  }
}
