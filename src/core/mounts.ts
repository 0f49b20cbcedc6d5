// What is mounted where on this host, and deletes folders without going on into a mount. Knows Linux's mountinfo.
import {readFile, realpath, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {HostError} from './errors.ts';
import {quoteCommand} from './quote.ts';

/** Mount points at or below the path. @param table Of /proc/self/mountinfo; source: proc(5). */
export function findMounts(table: string, path: string): readonly string[] {
  return table
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .map((point) =>
      point.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8))),
    )
    .filter((point) => point === path || point.startsWith(`${path}/`));
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
    `Look what it is, then type: ${renderUmount(mounts)}`,
  );
}

/** Deletes a file or folder with all that is in it, but never what is mounted there. Idempotent. @throws HostError */
export async function removeTree(path: string): Promise<void> {
  await refuseMounts(path);
  await rm(path, {recursive: true, force: true, maxRetries: 3});
}
