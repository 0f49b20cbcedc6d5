// Says in a sentence what a file system answered, where an operator can do something about it. Pure; knows no command.
import {dirname} from 'node:path';
import {HostError} from './errors.ts';
import type {Paths} from './paths.ts';

/** Whatever was read or written, the host is at fault. */
const hostReasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
  EROFS: 'the file system is read-only',
  EIO: 'the disk reports an error',
  ESTALE: 'the file server has lost it',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open on this host',
};

/** The host's fault in a folder that is ours alone; elsewhere they may be a bug. */
const folderReasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not do so',
  EPERM: 'this user may not do so',
  ENOTDIR: 'something on the way there is not a folder',
  EEXIST: 'something else has its name',
  EISDIR: 'a folder has its name',
  ERR_FS_EISDIR: 'a folder has its name',
  ELOOP: 'links on the way there lead in a circle',
  ENAMETOOLONG: 'its path is too long',
};

/** Where something of ours is, what it is called, and the variable that names another place. */
interface Place {
  readonly folder: string;
  readonly name: string;
  readonly variable: string;
}

function listPlaces(paths: Paths, temporaryFolder: string): readonly Place[] {
  return [
    {folder: paths.state, name: 'The state folder', variable: 'XDG_STATE_HOME'},
    {folder: paths.cache, name: 'The cache folder', variable: 'XDG_CACHE_HOME'},
    {folder: dirname(paths.config), name: 'The configuration folder', variable: 'XDG_CONFIG_HOME'},
    {folder: paths.vagrantHome, name: "Vagrant's home", variable: 'VAGRANT_HOME'},
    {folder: temporaryFolder, name: 'The temporary folder', variable: 'TMPDIR'},
  ];
}

/** @returns undefined for what is not an answer of a file system, and for what may be our own mistake. */
export function explainFileError(
  error: unknown,
  paths: Paths,
  temporaryFolder = '/tmp',
): HostError | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const code = String(error.code);
  const path = 'path' in error && typeof error.path === 'string' ? error.path : undefined;
  const place = listPlaces(paths, temporaryFolder).find(({folder}) => isRelated(path, folder));
  // `mkdir` makes all that is missing on the way. What it does not find then is the target of a link; Node 20 gives the
  // same answer for a read-only file system.
  const isDangling = code === 'ENOENT' && 'syscall' in error && error.syscall === 'mkdir';
  const inPlace = isDangling
    ? 'a link on the way there leads nowhere, or its file system is read-only'
    : folderReasons[code];
  const reason = hostReasons[code] ?? (place === undefined ? undefined : inPlace);
  if (reason === undefined) return undefined;
  const what = place === undefined ? (path ?? 'A file') : `${place.name} ${place.folder}`;
  const hint =
    place === undefined
      ? 'See to it, then type the same again.'
      : `See to it, or name another folder, with its whole path, before the command: ${place.variable}=<folder>`;
  const detail = path === undefined || path === place?.folder ? '' : `, ${path}`;
  return new HostError(`${what} cannot be used: ${reason} (${code}${detail}).`, hint, {cause: error});
}

/** Ours or in it, or one of those in which it is to be made. */
function isRelated(path: string | undefined, folder: string): boolean {
  if (path === undefined) return false;
  return path === folder || path.startsWith(`${folder}/`) || folder.startsWith(`${path}/`);
}
