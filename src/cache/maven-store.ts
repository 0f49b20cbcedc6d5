// The artifacts of the Maven cache, by content: gives a set as a tar file, takes new files over. Knows no guest.
import {createHash, randomUUID} from 'node:crypto';
import {chmod, link, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import type {Clock} from '../core/clock.ts';
import {hasErrorCode} from '../core/errors.ts';
import type {Exec} from '../core/exec.ts';
import {withLock} from '../core/lock.ts';
import {
  listSets,
  objectsFolder,
  planObjectPath,
  planSetFile,
  readSet,
  renderRemoteNotes,
  writeSet,
  type MavenArtifact,
} from './maven-sets.ts';

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
 */
export async function linkSet(
  {paths: {maven}}: MavenTools,
  artifacts: readonly MavenArtifact[],
  repository: string,
  signal: AbortSignal,
): Promise<LinkedSet> {
  const sound = new Set<MavenArtifact>();
  const lost: string[] = [];
  const folders = new Set(artifacts.map(({path}) => dirname(join(repository, path))));
  for (const folder of folders) await mkdir(folder, {recursive: true});
  await forEach(artifacts, 4, async (artifact) => {
    signal.throwIfAborted();
    const object = planObjectPath(maven, artifact.sha1);
    const found = await hashFile(object);
    if (found === undefined) return void lost.push(artifact.path);
    if (found.sha1 !== artifact.sha1) {
      await rm(object, {force: true});
      return void lost.push(artifact.path);
    }
    // The guest's user, who is not its owner, is to read it.
    if (!found.isForAll) await chmod(object, 0o644);
    await link(object, join(repository, artifact.path));
    sound.add(artifact);
  });
  const whole = artifacts.filter((artifact) => sound.has(artifact));
  for (const [note, text] of renderRemoteNotes(whole)) await writeFile(join(repository, note), text);
  return {artifacts: whole, bytes: whole.reduce((sum, {bytes}) => sum + bytes, 0), lost};
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
  await mkdir(folder, {recursive: true});
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
    readonly origin: string;
    readonly known: readonly MavenArtifact[];
    readonly fresh: readonly MavenArtifact[];
    readonly incoming: string;
  },
): Promise<TakenOver> {
  const {maven} = tools.paths;
  const refused: string[] = [];
  const taken: MavenArtifact[] = [];
  await forEach(input.fresh, 4, async (artifact) => {
    const found = await hashFile(join(input.incoming, artifact.path));
    if (found?.sha1 === artifact.sha1) taken.push({...artifact, bytes: found.bytes});
    else refused.push(artifact.path);
  });
  await mkdir(maven, {recursive: true});
  return withLock(planMavenLock(maven), tools, async () => {
    const others = await readNamesakes(maven, input.origin);
    const kept = taken.filter(({path, repository, sha1}) => {
      const other = others.get(`${repository} ${path}`);
      if (other === undefined || other === sha1) return true;
      refused.push(path);
      return false;
    });
    await mkdir(objectsFolder(maven), {recursive: true});
    for (const {path, sha1} of kept) await rename(join(input.incoming, path), planObjectPath(maven, sha1));
    const artifacts = [...input.known, ...kept].sort((a, b) => (a.path < b.path ? -1 : 1));
    if (artifacts.length > 0) await writeSet(maven, input.name, {origin: input.origin, artifacts});
    return {taken: kept.length, bytes: kept.reduce((sum, {bytes}) => sum + bytes, 0), refused};
  });
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

/** Checksum by repository and path, over all sets of this origin. */
async function readNamesakes(maven: string, origin: string): Promise<ReadonlyMap<string, string>> {
  const known = new Map<string, string>();
  for (const name of await listSets(maven)) {
    const set = name.endsWith(`-${origin}`) ? await readSet(maven, name) : undefined;
    for (const {repository, path, sha1} of set?.artifacts ?? []) known.set(`${repository} ${path}`, sha1);
  }
  return known;
}

/** @returns undefined when there is no such file. The largest artifact of Spark has 50 MB: read at once, not streamed. */
async function hashFile(
  path: string,
): Promise<{readonly sha1: string; readonly bytes: number; readonly isForAll: boolean} | undefined> {
  try {
    const [content, {mode}] = await Promise.all([readFile(path), stat(path)]);
    const sha1 = createHash('sha1').update(content).digest('hex');
    return {sha1, bytes: content.length, isForAll: (mode & 0o444) === 0o444};
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function forEach<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({length: width}, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

/** What a killed process left: nobody works for a day. */
export async function sweepMaven({clock, paths: {maven}}: MavenTools): Promise<void> {
  const names = await readdir(maven).catch(() => []);
  for (const name of names.filter((each) => /^work-[0-9a-f-]{36}$/.test(each))) {
    const path = join(maven, name);
    const age = clock.now().getTime() - (await stat(path).catch(() => ({mtimeMs: Infinity}))).mtimeMs;
    if (age > 86_400_000) await rm(path, {recursive: true, force: true});
  }
}
