// Finds out whether a file system can hold a dist, by making one of each kind of thing that a dist has. Leaves nothing
// behind; what a killed probe leaves is swept as any partial folder is.
import {chmod, lstat, mkdir, readlink, rename, symlink} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {describeError, hasErrorCode, HostError} from '../core/errors.ts';
import type {Exec} from '../core/exec.ts';
import {readFileSystem} from '../core/mounts.ts';
import {readOwnIdentity} from '../core/process-identity.ts';
import {writeNew} from '../core/regular-file.ts';
import {syncPath} from './folder-listing.ts';
import {explainRefusal, lookAtOutputFolder} from './output-folder.ts';
import {createPartial, discardPartial, removeStalePartials} from './partial.ts';

/** Takes part in the name of the partial folder: what a person sees who lists the folder at that moment. */
const probeName = 'build-spark-probe';
/** Longer than any name in the dists that were looked at (at most 63 bytes), and what an encrypted home still holds (143). */
const longestNameBytes = 120;

/**
 * Tries all that a dist needs: permission bits say nothing about root, a read-only file system, a full disk, or one
 * that knows neither links nor modes. A folder that is not there yet is tried in its parent and not created.
 * @throws HostError naming the folder, what it lacks, and the remedy.
 */
export async function checkOutputFolder(dir: string, tools: {readonly exec: Exec}): Promise<void> {
  const place = (await lookAtOutputFolder(dir)) ? dir : dirname(dir);
  await removeStalePartials(place, tools).catch(() => undefined); // The build reports it when it matters.
  const owner = await readOwnIdentity(tools.exec);
  const probe = await createPartial(place, probeName, {owner}).catch(async (error: unknown) => {
    throw await explainRefusal(dir, error instanceof HostError ? error.cause : error); // Its message names only the parent.
  });
  const lack = await findLack(probe)
    .catch(async (error: unknown) => {
      throw await explainRefusal(dir, error);
    })
    // What cannot be removed is named by the first error; a second one would hide it.
    .finally(() => discardPartial(probe).catch(() => undefined));
  if (lack === undefined) return;
  const type = await readFileSystem(place);
  throw new HostError(
    `The file system of ${dir}${type === undefined ? '' : ` (${type})`} cannot hold a dist: ${lack}.`,
    'Name a folder on another disk: --output <folder>',
  );
}

/** @returns undefined, or what it cannot do. @throws What the file system says when it does not take even a file. */
async function findLack(folder: string): Promise<string | undefined> {
  const [plain, script, link] = [join(folder, 'plain'), join(folder, 'script'), join(folder, 'link')];
  await writeNew(plain, 'probe', 0o644).catch(tolerate);
  await writeNew(script, 'probe', 0o755).catch(tolerate);
  await syncPath(plain);
  return (
    (await findModeLack(plain, 0o644)) ??
    (await findModeLack(script, 0o755)) ??
    (await refusal('symbolic links are not possible there', async () => {
      await symlink('plain', link);
      if ((await readlink(link)) !== 'plain') throw new Error('it comes back changed');
    })) ??
    (await refusal(`names of ${longestNameBytes} bytes are not possible there`, () =>
      writeNew(join(folder, 'n'.repeat(longestNameBytes)), 'probe', 0o644),
    )) ??
    (await refusal('a folder cannot be renamed there', async () => {
      await mkdir(join(folder, 'before'));
      await writeNew(join(folder, 'before/file'), 'probe', 0o644);
      await rename(join(folder, 'before'), join(folder, 'after'));
    })) ??
    (await refusal('what is written there cannot be made to last (fsync)', () => syncPath(folder)))
  );
}

/** Where modes cannot be set, chmod of a file that was made fails; that is found below, and said better. */
function tolerate(error: unknown): void {
  if (!hasErrorCode(error, 'EPERM', 'ENOTSUP')) throw error;
}

async function findModeLack(path: string, mode: number): Promise<string | undefined> {
  await chmod(path, mode).catch(tolerate);
  const found = (await lstat(path)).mode & 0o777;
  if (found === mode) return undefined;
  return `files do not keep their modes there (${mode.toString(8)} comes back as ${found.toString(8)})`;
}

/** A full or vanished disk is not what was being looked for. */
async function refusal(sentence: string, work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (hasErrorCode(error, 'ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'ENOENT', 'ESTALE')) throw error;
    return `${sentence} (${describeError(error)})`;
  }
}
