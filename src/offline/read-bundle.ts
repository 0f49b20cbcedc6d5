// Reads a bundle: checks that it is one, that all of it is there, and every byte. Knows no cache.
import {createHash} from 'node:crypto';
import {mkdir, open} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {extract, type Extract, type Header} from 'tar-stream';
import {describeError, UsageError} from '../core/errors.ts';
import {renderSize} from '../core/text.ts';
import {renderFileName} from './layout.ts';
import {
  damaged,
  foreign,
  hashText,
  manifestName,
  parseManifest,
  parseSeal,
  sealName,
  type BundleManifest,
} from './manifest.ts';
import {findParts, readParts, type BundleParts} from './parts.ts';

/** A seal has a hundred bytes; a manifest of all releases some megabytes. */
const limits = {seal: 4096, manifest: 256 * 1024 ** 2};

export interface UnpackOptions {
  /** Made new: each file lies in it under its checksum. */
  readonly to: string;
  /** Told what it is before anything is written: may throw. */
  readonly onManifest: (manifest: BundleManifest) => void | Promise<void>;
  readonly signal: AbortSignal;
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/**
 * @returns What is in `to`, all of it as its checksums say.
 * @throws UsageError that tells apart: not a bundle, another format, cut off, damaged.
 */
export async function unpackBundle(file: string, options: UnpackOptions): Promise<BundleManifest> {
  const parts = await findParts(file);
  const name = basename(parts.files[0] ?? file);
  const source = readParts(parts);
  const tar = extract();
  const reading = pipeline(source, tar, {signal: options.signal});
  reading.catch(() => undefined); // What it says is thrown below, where it is known what was being read.
  try {
    return await readEntries(tar, {name, parts}, options);
  } catch (error) {
    options.signal.throwIfAborted();
    // Words of tar-stream 3 for what is no tar, and for one that ends too early.
    const isNoTar = ['Invalid tar header', 'Unexpected end of data'].some((words) =>
      describeError(error).includes(words),
    );
    if (isNoTar) throw foreign(name);
    throw error;
  } finally {
    source.destroy();
    tar.destroy();
    await reading.catch(() => undefined);
  }
}

/** The types of tar-stream do not say of what its entries are made. */
type Entry = AsyncIterable<Buffer> & {readonly header: Header};

interface Named {
  readonly name: string;
  readonly parts: BundleParts;
}

async function readEntries(
  tar: Extract,
  {name, parts}: Named,
  options: UnpackOptions,
): Promise<BundleManifest> {
  const {to, onManifest, onProgress} = options;
  const entries = (tar as AsyncIterable<unknown> as AsyncIterable<Entry>)[Symbol.asyncIterator]();
  const next = async (): Promise<Entry | undefined> => {
    const result = await entries.next();
    return result.done === true ? undefined : result.value;
  };
  const first = await next();
  if (first?.header.name !== sealName) throw foreign(name);
  const seal = parseSeal(await readText(first, limits.seal), name);
  refuseOtherSize(name, parts, seal.bytes);
  const second = await next();
  const text = second?.header.name === manifestName ? await readText(second, limits.manifest) : '';
  if (hashText(text) !== seal.manifestSha256) throw damaged(name, manifestName);
  const manifest = parseManifest(text, name);
  await onManifest(manifest);
  await mkdir(to, {recursive: true, mode: 0o700});
  let bytes = 0;
  for (const file of manifest.files) {
    options.signal.throwIfAborted();
    const entry = await next().catch((error: unknown) => {
      options.signal.throwIfAborted();
      throw error instanceof UsageError ? error : damaged(name, renderFileName(file));
    });
    if (entry?.header.name !== renderFileName(file) || entry.header.size !== file.bytes)
      throw damaged(name, renderFileName(file));
    if ((await writeHashed(entry, join(to, file.sha256))) !== file.sha256)
      throw damaged(name, renderFileName(file));
    bytes += file.bytes;
    onProgress?.(bytes);
  }
  return manifest;
}

function refuseOtherSize(name: string, {files, bytes}: BundleParts, wanted: number): void {
  if (bytes === wanted) return;
  const [there, all] = [renderSize(bytes), renderSize(wanted)];
  if (bytes > wanted) throw damaged(name, `what follows its last entry (${bytes - wanted} bytes)`);
  const isPart = /\.\d{3}$/.test(files[0] ?? '');
  throw new UsageError(
    `${name} is cut off: ${there} of ${all} are here${isPart ? `, in ${files.length} parts` : ''}. Nothing was taken from it.`,
    isPart ? 'Copy the missing or incomplete parts into the same folder.' : 'Copy it here again.',
  );
}

async function readText(entry: AsyncIterable<Buffer>, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of entry) {
    bytes += chunk.length;
    if (bytes > limit) throw new Error('an entry is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function writeHashed(entry: AsyncIterable<Buffer>, path: string): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of entry) {
      hash.update(chunk);
      await handle.writeFile(chunk);
    }
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}
