// What is mounted where on this host, and deletes folders without going on into a mount. Knows Linux's mountinfo.
import {readFile, realpath, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {HostError} from './errors.ts';
import {quoteCommand} from './quote.ts';

/** Mount points at or below the path. @param table Of /proc/self/mountinfo; source: proc(5). */
export function findMounts(table: string, path: string): readonly string[] {
  return table
    .split('\n')
    .map((line) => unescape(line.split(' ')[4] ?? ''))
    .filter((point) => point === path || point.startsWith(`${path}/`));
}

/** Spaces and the like are written as `\040`. */
function unescape(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}

/** @returns The type of the file system that holds the path, such as `vfat`; undefined where the table says nothing. */
export function findFileSystem(table: string, path: string): string | undefined {
  let best: {readonly point: string; readonly type: string} | undefined;
  for (const line of table.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const point = unescape(before.split(' ')[4] ?? '');
    const type = after.split(' ')[0] ?? '';
    const isAbove = point === '/' || path === point || path.startsWith(`${point}/`);
    // Of several at one point the last one covers the others.
    if (type !== '' && isAbove && point.length >= (best?.point.length ?? 0)) best = {point, type};
  }
  return best?.type;
}

/** As `findFileSystem`, for a path that is there. */
export async function readFileSystem(path: string): Promise<string | undefined> {
  const table = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  return findFileSystem(table, await realpath(path).catch(() => path));
}

/** Mount points at or below a path of this host, the innermost first; those of other mount namespaces do not count. */
export async function readMounts(path: string): Promise<readonly string[]> {
  const table = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  const parent = await realpath(dirname(path)).catch(() => dirname(path)); // The table knows no links.
  return findMounts(table, join(parent, basename(path))).toSorted((a, b) => b.length - a.length);
}

/** What to type to take them away. */
export function renderUmount(mounts: readonly string[]): string {
  return quoteCommand(['sudo', 'umount', ...mounts]);
}

/**
 * Deleting would go on into what is mounted: `rm --one-file-system` does not stop at a bind mount of the same disk.
 * What is mounted between this look and the end of the deleting is not seen.
 * @throws HostError naming the mount point.
 */
export async function refuseMounts(path: string): Promise<void> {
  const mounts = await readMounts(path);
  if (mounts.length === 0) return;
  throw new HostError(
    `${path} is not deleted: something is mounted at ${mounts.join(', ')}.`,
    `Find out what it is, then type: ${renderUmount(mounts)}`,
  );
}

/** Deletes a file or folder with all that is in it, but never what is mounted there. Idempotent. @throws HostError */
export async function removeTree(path: string): Promise<void> {
  await refuseMounts(path);
  await rm(path, {recursive: true, force: true, maxRetries: 3});
}
