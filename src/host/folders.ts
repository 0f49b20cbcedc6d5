// Whether our own folders can be made and written, without making them.
import {constants} from 'node:fs';
import {access, lstat, stat} from 'node:fs/promises';
import {dirname} from 'node:path';
import {hasErrorCode} from '../core/errors.ts';
import type {Paths} from '../core/paths.ts';
import {fail, pass, type Check} from './host-check.ts';

export function checkFolders(paths: Pick<Paths, 'state' | 'cache'>): Promise<readonly Check[]> {
  return Promise.all([
    checkFolder('state', paths.state, 'XDG_STATE_HOME'),
    checkFolder('cache', paths.cache, 'XDG_CACHE_HOME'),
  ]);
}

async function checkFolder(name: string, path: string, variable: string): Promise<Check> {
  const obstacle = await findObstacle(path);
  if (obstacle === undefined) return pass(name, `${path} can be written`);
  return fail(name, `The ${name} folder ${path} cannot be used: ${obstacle}.`, `export ${variable}=<folder>`);
}

/** @returns What stands in the way, of the folder itself or of the nearest one that is there. */
export async function findObstacle(path: string): Promise<string | undefined> {
  const entry = await lstat(path).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR') && dirname(path) !== path) return undefined;
    return String(error);
  });
  if (typeof entry === 'string') return entry;
  if (entry === undefined) return findObstacle(dirname(path));
  const target = await stat(path).catch(() => undefined);
  if (target === undefined) return `${path} is a link that leads nowhere`;
  if (!target.isDirectory()) return `${path} is not a folder`;
  return access(path, constants.W_OK).then(
    () => undefined,
    (error: unknown) =>
      hasErrorCode(error, 'EROFS')
        ? `${path} is on a read-only file system`
        : `this user may not write to ${path}`,
  );
}
