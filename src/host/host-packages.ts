// Debian packages that a bundle brought for a host: a folder as apt reads it, and how apt is told to read nothing else.
import {mkdir, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Exec} from '../core/exec.ts';
import type {Paths} from '../core/paths.ts';
import {readNames} from '../core/presence.ts';
import type {CacheKind} from '../store/inventory.ts';
import {discard, type KindTools} from '../store/kind-files.ts';
import type {Release} from './host.ts';

/** Packages of one system fit no other. */
export function renderSystem(
  {id, versionId}: Pick<Release, 'id' | 'versionId'>,
  architecture: string,
): string {
  return `${id}-${versionId}-${architecture}`;
}

export function planPackageFolder(
  {packages}: Pick<Paths, 'packages'>,
  release: Pick<Release, 'id' | 'versionId'>,
  architecture: string,
): string {
  return join(packages, renderSystem(release, architecture));
}

/** As a source of apt's: a flat folder whose bytes a checksum vouched for when it was taken out of the bundle. */
const sourceFile = 'bundle.list';

/** @returns Options for any apt that is to see this folder alone, and to open no connection. */
export function planOfflineApt(folder: string): readonly string[] {
  return [
    ...['-o', `Dir::Etc::sourcelist=${join(folder, sourceFile)}`, '-o', 'Dir::Etc::sourceparts=-'],
    ...['-o', `Dir::State::lists=${join(folder, 'lists')}`],
    // Root's folder is not to be read by the user that apt downloads as.
    ...['-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Languages=none'],
  ];
}

export interface PackageFile {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Makes a source of apt's of a folder with these packages; apt sees no other that lies there. */
export async function writePackageIndex(
  exec: Exec,
  folder: string,
  files: readonly PackageFile[],
): Promise<void> {
  const stanzas: string[] = [];
  for (const {name, sha256, bytes} of files) {
    const {stdout: control} = await exec(['dpkg-deb', '--field', join(folder, name)]);
    stanzas.push(`${control.trim()}\nFilename: ./${name}\nSize: ${bytes}\nSHA256: ${sha256}\n`);
  }
  await mkdir(join(folder, 'lists/partial'), {recursive: true});
  await writeFile(join(folder, 'Packages'), stanzas.join('\n'));
  await writeFile(join(folder, sourceFile), `deb [trusted=yes] file:${folder} ./\n`);
}

/**
 * Downloads these packages and all that they need, as for a host that has nothing.
 * @param folder Made new: all that lies in it afterwards is what apt has checked.
 * @throws CommandError with what apt says.
 */
export async function downloadPackages(
  exec: Exec,
  folder: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  await mkdir(folder);
  await mkdir(join(folder, 'partial'));
  const status = join(folder, 'status');
  await writeFile(status, ''); // A host on which nothing is installed.
  await exec(
    [
      'apt-get',
      ...['-q', '--yes', '--no-install-recommends', '--download-only'],
      ...['-o', `Dir::State::status=${status}`, '-o', `Dir::Cache::archives=${folder}`],
      ...['-o', 'APT::Sandbox::User=root', '-o', 'Debug::NoLocking=true', 'install', ...names],
    ],
    {signal},
  );
  return (await readdir(folder)).filter((name) => name.endsWith('.deb')).sort();
}

/** By system. */
export function createPackagesKind(tools: KindTools): CacheKind {
  const {packages} = tools.paths;
  return {
    name: 'packages',
    folders: [packages],
    list: async () =>
      (await readNames(packages)).map((name) => ({kind: 'packages', name, paths: [join(packages, name)]})),
    remove: (entry) => discard(entry, tools),
  };
}
