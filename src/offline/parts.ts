// The files that hold a bundle: one, or several of at most so many bytes. Reads and writes them as one; knows no tar.
import {open, rename, rm, stat, truncate, type FileHandle} from 'node:fs/promises';
import {Readable} from 'node:stream';
import {UsageError} from '../core/errors.ts';
import {isThere} from '../core/presence.ts';
import {foreign} from './manifest.ts';

const partPattern = /\.(\d{3})$/;
const renderPart = (file: string, index: number): string => `${file}.${String(index + 1).padStart(3, '0')}`;

export interface BundleParts {
  readonly files: readonly string[];
  readonly sizes: readonly number[];
  readonly bytes: number;
}

/** @param file The bundle, its first part, or its name without the part's number. */
export async function findParts(file: string): Promise<BundleParts> {
  if (!partPattern.test(file) && (await isThere(file))) return measureParts([file]);
  const stem = file.replace(partPattern, '');
  const files: string[] = [];
  while (await isThere(renderPart(stem, files.length))) files.push(renderPart(stem, files.length));
  if (files.length === 0)
    throw new UsageError(`There is no file ${file}.`, 'Name the bundle, or the first of its parts.');
  return measureParts(files);
}

async function measureParts(files: readonly string[]): Promise<BundleParts> {
  const found = await Promise.all(files.map((one) => stat(one)));
  const odd = files.find((_one, index) => found[index]?.isFile() !== true);
  if (odd !== undefined) throw foreign(odd);
  const sizes = found.map(({size}) => size);
  return {files, sizes, bytes: sizes.reduce((sum, size) => sum + size, 0)};
}

/** All of them, one after the other. */
export function readParts({files}: BundleParts): Readable {
  return Readable.from(readAll(files), {objectMode: false});
}

async function* readAll(files: readonly string[]): AsyncGenerator<Buffer> {
  for (const file of files) {
    const handle = await open(file, 'r');
    yield* handle.createReadStream({highWaterMark: 1 << 20}) as AsyncIterable<Buffer>;
  }
}

/** A piece of them, from `offset` on. Shorter where they end earlier. */
export async function* readRange(
  {files, sizes}: BundleParts,
  offset: number,
  bytes: number,
): AsyncGenerator<Buffer> {
  let start = 0;
  let left = bytes;
  let from = offset;
  for (const [index, file] of files.entries()) {
    const end = start + (sizes[index] ?? 0);
    if (from < end && left > 0) {
      const count = Math.min(left, end - from);
      const handle = await open(file, 'r');
      yield* handle.createReadStream({
        start: from - start,
        end: from - start + count - 1,
      }) as AsyncIterable<Buffer>;
      from += count;
      left -= count;
    }
    start = end;
  }
}

/** What is written is called so until it is whole. */
const unfinished = '.unfinished';

/** What an earlier writer left. */
export async function findUnfinished(file: string, isSplit: boolean): Promise<BundleParts | undefined> {
  const names: string[] = [];
  const nameOf = (index: number): string => `${isSplit ? renderPart(file, index) : file}${unfinished}`;
  while ((isSplit || names.length === 0) && (await isThere(nameOf(names.length))))
    names.push(nameOf(names.length));
  return names.length === 0 ? undefined : measureParts(names);
}

export class PartWriter {
  private readonly written: string[] = [];
  private handle: FileHandle | undefined;
  private room = 0;

  /** @param limitBytes Of one part; undefined: one file. */
  constructor(
    private readonly file: string,
    private readonly limitBytes: number | undefined,
  ) {}

  /** Keeps the first `bytes` of what an earlier writer left, and goes on behind them. */
  async begin(bytes: number): Promise<void> {
    const older = await findUnfinished(this.file, this.limitBytes !== undefined);
    let kept = 0;
    for (const [index, path] of (older?.files ?? []).entries()) {
      const size = Math.min(older?.sizes[index] ?? 0, bytes - kept);
      if (size <= 0) {
        await rm(path, {force: true});
        continue;
      }
      await truncate(path, size);
      this.written.push(path);
      kept += size;
      if (kept === bytes) {
        this.handle = await open(path, 'a');
        this.room = this.limitBytes === undefined ? Infinity : this.limitBytes - size;
      }
    }
  }

  async write(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      if (this.handle === undefined || this.room === 0) await this.next();
      const piece = chunk.subarray(at, at + Math.min(this.room, chunk.length - at));
      await this.handle?.writeFile(piece);
      this.room -= piece.length;
      at += piece.length;
    }
  }

  private async next(): Promise<void> {
    await this.settle();
    const name = this.limitBytes === undefined ? this.file : renderPart(this.file, this.written.length);
    const path = `${name}${unfinished}`;
    this.handle = await open(path, 'w', 0o644);
    this.written.push(path);
    this.room = this.limitBytes ?? Infinity;
  }

  private async settle(): Promise<void> {
    await this.handle?.sync();
    await this.handle?.close();
    this.handle = undefined;
  }

  /** Keeps what was written so far, for the next writer. */
  async stop(): Promise<void> {
    await this.handle?.close();
    this.handle = undefined;
  }

  /** @returns The files, under the names they keep; what had these names is gone. */
  async finish(): Promise<readonly string[]> {
    await this.settle();
    const names = this.written.map((path) => path.slice(0, -unfinished.length));
    for (const [index, path] of this.written.entries()) await rename(path, names[index] ?? path);
    // Parts of an older bundle of more bytes would be taken for this one's.
    for (let index = names.length; this.limitBytes !== undefined; index += 1) {
      if (!(await isThere(renderPart(this.file, index)))) break;
      await rm(renderPart(this.file, index));
    }
    return names;
  }
}
