// The artifacts of the Maven cache, by content: gives a set as hard links, takes new files over. Knows no guest, and trusts
// none: what one left is opened once, as a plain file, and all that is done with it is done with that file.
import {createHash, randomUUID} from 'node:crypto';
import {
  link,
  lstat,
  mkdir,
  readdir,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import type {Clock} from '../core/clock.ts';
import {hasErrorCode} from '../core/errors.ts';
import type {Exec} from '../core/exec.ts';
import {mapLimited} from '../core/map-limited.ts';
import {removeTree} from '../core/mounts.ts';
import {withLock} from '../core/lock.ts';
import {NotRegularError, openRegular} from '../core/regular-file.ts';
import {
  filesFolder,
  listSets,
  planFilePath,
  planSetFile,
  readSet,
  renderRemoteNotes,
  writeSet,
  type MavenArtifact,
  type OfferedArtifact,
} from './artifact-sets.ts';
import {openPlain} from '../store/plain-files.ts';

export interface MavenTools {
  readonly exec: Exec;
  readonly clock: Clock;
  readonly paths: {readonly maven: string};
}

export interface LinkedSet {
  readonly artifacts: readonly MavenArtifact[];
  readonly bytes: number;
  /** What was in the set and is not, or not whole, in the cache any more: the build fetches it again. */
  readonly lost: readonly string[];
}

/**
 * Makes a local repository of hard links. Reads every byte: what was damaged on disk is removed here, so that no build
 * gets it.
 * @param repository On the file system of the cache; made.
 * @param hasNotes Whether Maven is told where each file came from. Without it all count as installed here: for a build that
 * opens no connection, and so cannot ask the same place again.
 */
export async function linkSet(
  {paths: {maven}}: MavenTools,
  artifacts: readonly MavenArtifact[],
  repository: string,
  signal: AbortSignal,
  hasNotes = true,
): Promise<LinkedSet> {
  const sound = new Set<MavenArtifact>();
  const lost: string[] = [];
  await mapLimited(artifacts, 4, async (artifact) => {
    signal.throwIfAborted();
    if (await linkFile(planFilePath(maven, artifact.sha256), artifact, join(repository, artifact.path)))
      sound.add(artifact);
    else lost.push(artifact.path);
  });
  const whole = artifacts.filter((artifact) => sound.has(artifact));
  // Never into an existing file: it would be the cache's own.
  for (const [note, text] of hasNotes ? renderRemoteNotes(whole) : [])
    await writeFile(join(repository, note), text, {flag: 'wx'});
  return {artifacts: whole, bytes: whole.reduce((sum, {bytes}) => sum + bytes, 0), lost};
}

/** @returns Whether the file is whole, and is at its place now. */
async function linkFile(file: string, {sha256}: MavenArtifact, place: string): Promise<boolean> {
  const handle = await openRegular(file).catch((error: unknown) => {
    if (error instanceof NotRegularError || hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (handle === undefined) return false;
  try {
    if ((await hashFile(handle)).sha256 !== sha256) {
      await rm(file, {force: true});
      return false;
    }
    // The guest's user, who is not its owner, is to read it.
    if (((await handle.stat()).mode & 0o777) !== 0o644) await handle.chmod(0o644);
  } finally {
    await handle.close();
  }
  await mkdir(dirname(place), {recursive: true});
  await link(file, place);
  return true;
}

export interface TakenOver {
  readonly taken: number;
  readonly bytes: number;
  /** Files that are not what their repository says of them, or not what another build got under the same name. */
  readonly refused: readonly string[];
}

/** A folder of the cache's file system for files that are to be taken over. The caller removes it. */
export async function createIncoming({paths: {maven}}: MavenTools): Promise<string> {
  const folder = join(maven, `work-${randomUUID()}`);
  await mkdir(folder, {recursive: true, mode: 0o700});
  return folder;
}

/**
 * Takes over what a good build had in its local repository. Each new file is moved, not copied, and only when it has
 * the checksum that its repository gave; the set is written last, so that a kill at any moment leaves a valid cache.
 * @param known What was sent, and is there unchanged.
 * @param fresh What the build fetched; the files lie under `incoming` by their path.
 */
export async function takeOver(
  tools: MavenTools,
  input: {
    readonly name: string;
    readonly domain: string;
    readonly origin: string;
    readonly known: readonly MavenArtifact[];
    readonly fresh: readonly OfferedArtifact[];
    readonly incoming: string;
    readonly smoke?: boolean;
    readonly signal: AbortSignal;
  },
): Promise<TakenOver> {
  const {maven} = tools.paths;
  const {name, domain, origin, incoming, smoke} = input;
  const refused: string[] = [];
  const taken: Checked[] = [];
  const known = new Set(input.known.map(({path}) => path));
  // By path: a guest can name one twice.
  await mapLimited(new Map(input.fresh.map((offer) => [offer.path, offer])).values(), 4, async (offer) => {
    input.signal.throwIfAborted();
    const checked = known.has(offer.path) ? undefined : await checkOffer(incoming, offer);
    if (checked === undefined) refused.push(offer.path);
    else taken.push(checked);
  });
  await mkdir(maven, {recursive: true});
  return withLock(
    planMavenLock(maven),
    tools,
    async () => {
      const others = await readNamesakes(maven, `-${domain}-${origin}`);
      await mkdir(filesFolder(maven), {recursive: true});
      const kept: MavenArtifact[] = [];
      for (const {artifact, inode} of taken) {
        const {path, repository, sha256} = artifact;
        const other = others.get(`${repository} ${path}`) ?? sha256;
        const file = join(incoming, path);
        // What is moved is what was read.
        if (other === sha256 && (await lstat(file)).ino === inode) {
          await rename(file, planFilePath(maven, sha256));
          kept.push(artifact);
        } else refused.push(path);
      }
      const artifacts = [...input.known, ...kept].sort((a, b) => (a.path < b.path ? -1 : 1));
      if (artifacts.length > 0)
        await writeSet(maven, name, {domain, origin, artifacts, ...(smoke === true ? {smoke} : {})});
      return {taken: kept.length, bytes: kept.reduce((sum, {bytes}) => sum + bytes, 0), refused};
    },
    {doing: 'is taking artifacts into the Maven cache'},
  );
}

interface Checked {
  readonly artifact: MavenArtifact;
  readonly inode: number;
}

/** @returns undefined when it is not a plain file, or not what its repository says it is. */
async function checkOffer(
  incoming: string,
  {path, repository, sha1}: OfferedArtifact,
): Promise<Checked | undefined> {
  const handle = await openPlain(incoming, path);
  if (handle === undefined) return undefined;
  try {
    const found = await hashFile(handle);
    if (found.sha1 !== sha1) return undefined;
    await handle.chmod(0o644);
    const {ino, size} = await handle.stat();
    return {artifact: {path, repository, sha256: found.sha256, bytes: size}, inode: ino};
  } finally {
    await handle.close();
  }
}

/** Notes that a set is used now. */
export async function touchSet({clock, paths: {maven}}: MavenTools, name: string): Promise<void> {
  const now = clock.now();
  await utimes(planSetFile(maven, name), now, now);
}

/** Held while files are taken over or removed. */
export function planMavenLock(maven: string): string {
  return join(maven, 'maven.lock');
}

/** Checksum by repository and path, over all sets of a domain and origin. */
async function readNamesakes(maven: string, ending: string): Promise<ReadonlyMap<string, string>> {
  const known = new Map<string, string>();
  for (const name of await listSets(maven)) {
    const set = name.endsWith(ending) ? await readSet(maven, name) : undefined;
    for (const {repository, path, sha256} of set?.artifacts ?? []) known.set(`${repository} ${path}`, sha256);
  }
  return known;
}

/** Piece by piece: how large a file is, a guest decides. */
async function hashFile(handle: FileHandle): Promise<{readonly sha1: string; readonly sha256: string}> {
  const [sha1, sha256] = [createHash('sha1'), createHash('sha256')];
  const buffer = Buffer.allocUnsafe(1 << 18);
  for (let position = 0; ;) {
    const {bytesRead} = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) break;
    sha1.update(buffer.subarray(0, bytesRead));
    sha256.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
  return {sha1: sha1.digest('hex'), sha256: sha256.digest('hex')};
}

/** What a killed process left: nothing takes a day. */
export async function sweepMaven({clock, paths: {maven}}: MavenTools): Promise<void> {
  const names = await readdir(maven).catch(() => []);
  for (const name of names.filter((each) => /^work-[0-9a-f-]{36}$/.test(each))) {
    const path = join(maven, name);
    const age = clock.now().getTime() - (await stat(path).catch(() => ({mtimeMs: Infinity}))).mtimeMs;
    if (age > 86_400_000) await removeTree(path).catch(() => undefined); // If something is mounted in it, `cache prune` says so.
  }
}
