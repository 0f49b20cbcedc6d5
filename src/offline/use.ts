// `bundle use`: checks a bundle to its last byte, then takes what is in it into the caches. Nothing is taken of one that is
// not whole; what was taken is there whole or not at all.
import {randomUUID} from 'node:crypto';
import {mkdir, readFile, rename, rm} from 'node:fs/promises';
import {arch} from 'node:os';
import {join} from 'node:path';
import type {Session} from '../batch/session.ts';
import {readFreeBytes} from '../core/disk.ts';
import {HostError, UsageError} from '../core/errors.ts';
import {writeJsonFile} from '../core/files.ts';
import {withLock} from '../core/lock.ts';
import {removeTree} from '../core/mounts.ts';
import {renderSize} from '../core/text.ts';
import {debianArchitecture} from '../host/host.ts';
import {writePackageIndex} from '../host/host-packages.ts';
import {listCatalogue, readBoxCatalogue} from '../machine/box-catalogue.ts';
import {boxFolder, planBoxLock, readBuiltBox} from '../machine/boxes.ts';
import {parseSet, setNamePattern, type MavenSet} from '../maven/artifact-sets.ts';
import {bringArtifacts} from '../maven/bring-artifacts.ts';
import {planModuleFile} from '../maven/module-store.ts';
import {isBundleWork, sweepWork} from '../store/sweep.ts';
import {takeCommits} from './collect-git.ts';
import type {BundleContent, BundleManifest} from './manifest.ts';
import {unpackBundle} from './read-bundle.ts';

export interface UseTalk {
  readonly say: (line: string) => void;
  readonly onProgress?: ((done: number, all: number) => void) | undefined;
}

/** May be run again, and beside builds. @returns What the bundle says of itself. */
export async function useBundle(
  session: Session,
  file: string,
  {say, onProgress}: UseTalk,
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
        await refuseHost(found, all, cache);
      },
      onProgress: (bytes) => onProgress?.(bytes, all),
    });
    say(`all of it is whole: ${renderSize(all)} in ${manifest.files.length} files`);
    const find = (sha256: string): string => join(to, sha256);
    const sets = await readSets(manifest, find);
    for (const content of manifest.contents) {
      session.signal.throwIfAborted();
      const said = await take(session, content, find, to);
      if (said !== undefined) say(said);
    }
    await bringArtifacts(session, sets, find);
    for (const [name, {artifacts}] of sets) say(`Maven's artifacts of ${name}: ${artifacts.length} files`);
    return manifest;
  } finally {
    await removeTree(to);
  }
}

async function refuseHost({architecture}: BundleManifest, bytes: number, cache: string): Promise<void> {
  const own = debianArchitecture(arch());
  if (architecture !== own)
    throw new UsageError(
      `The bundle is for hosts with ${architecture}; this one has ${own}.`,
      'Make one on a host of the same kind.',
    );
  const free = await readFreeBytes(cache);
  if (free > bytes) return;
  throw new HostError(
    `What is in the bundle takes ${renderSize(bytes)}, and ${renderSize(free)} are free in ${cache}.`,
    'Make room there, or let XDG_CACHE_HOME name a folder with more.',
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
        `What the bundle says of the Maven artifacts of ${content.name} does not hold.`,
        'Make it again: build-spark bundle create',
      );
    sets.set(content.name, set);
  }
  return sets;
}

async function take(
  session: Session,
  content: BundleContent,
  find: (sha256: string) => string,
  work: string,
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
    case 'box':
      await takeBox(session, content, find);
      return `the box ${content.name}`;
    case 'packages': {
      const folder = join(paths.packages, content.system);
      await mkdir(folder, {recursive: true});
      for (const {name, sha256} of content.files) await rename(find(sha256), join(folder, name));
      await writePackageIndex(session.exec, folder);
      return `${content.files.length} packages for hosts with ${content.system}`;
    }
    case 'maven': // All of them at once, at the end.
    case 'golden':
    case 'tool': // Installed before anything of this could run.
      return undefined;
  }
}

/** Vagrant gets it by `setup` or `box build`, which find the record and build nothing. */
async function takeBox(
  session: Session,
  {name, folder: os, files}: Extract<BundleContent, {kind: 'box'}>,
  find: (sha256: string) => string,
): Promise<void> {
  const box = listCatalogue(await readBoxCatalogue()).find(
    (one) => one.reference.name === name && one.os === os && one.recipe !== undefined,
  );
  if (box === undefined)
    throw new UsageError(
      `This build-spark builds no box ${name}.`,
      'Install the build-spark that is in the bundle itself: tar -xf <bundle> tool',
    );
  const folder = boxFolder(session, box);
  await mkdir(folder, {recursive: true});
  await withLock(
    planBoxLock(session.paths, box),
    session,
    async () => {
      const record = files.find((file) => file.name === 'built.json');
      const text = record === undefined ? '{}' : await readFile(find(record.sha256), 'utf8');
      const known = JSON.parse(text) as Record<string, unknown>;
      // Of the other host's Vagrant.
      const built: Readonly<Record<string, unknown>> = {...known, addedMtimeMs: undefined};
      if ((await readBuiltBox(session, box))?.sha256 === built.sha256) return; // Vagrant may have it already.
      // Without the record a box whose copying was cut short is not believed.
      await rm(join(folder, 'built.json'), {force: true});
      for (const file of files)
        if (file.name !== 'built.json') await rename(find(file.sha256), join(folder, file.name));
      await writeJsonFile(join(folder, 'built.json'), built);
    },
    {doing: `is taking the box ${name} out of a bundle`},
  );
}
