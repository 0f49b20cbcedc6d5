// Gives a whole, verified dist its name, and decides whether a dist that is there may be replaced.
import {lstat, rename} from 'node:fs/promises';
import {dirname} from 'node:path';
import {BuildError, hasErrorCode, UsageError} from '../core/errors.ts';
import {createRedactor, redactDeep} from '../core/redact.ts';
import {examineDist} from './damage.ts';
import {
  definitionSchema,
  findDifference,
  findOutdated,
  inputsSchema,
  keepAsked,
  type Definition,
  type DistInputs,
} from './fingerprint.ts';
import {listFolder, syncFolder, syncPath} from './folder-listing.ts';
import {readManifest, readManifestText, type Manifest} from './manifest.ts';
import {toHostError} from './output-folder.ts';
import {discardPartial, replacedPath} from './partial.ts';
import {noSeals, type Seals} from './seal.ts';

export {createPartial, discardPartial, removeStalePartials} from './partial.ts';
export {checkOutputFolder} from './output-probe.ts';

export type TargetState =
  | {readonly status: 'free'}
  /** @property extra What is there and was not built. */
  | {readonly status: 'same'; readonly manifest: Manifest; readonly extra: readonly string[]}
  /**
   * The same was asked for, but it has to be built again.
   * @property reason Completes "it …": "lacks bin/beeline", "was made in another box".
   */
  | {readonly status: 'stale'; readonly manifest: Manifest; readonly reason: string}
  /** @property difference Completes "it …": "was made with --deps bundled, and not provided". */
  | {readonly status: 'different'; readonly manifest: Manifest; readonly difference: string};

/**
 * What is at the place of a dist. Changes nothing of it.
 * @param redact As given to `writeManifest`: the manifest holds no secrets, so none may be compared.
 * @throws UsageError when something is there that is not a dist of ours: it is never replaced, with or without --force.
 */
export async function checkTarget(
  target: string,
  inputs: DistInputs,
  {
    redact = createRedactor(),
    define,
    wantsSmoke = false,
    wantsReproducible = false,
    seals = noSeals,
  }: {
    readonly redact?: (text: string) => string;
    /** Of a build now; without it, what the dist was made in does not count. */
    readonly define?: (manifest: Manifest) => Promise<Definition>;
    /** Whether a dist that was never queried will not do. */
    readonly wantsSmoke?: boolean;
    /** Whether one with the times of its build will not do. */
    readonly wantsReproducible?: boolean;
    readonly seals?: Seals;
  } = {},
): Promise<TargetState> {
  if (!(await isDistThere(target))) return {status: 'free'};
  const read = await readManifestText(target).catch((error: unknown) => {
    if (error instanceof UsageError) throw notOurs(target, error.message, error);
    throw error;
  });
  const {manifest} = read;
  const asked = inputsSchema.parse(redactDeep(inputs, redact));
  const difference = findDifference(keepAsked(manifest), keepAsked(asked));
  if (difference !== undefined) return {status: 'different', manifest, difference};
  const outdated =
    define === undefined
      ? findDifference(manifest, asked)
      : findOutdated(manifest, asked, definitionSchema.parse(redactDeep(await define(manifest), redact)));
  if (outdated !== undefined) return {status: 'stale', manifest, reason: outdated};
  const {damage, extra} = await examineDist(target, read, seals);
  const lacking =
    wantsSmoke && manifest.smoke?.ok !== true
      ? '--smoke'
      : wantsReproducible && manifest.sourceDateEpoch === undefined
        ? '--reproducible'
        : undefined;
  const reason = damage ?? (lacking === undefined ? undefined : `was made without ${lacking}`);
  return reason === undefined ? {status: 'same', manifest, extra} : {status: 'stale', manifest, reason};
}

/** The refusal of a build without --force, for a target that is `different`. */
export function refuseDifferent(target: string, difference: string): UsageError {
  return new UsageError(
    `${target} is there already, and it ${difference}.`,
    'Add --force to replace it, or --label <text> to keep both.',
  );
}

/**
 * Renames a partial folder to its target, after all of it is on the disk. With `replace`, an older dist there goes
 * only now; `removeStalePartials` repairs what a run killed in between left.
 * @param seals Told what the files are now: as they were verified, since nobody else has got into the partial folder.
 * @returns The target.
 * @throws UsageError when something is there that may not be replaced; the partial folder stays.
 * @throws HostError when the file system refuses.
 */
export async function publish(
  partial: string,
  target: string,
  {replace, seals = noSeals}: {readonly replace: boolean; readonly seals?: Seals},
): Promise<string> {
  const outputDir = dirname(dirname(partial));
  if (outputDir !== dirname(target)) throw new Error(`${target} is not beside ${partial}.`);
  const {sha256} = await readManifestText(partial).catch((error: unknown) => {
    throw new BuildError(
      'Only a complete dist gets its name, and this one has no manifest.',
      'Report this bug.',
      {
        cause: error,
      },
    );
  });
  const isReplaced = await isDistThere(target);
  if (isReplaced) {
    if (!replace) throw cameIntoBeing(target);
    await readManifest(target).catch((error: unknown) => {
      throw error instanceof UsageError ? notOurs(target, error.message, error) : error;
    });
  }
  const old = replacedPath(partial);
  const {files} = await listFolder(partial);
  try {
    await syncFolder(partial);
    if (isReplaced) await rename(target, old);
    try {
      await rename(partial, target);
    } catch (error) {
      if (isReplaced) await rename(old, target);
      // Another run was quicker by a moment: rename() does not replace a folder that holds something.
      else if (hasErrorCode(error, 'ENOTEMPTY', 'EEXIST')) throw cameIntoBeing(target);
      throw error;
    }
    await syncPath(outputDir);
  } catch (error) {
    throw error instanceof UsageError ? error : toHostError(outputDir, error);
  }
  await seals.write(target, sha256, files);
  // The dist is in place; what is left of the old one is found by the next removeStalePartials.
  await discardPartial(partial).catch(() => undefined);
  return target;
}

/** @throws UsageError when what is there is not even a folder, or the name cannot be one. */
async function isDistThere(target: string): Promise<boolean> {
  try {
    const entry = await lstat(target);
    if (entry.isDirectory()) return true;
    throw notOurs(target, entry.isSymbolicLink() ? 'It is a link.' : 'It is not a folder.');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return false;
    if (hasErrorCode(error, 'ENAMETOOLONG'))
      throw new UsageError(
        `The name of the dist is too long for a folder: ${target}.`,
        'Use a shorter --label.',
      );
    if (error instanceof UsageError) throw error;
    throw toHostError(dirname(target), error);
  }
}

function notOurs(target: string, why: string, cause?: unknown): UsageError {
  return new UsageError(
    `${target} is in the way, and build-spark replaces only complete dists of its own. ${why}`,
    `Move it away: mv ${target} ${target}.old - or use --output or --label.`,
    {cause},
  );
}

function cameIntoBeing(target: string): UsageError {
  return new UsageError(`${target} appeared while this build ran.`, 'Look at it; add --force to replace it.');
}
