// Looks at files that a guest left in a folder of ours, before anything is done with them: what is reached through a
// link, or is not a plain file, is refused. Knows no meaning of theirs.
import {lstat, readdir} from 'node:fs/promises';
import type {FileHandle} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {hasErrorCode} from '../core/errors.ts';
import {NotRegularError, openRegular} from '../core/regular-file.ts';

/**
 * Opens a file below a folder that nobody else writes to any more.
 * @param path Relative, without `..`.
 * @returns undefined when it is not there, is not a plain file with one name, or when a folder on the way is a link. The
 * caller closes.
 */
export async function openPlain(root: string, path: string): Promise<FileHandle | undefined> {
  try {
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder))
      if (!(await lstat(join(root, folder))).isDirectory()) return undefined;
    const handle = await openRegular(join(root, path));
    if ((await handle.stat()).nlink === 1) return handle;
    await handle.close();
  } catch (error) {
    if (!(error instanceof NotRegularError) && !hasErrorCode(error, 'ENOENT', 'ENOTDIR')) throw error;
  }
  return undefined;
}

/**
 * Paths of all files below a folder, relative.
 * @throws NotRegularError at the first that is neither a folder nor a plain file with one name.
 */
export async function listPlainFiles(root: string, folder = ''): Promise<readonly string[]> {
  const found: string[] = [];
  for (const {name} of await readdir(join(root, folder), {withFileTypes: true})) {
    const path = join(folder, name);
    const stats = await lstat(join(root, path));
    if (stats.isDirectory()) found.push(...(await listPlainFiles(root, path)));
    else if (stats.isFile() && stats.nlink === 1) found.push(path);
    else throw new NotRegularError(path);
  }
  return found;
}
