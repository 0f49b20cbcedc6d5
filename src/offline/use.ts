// `bundle use`: checks a bundle to its last byte, then takes what is in it into the caches. Nothing is taken of one that is
// not whole; what was taken is there whole or not at all.
import {randomUUID} from 'node:crypto';
import {mkdir, readFile, rename} from 'node:fs/promises';
import {join} from 'node:path';
import {version} from 'node:process';
import type {Session} from '../batch/session.ts';
import {readFreeBytes} from '../core/disk.ts';
import {HostError, UsageError} from '../core/errors.ts';
import {removeTree} from '../core/mounts.ts';
import {renderSize} from '../core/text.ts';
import {createHost, readRelease, type Host} from '../host/host.ts';
import {renderSystem, writePackageIndex} from '../host/host-packages.ts';
import {parseSet, setNamePattern, type MavenSet} from '../maven/artifact-sets.ts';
import {bringArtifacts} from '../maven/bring-artifacts.ts';
import {planModuleFile} from '../maven/module-store.ts';
import {isBundleWork, sweepWork} from '../store/sweep.ts';
import {takeCommits} from './collect-git.ts';
import type {BundleContent, BundleManifest} from './manifest.ts';
import {unpackBundle} from './read-bundle.ts';
import {readBoxes, takeBox, type CheckedBox} from './take-box.ts';

export interface UseTalk {
  readonly say: (line: string) => void;
  readonly onProgress?: ((done: number, all: number) => void) | undefined;
}

export type UseTools = Pick<Session, 'exec' | 'clock' | 'env' | 'paths' | 'signal'>;

/** Where the files of a bundle lie that was checked, and what takes them. */
interface Opened {
  readonly find: (sha256: string) => string;
  readonly sizeOf: (sha256: string) => number;
  readonly work: string;
  /** Of this host. */
  readonly system: string;
}

/** May be run again, and beside builds. @returns What the bundle says of itself. */
export async function useBundle(
  session: UseTools,
  file: string,
  {say, onProgress}: UseTalk,
  host: Host = createHost(session.exec, session.env, session.paths, version),
): Promise<BundleManifest> {
  const {cache} = session.paths;
  const to = join(cache, `bundle-${randomUUID()}`);
  await mkdir(cache, {recursive: true});
  await sweepWork(cache, isBundleWork, session.clock.now());
  let all = 0;
  try {
    const manifest = await unpackBundle(file, {
      to,
      signal: session.signal,
      onManifest: async (found) => {
        all = found.files.reduce((sum, {bytes}) => sum + bytes, 0);
        await refuseHost(found, host.architecture, all, cache);
      },
      onProgress: (bytes) => onProgress?.(bytes, all),
    });
    say(`verified: ${renderSize(all)} in ${manifest.files.length} files`);
    const bytes = new Map(manifest.files.map((each) => [each.sha256, each.bytes]));
    const open: Opened = {
      find: (sha256) => join(to, sha256),
      sizeOf: (sha256) => bytes.get(sha256) ?? 0,
      work: to,
      system: renderSystem(await readRelease(host), host.architecture),
    };
    const {find} = open;
    const sets = await readSets(manifest, find);
    const boxes = await readBoxes(manifest, find);
    for (const content of manifest.contents) {
      session.signal.throwIfAborted();
      const said = await take(session, content, boxes, open);
      if (said !== undefined) say(said);
    }
    await bringArtifacts(session, sets, find);
    for (const [name, {artifacts}] of sets) say(`Maven's artifacts of ${name}: ${artifacts.length} files`);
    return manifest;
  } finally {
    await removeTree(to);
  }
}

async function refuseHost(
  {architecture}: BundleManifest,
  own: string,
  bytes: number,
  cache: string,
): Promise<void> {
  if (architecture !== own)
    throw new UsageError(
      `The bundle is for hosts with ${architecture}; this one has ${own}.`,
      `Make one on a host with ${own}.`,
    );
  const free = await readFreeBytes(cache);
  if (free > bytes) return;
  throw new HostError(
    `Unpacking the bundle takes ${renderSize(bytes)}, and only ${renderSize(free)} is free in ${cache}.`,
    'Make room there, or set XDG_CACHE_HOME to a folder with more.',
  );
}

/** Before anything is taken: all of them must be lists of ours. */
async function readSets(
  {contents, files}: BundleManifest,
  find: (sha256: string) => string,
): Promise<ReadonlyMap<string, MavenSet>> {
  const sets = new Map<string, MavenSet>();
  const there = new Set(files.map(({sha256}) => sha256));
  for (const content of contents) {
    if (content.kind !== 'maven') continue;
    const set = parseSet(await readFile(find(content.sha256), 'utf8'));
    const lacks = set?.artifacts.some(({sha256}) => !there.has(sha256)) ?? true;
    if (set === undefined || lacks || !setNamePattern.test(content.name))
      throw new UsageError(
        `The bundle's list of Maven artifacts for ${content.name} is inconsistent.`,
        'Make it again: build-spark bundle create',
      );
    sets.set(content.name, set);
  }
  return sets;
}

async function take(
  session: UseTools,
  content: BundleContent,
  boxes: ReadonlyMap<BundleContent, CheckedBox>,
  {find, sizeOf, work, system}: Opened,
): Promise<string | undefined> {
  const {paths} = session;
  switch (content.kind) {
    case 'git':
      await takeCommits(session, content, find(content.sha256), work);
      return `${content.commits.length === 1 ? 'one commit' : `${content.commits.length} commits`} of ${content.source}`;
    case 'modules':
      await mkdir(paths.modules, {recursive: true});
      await rename(find(content.sha256), planModuleFile(paths.modules, content.name, content.sha256));
      return `jars compiled before: ${content.name}`;
    case 'box': {
      const box = boxes.get(content);
      if (box === undefined) throw new Error(`The box ${content.name} was not checked.`);
      await takeBox(session, content, box, find);
      return `the box ${content.name} for ${content.provider}`;
    }
    case 'packages': {
      if (content.system !== system)
        return `the packages in it are for hosts with ${content.system}, and this one has ${system}: left out`;
      const folder = join(paths.packages, content.system);
      await mkdir(folder, {recursive: true});
      for (const {name, sha256} of content.files) await rename(find(sha256), join(folder, name));
      const files = content.files.map((each) => ({...each, bytes: sizeOf(each.sha256)}));
      await writePackageIndex(session.exec, folder, files);
      return `${content.files.length} packages for hosts with ${content.system}`;
    }
    case 'maven': // All of them at once, at the end.
    case 'tool': // Installed before anything of this could run.
      return undefined;
  }
}
