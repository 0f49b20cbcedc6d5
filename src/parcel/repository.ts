// Owns manifest.json of a parcel repository: which parcels lie in a folder, with their hashes and what they depend on.
import {createHash} from 'node:crypto';
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {createGunzip} from 'node:zlib';
import writeFileAtomic from 'write-file-atomic';
import {extract} from 'tar-stream';
import {asError} from '../core/errors.ts';
import {NotRegularError, openRegular} from '../core/regular-file.ts';
import {z} from '../core/schema.ts';
import {renderSize} from '../core/text.ts';

export const repositoryName = 'manifest.json';

/** What a repository says of a parcel is copied from the parcel itself, as Cloudera's make_manifest does. */
const parcelSchema = z.looseObject({
  components: z.array(z.unknown()),
  depends: z.string().optional(),
  replaces: z.string().optional(),
  conflicts: z.string().optional(),
  servicesRestartInfo: z.unknown().optional(),
});

/** parcel.json of CDH has some 200 KB. */
const limitBytes = 16 * 1024 ** 2;

/** Of a parcel unpacked. Jars hardly become smaller, and texts not so small: what is larger was made to be. */
const findUnpackedLimit = (bytes: number): number => Math.max(64 * 1024 ** 2, 50 * bytes);

export interface Repository {
  readonly lastUpdated: number;
  readonly parcels: readonly {readonly parcelName: string; readonly hash: string}[];
  /** Files that are named like parcels and are not. */
  readonly damaged: readonly DamagedParcel[];
}

interface DamagedParcel {
  readonly name: string;
  /** After the name: `is not a valid parcel`. */
  readonly why: string;
}

/** What a repository is made of, of one parcel. */
export interface KnownParcel {
  /** sha1 of the file, in hex. */
  readonly hash: string;
  /** Texts by their names in the folder meta. */
  readonly meta: ReadonlyMap<string, string>;
  /** Why there are no texts, where more is known than that. */
  readonly why?: string | undefined;
}

/**
 * Names every parcel of the folder, also those of other makers.
 * @param known Those that were just written, by name: they are not read again.
 * @param now Milliseconds; Cloudera Manager compares it.
 */
export async function writeRepository(
  folder: string,
  known: ReadonlyMap<string, KnownParcel>,
  now: number,
  signal: AbortSignal,
): Promise<Repository> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.parcel')).sort();
  signal.throwIfAborted();
  const parcels: Repository['parcels'][number][] = [];
  const damaged: DamagedParcel[] = [];
  for (const parcelName of names) {
    const {hash, meta, why} = known.get(parcelName) ?? (await readParcel(folder, parcelName, signal));
    const parsed = parcelSchema.safeParse(parseJson(meta.get('parcel.json')));
    if (!parsed.success) {
      damaged.push({name: parcelName, why: why ?? 'is not a valid parcel'});
      continue;
    }
    const {components, depends, replaces, conflicts, servicesRestartInfo} = parsed.data;
    const releaseNotes = meta.get('release-notes.txt');
    parcels.push({
      parcelName,
      ...(depends === undefined ? {} : {depends}),
      ...(replaces === undefined ? {} : {replaces}),
      ...(conflicts === undefined ? {} : {conflicts}),
      components,
      ...(servicesRestartInfo === undefined ? {} : {servicesRestartInfo}),
      ...(releaseNotes === undefined ? {} : {releaseNotes}),
      hash,
    } as Repository['parcels'][number]);
  }
  const text = `${JSON.stringify({lastUpdated: now, parcels}, undefined, 4)}\n`;
  await writeFileAtomic(join(folder, repositoryName), text, {mode: 0o644});
  return {lastUpdated: now, parcels, damaged};
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

/** Its sha1, and the texts of its folder meta that a repository needs. A damaged archive gives no texts. */
async function readParcel(folder: string, name: string, signal: AbortSignal): Promise<KnownParcel> {
  const path = join(folder, name);
  const meta = new Map<string, string>();
  const hash = createHash('sha1');
  let limit = 0;
  try {
    const handle = await openRegular(path);
    limit = findUnpackedLimit((await handle.stat()).size);
    await pipeline(handle.createReadStream(), hash, {signal});
  } catch (error) {
    // A folder or a pipe of that name is not a parcel either.
    if (error instanceof NotRegularError) return {hash: '', meta};
    throw error;
  }
  const top = name.replace(/-[^-]*\.parcel$/, '');
  const tar = extract();
  const source = (await openRegular(path)).createReadStream();
  let why: string | undefined;
  async function* limited(parts: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let bytes = 0;
    for await (const part of parts) {
      bytes += part.length;
      if (bytes > limit) {
        why = `unpacks to more than ${renderSize(limit)}, far more than a parcel of its size, and was not read to its end`;
        throw new Error(why);
      }
      yield part;
    }
  }
  // Its failure is the archive's, which the loop below sees.
  const reading = pipeline(source, createGunzip(), limited, tar, {signal}).catch((error: unknown) => {
    tar.destroy(asError(error));
  });
  try {
    for await (const entry of tar) {
      const wanted = ['parcel.json', 'release-notes.txt'].find(
        (each) => entry.header.name === `${top}/meta/${each}`,
      );
      if (wanted === undefined || entry.header.size > limitBytes) entry.resume();
      else {
        const parts: Buffer[] = [];
        for await (const part of entry) parts.push(part as Buffer);
        meta.set(wanted, Buffer.concat(parts).toString('utf8'));
      }
    }
  } catch {
    meta.clear();
  }
  await reading;
  signal.throwIfAborted();
  return {hash: hash.digest('hex'), meta, why};
}
