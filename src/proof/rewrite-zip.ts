// Writes a zip anew with one time and one order, so that the same contents give the same bytes. What is compressed stays as
// the one who packed it compressed it: another zlib would give other bytes. Pure but for the contents that it is asked for.
// Source: APPNOTE.TXT 6.3.10 of PKWARE, sections 4.3 and 4.4.
import {crc32, inflateRawSync} from 'node:zlib';

export interface ZipEntry {
  /** As it is in the zip, undecoded. */
  readonly name: Buffer;
  readonly offset: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  readonly crc32: number;
  readonly method: number;
  /** General purpose bits, of which only the encoding of names is kept. */
  readonly flags: number;
  readonly madeBy: number;
  readonly attributes: number;
  /** When it was changed, as if whoever packed it had lived in UTC; in milliseconds since 1970. */
  readonly atMs: number;
}

const utf8Flag = 0x800;
const limit16 = 0xffff;
const limit32 = 0xffffffff;
const localBytes = 30;
const directoryBytes = 46;
const endBytes = 22;
const largeEndBytes = 56;
/** Version 2.0 of the format: folders and deflate. */
const needed = 20;

/** @param seconds Since 1970. @returns Date and time as DOS has them, in UTC; its years begin with 1980. */
export function renderDosTime(seconds: number): {readonly date: number; readonly time: number} {
  const at = new Date(Math.max(seconds, Date.UTC(1980, 0, 1) / 1000) * 1000);
  return {
    date: ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate(),
    time: (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1),
  };
}

function parseDosTime(date: number, time: number): number {
  const [year, month, day] = [1980 + (date >> 9), ((date >> 5) & 0xf) - 1, date & 0x1f];
  return Date.UTC(year, month, day, time >> 11, (time >> 5) & 0x3f, (time & 0x1f) * 2);
}

/**
 * Reads the entries with all that has to be kept of them. The text may be made to harm: nothing in it is believed that the
 * file itself does not bear out.
 * @throws Error when it is not a complete zip, or is larger than 4 GiB.
 */
export function readZip(zip: Buffer): readonly ZipEntry[] {
  const end = findEnd(zip);
  let [count, at] = [zip.readUInt16LE(end + 10), zip.readUInt32LE(end + 16)];
  if (count === limit16 || at === limit32) {
    const locator = end - 20;
    if (locator < 0 || zip.readUInt32LE(locator) !== 0x07064b50) throw new Error('its end is damaged');
    const large = readLength(zip, locator + 8);
    if (large + largeEndBytes > zip.length) throw new Error('its end is damaged');
    count = readLength(zip, large + 32);
    at = readLength(zip, large + 48);
  }
  const entries: ZipEntry[] = [];
  for (; entries.length < count;) {
    if (at + directoryBytes > zip.length || zip.readUInt32LE(at) !== 0x02014b50)
      throw new Error('its directory is damaged');
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((place) => zip.readUInt16LE(at + place));
    const entry = {
      name: zip.subarray(at + directoryBytes, at + directoryBytes + (nameBytes ?? 0)),
      offset: zip.readUInt32LE(at + 42),
      compressedBytes: zip.readUInt32LE(at + 20),
      bytes: zip.readUInt32LE(at + 24),
      crc32: zip.readUInt32LE(at + 16),
      method: zip.readUInt16LE(at + 10),
      flags: zip.readUInt16LE(at + 8),
      madeBy: zip.readUInt16LE(at + 4),
      attributes: zip.readUInt32LE(at + 38),
      atMs: parseDosTime(zip.readUInt16LE(at + 14), zip.readUInt16LE(at + 12)),
    };
    if ([entry.offset, entry.compressedBytes, entry.bytes].includes(limit32))
      throw new Error('it has more than 4 GiB');
    if ((entry.flags & 1) !== 0) throw new Error('it is encrypted');
    entries.push(entry);
    at += directoryBytes + (nameBytes ?? 0) + (extraBytes ?? 0) + (commentBytes ?? 0);
  }
  const bounds = entries
    .map((entry) => [entry.offset, findData(zip, entry)[1]] as const)
    .sort(([one], [other]) => one - other);
  // A thousand entries that are all one place in the zip would be written a thousand times.
  if (bounds.some(([start], index) => start < (bounds[index - 1]?.[1] ?? 0)))
    throw new Error('its entries lie over one another');
  return entries;
}

/** The last record whose comment ends where the file does, as other readers look for it. */
function findEnd(zip: Buffer): number {
  const signature = Buffer.from('504b0506', 'hex');
  let end = zip.lastIndexOf(signature);
  for (; end >= 0; end = end === 0 ? -1 : zip.lastIndexOf(signature, end - 1)) {
    if (zip.length - end - endBytes > limit16) break;
    if (end + endBytes <= zip.length && end + endBytes + zip.readUInt16LE(end + 20) === zip.length)
      return end;
  }
  throw new Error('it is not a zip');
}

