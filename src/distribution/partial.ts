// The hidden folder in which a dist grows beside its target: `.<dist>.partial-<id>/`, holding owner.json, `dist/`
// and, while a dist is replaced, the older one as `replaced/`. Knows nothing of what is in a dist.
import {randomBytes} from 'node:crypto';
import {lstat, mkdir, readdir, rename, rm, rmdir} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {geteuid} from 'node:process';
import {z} from '../core/schema.ts';
import {hasErrorCode, HostError} from '../core/errors.ts';
import {removeTree} from '../core/mounts.ts';
import {
  isAlive,
  processIdentitySchema,
  type LivenessTools,
  type ProcessIdentity,
} from '../core/process-identity.ts';
import {readRegular, writeNew} from '../core/regular-file.ts';
import {syncPath} from './folder-listing.ts';
import {createOutputFolder, toHostError} from './output-folder.ts';

const contentName = 'dist';
const replacedName = 'replaced';
const ownerName = 'owner.json';
const ownerLimitBytes = 64 * 1024;
const wrapperPattern = /^\..+\.partial-[0-9a-f]{12}$/s;

const ownerSchema = z.object({
  formatVersion: z.literal(1),
  /** Name of the target, beside the partial folder. */
  dist: z.string().refine((name) => isFolderName(name), 'is not the name of a folder'),
  owner: processIdentitySchema,
});

/**
 * @param distName Name of the target in `outputDir`, which is created when its parent is there.
 * @returns Absolute path of an empty folder to fill. The caller ends it with `publish` or `discardPartial`.
 * @throws HostError when it cannot be written there.
 */
export async function createPartial(
  outputDir: string,
  distName: string,
  {owner}: {readonly owner: ProcessIdentity},
): Promise<string> {
  if (!isFolderName(distName)) throw new Error(`"${distName}" is not the name of a folder.`);
  await createOutputFolder(outputDir);
  // At most 255 bytes a name, and the dist's own may be as long as that.
  const shortened = Array.from(distName).slice(0, 50).join('');
  for (let attempt = 1; ; attempt += 1) {
    const wrapper = join(outputDir, `.${shortened}.partial-${randomBytes(6).toString('hex')}`);
    const content = join(wrapper, contentName);
    try {
      await mkdir(wrapper, {mode: 0o700}); // Nobody else can reach what is fetched before it was checked.
      const text = JSON.stringify({formatVersion: 1, dist: distName, owner});
      await writeNew(join(wrapper, ownerName), text, 0o600);
      await mkdir(content);
      return content;
    } catch (error) {
      // Another run took it for a dead one's in the instant before it had an owner.
      if (hasErrorCode(error, 'ENOENT') && attempt < 3) continue;
      await removeTree(wrapper).catch(() => undefined);
      throw toHostError(outputDir, error);
    }
  }
}

/** Removes a partial folder and all that belongs to it. Idempotent. @throws HostError */
export async function discardPartial(partial: string): Promise<void> {
  const wrapper = dirname(partial);
  try {
    await removeTree(wrapper);
  } catch (error) {
    throw error instanceof HostError ? error : toHostError(dirname(wrapper), error);
  }
}

/** Where the older dist is while the new one takes its name. */
export function replacedPath(partial: string): string {
  return join(dirname(partial), replacedName);
}

export interface StalePartials {
  readonly removed: readonly string[];
  /** Dists that were about to be replaced when their run was killed, and are back under their names. */
  readonly restored: readonly string[];
  /** Why others stay: something is mounted in them. */
  readonly stay: readonly HostError[];
}

/** What `checkOutputFolder` tries the folder with, when it was killed meanwhile. */
const probePattern = /^\.build-spark-probe-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\.moved)?$/;
const probeForMs = 3_600_000;

/**
 * Ends what killed runs left in a folder: an older dist that had already been moved away is put back, then the
 * partial folder goes. Those of living processes, of other hosts and users, and what is not ours stay. Idempotent.
 */
export async function removeStalePartials(outputDir: string, tools: LivenessTools): Promise<StalePartials> {
  const names = await readdir(outputDir).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw toHostError(outputDir, error);
  });
  const removed: string[] = [];
  const restored: string[] = [];
  const stay: HostError[] = [];
  for (const name of names.filter((each) => probePattern.test(each))) {
    const path = join(outputDir, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats !== undefined && Date.now() - stats.mtimeMs > probeForMs)
      await removeTree(path).catch(() => undefined);
  }
  for (const name of names.filter((each) => wrapperPattern.test(each))) {
    const wrapper = join(outputDir, name);
    if (!(await isOwn(wrapper))) continue;
    const record = await readOwner(wrapper);
    if (record === undefined) {
      if (await removeStillborn(wrapper)) removed.push(wrapper);
      continue;
    }
    if (await isAlive(record.owner, tools)) continue;
    const target = join(outputDir, record.dist);
    if (await restore(join(wrapper, replacedName), target)) restored.push(target);
    try {
      await discardPartial(join(wrapper, contentName));
      removed.push(wrapper);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      stay.push(error);
    }
  }
  return {removed, restored, stay};
}

/** rename() onto a folder that is not empty fails, so a new dist in that place is safe. */
async function restore(replaced: string, target: string): Promise<boolean> {
  try {
    await rename(replaced, target);
    await syncPath(dirname(target));
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) return false;
    throw toHostError(dirname(target), error);
  }
}

/** Where others may write too, such a folder may be theirs, and tell us to put theirs in the place of a dist. */
async function isOwn(wrapper: string): Promise<boolean> {
  const entry = await lstat(wrapper).catch(() => undefined);
  return entry?.isDirectory() === true && (geteuid === undefined || entry.uid === geteuid());
}

async function readOwner(wrapper: string): Promise<z.infer<typeof ownerSchema> | undefined> {
  try {
    const text = (await readRegular(join(wrapper, ownerName), ownerLimitBytes)).toString('utf8');
    return ownerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** One without a readable owner was killed before it held anything; if it does hold something, it is not ours. */
async function removeStillborn(wrapper: string): Promise<boolean> {
  try {
    const content = await readdir(wrapper);
    if (content.some((name) => name !== ownerName)) return false;
    await rm(join(wrapper, ownerName), {force: true});
    await rmdir(wrapper);
    return true;
  } catch {
    return false;
  }
}

function isFolderName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && name === basename(name) && !name.includes('\0');
}
