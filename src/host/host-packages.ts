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
export function planPackageFolder(
  {packages}: Pick<Paths, 'packages'>,
  {id, versionId}: Pick<Release, 'id' | 'versionId'>,
  architecture: string,
): string {
  return join(packages, `${id}-${versionId}-${architecture}`);
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

/** Makes a source of apt's of a folder of packages. */
export async function writePackageIndex(exec: Exec, folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.deb')).sort();
  const stanzas: string[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const {stdout: control} = await exec(['dpkg-deb', '--field', path]);
    const {stdout: sum} = await exec(['sha256sum', '--', path]);
    const {stdout: size} = await exec(['stat', '-c', '%s', '--', path]);
    stanzas.push(
      `${control.trim()}\nFilename: ./${name}\nSize: ${size.trim()}\nSHA256: ${sum.split(' ')[0]?.replace('\\', '') ?? ''}\n`,
    );
  }
  await mkdir(join(folder, 'lists/partial'), {recursive: true});
  await writeFile(join(folder, 'Packages'), stanzas.join('\n'));
  await writeFile(join(folder, sourceFile), `deb [trusted=yes] file:${folder} ./\n`);
}

/**
 * Downloads these packages and all that they need, as for a host that has nothing.
 * @param folder Keeps what is there already.
 * @throws CommandError with what apt says.
 */
export async function downloadPackages(
  exec: Exec,
  folder: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  await mkdir(join(folder, 'partial'), {recursive: true});
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