/** A number of 64 bits that has to be a place in the zip, or a count of what has places. */
function readLength(zip: Buffer, at: number): number {
  const value = zip.readBigUInt64LE(at);
  if (value > BigInt(zip.length)) throw new Error('its end is damaged');
  return Number(value);
}

/** @returns Where the data of an entry begins and ends. */
function findData(zip: Buffer, {offset, compressedBytes}: ZipEntry): readonly [start: number, end: number] {
  if (offset + localBytes > zip.length || zip.readUInt32LE(offset) !== 0x04034b50)
    throw new Error('an entry is not where its directory says');
  const start = offset + localBytes + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28);
  if (start + compressedBytes > zip.length) throw new Error('an entry ends after the file does');
  return [start, start + compressedBytes];
}

/** What is in the zip for an entry, still compressed. */
function sliceData(zip: Buffer, entry: ZipEntry): Buffer {
  return zip.subarray(...findData(zip, entry));
}

/**
 * @param replace New content of an entry, which is stored as it is; undefined for "as it was".
 * @returns The pieces of the new zip, in their order. Entries of one name stay in their order: the last or the first counts,
 * as the reader will have it.
 */
export function* writeZip(
  zip: Buffer,
  entries: readonly ZipEntry[],
  seconds: number,
  replace: (entry: ZipEntry) => Buffer | undefined,
): Generator<Buffer> {
  const {date, time} = renderDosTime(seconds);
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of sortEntries(entries)) {
    const content = replace(entry);
    const data = content ?? sliceData(zip, entry);
    const method = content === undefined ? entry.method : 0;
    const bytes = content?.length ?? entry.bytes;
    const sum = content === undefined ? entry.crc32 : crc32(content);
    const head = Buffer.alloc(26);
    head.writeUInt16LE(needed, 0);
    head.writeUInt16LE(entry.flags & utf8Flag, 2);
    head.writeUInt16LE(method, 4);
    head.writeUInt16LE(time, 6);
    head.writeUInt16LE(date, 8);
    head.writeUInt32LE(sum, 10);
    head.writeUInt32LE(data.length, 14);
    head.writeUInt32LE(bytes, 18);
    head.writeUInt16LE(entry.name.length, 22);
    yield Buffer.concat([Buffer.from('504b0304', 'hex'), head, entry.name]);
    yield data;
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(entry.attributes, 6);
    tail.writeUInt32LE(offset, 10);
    const madeBy = Buffer.alloc(2);
    madeBy.writeUInt16LE(entry.madeBy);
    directory.push(Buffer.from('504b0102', 'hex'), madeBy, head, tail, entry.name);
    offset += localBytes + entry.name.length + data.length;
    if (offset >= limit32) throw new Error('it has more than 4 GiB');
  }
  const all = Buffer.concat(directory);
  yield all;
  yield renderEnd(entries.length, offset, all.length);
}

/** The manifest first, as jars have it, then by the bytes of the names. */
function sortEntries(entries: readonly ZipEntry[]): readonly ZipEntry[] {
  const firsts = ['META-INF/', 'META-INF/MANIFEST.MF'];
  const isFirst = ({name}: ZipEntry): boolean =>
    name.length <= 20 && firsts.includes(name.toString('latin1'));
  const byName = (one: ZipEntry, other: ZipEntry): number => Buffer.compare(one.name, other.name);
  return [
    ...entries.filter(isFirst).sort(byName),
    ...entries.filter((entry) => !isFirst(entry)).sort(byName),
  ];
}

function renderEnd(count: number, start: number, bytes: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(count, limit16), 8);
  end.writeUInt16LE(Math.min(count, limit16), 10);
  end.writeUInt32LE(bytes, 12);
  end.writeUInt32LE(start, 16);
  if (count < limit16) return end;
  // More entries than 16 bits count, as an assembly has.
  const large = Buffer.alloc(76);
  large.writeUInt32LE(0x06064b50, 0);
  large.writeBigUInt64LE(44n, 4);
  large.writeUInt16LE(45, 12);
  large.writeUInt16LE(45, 14);
  for (const place of [24, 32]) large.writeBigUInt64LE(BigInt(count), place);
  large.writeBigUInt64LE(BigInt(bytes), 40);
  large.writeBigUInt64LE(BigInt(start), 48);
  large.writeUInt32LE(0x07064b50, 56);
  large.writeBigUInt64LE(BigInt(start + bytes), 64);
  large.writeUInt32LE(1, 72);
  return Buffer.concat([large, end]);
}

/** @returns undefined for what is longer than its directory says or the limit, or is damaged, or is packed in another way. */
export function readContent(zip: Buffer, entry: ZipEntry, limitBytes: number): Buffer | undefined {
  if (entry.bytes > limitBytes) return undefined;
  const data = sliceData(zip, entry);
  try {
    const content =
      entry.method === 8 ? inflateRawSync(data, {maxOutputLength: Math.max(entry.bytes, 1)}) : data;
    const isRight = content.length === entry.bytes && crc32(content) === entry.crc32;
    return isRight && (entry.method === 0 || entry.method === 8) ? content : undefined;
  } catch {
    return undefined;
  }
}
