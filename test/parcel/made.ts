// A small dist and the parcels that are made of it, for the tests of src/parcel/.
import {createReadStream} from 'node:fs';
import {join} from 'node:path';
import {createGunzip} from 'node:zlib';
import {extract, type Header} from 'tar-stream';
import {readEntries, readEntry, withBytes, type JarEntry} from '../../src/distribution/jar.ts';
import {writeManifest} from '../../src/distribution/manifest.ts';
import {makeParcels, type MadeParcels} from '../../src/parcel/make-parcel.ts';
import {libFacts, makeFolder, writeLibDist} from '../distribution/fake-dist.ts';

export const now = Date.parse('2026-11-27T15:00:00Z');

export async function makeDist(): Promise<string> {
  const dist = await makeFolder();
  await writeLibDist(dist);
  await writeManifest(dist, libFacts);
  return dist;
}

export async function makeOf(
  dist: string,
  distros: readonly string[] = ['el7'],
): Promise<MadeParcels & {readonly folder: string}> {
  const folder = join(await makeFolder(), 'parcels');
  return {...(await makeParcels(dist, folder, distros, now, new AbortController().signal)), folder};
}

export interface Entry extends Header {
  readonly text: string;
}

/** Every entry of a parcel, in its order. */
export async function readParcelEntries(path: string): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of createReadStream(path).pipe(createGunzip()).pipe(extract())) {
    const parts: Buffer[] = [];
    for await (const part of entry) parts.push(part as Buffer);
    entries.push({...entry.header, text: Buffer.concat(parts).toString('utf8')});
  }
  return entries;
}

/** Texts of a jar's files, by name. */
export async function readJar(path: string): Promise<Readonly<Record<string, string>>> {
  return withBytes(path, async (bytes) => {
    const entries: JarEntry[] = [];
    await readEntries(bytes, (entry) => entries.push(entry));
    const texts = await Promise.all(
      entries.map(async (entry) => [entry.name, (await readEntry(bytes, entry)).toString('utf8')] as const),
    );
    return Object.fromEntries(texts);
  });
}
