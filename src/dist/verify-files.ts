// Checks the bytes of a dist against its manifest and SHA256SUMS. Knows nothing of Spark.
import {HostError} from '../core/errors.ts';
import {hashFiles, listFolder, type Listing} from './listing.ts';
import {manifestName, readSums, sumsName, type Manifest} from './manifest.ts';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** One line; of a failed check: what is wrong, with the names of the first few. */
  readonly message: string;
}

/** A check out of the problems it found. */
export function judge(name: string, problems: readonly string[], message: string): Check {
  return problems.length === 0
    ? {name, ok: true, message}
    : {name, ok: false, message: renderList(problems, '; ')};
}

/** The first five, and how many more. */
export function renderList(items: readonly string[], separator = ', '): string {
  const more = items.length - 5;
  return items.slice(0, 5).join(separator) + (more > 0 ? `${separator}and ${more} more` : '');
}

/** @throws HostError when the folder cannot be read. */
export async function readListing(dir: string): Promise<Listing> {
  try {
    return await listFolder(dir);
  } catch (error) {
    throw new HostError(
      `The dist ${dir} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      `Look at it: ls -la ${dir}`,
      {cause: error},
    );
  }
}

/** Reads every byte of the dist. */
export async function checkFiles(
  dir: string,
  manifest: Manifest,
  listing: Listing,
  signal?: AbortSignal,
): Promise<readonly Check[]> {
  const found = new Map(listing.files.map((file) => [file.path, file]));
  const links = new Map(listing.links.map((link) => [link.path, link.target]));
  const recorded = new Set([...manifest.files, ...manifest.links].map(({path}) => path));
  const present = listing.files.filter(({path}) => recorded.has(path) || path === manifestName);
  const hashes = new Map((await hashFiles(dir, present, signal)).map((file) => [file.path, file]));

  const missing = [
    ...manifest.files.filter(({path}) => !found.has(path)),
    ...manifest.links.filter(({path}) => !links.has(path)),
  ].map(({path}) => path);
  const changed = [
    ...manifest.files.filter(({path, sha256}) => found.has(path) && hashes.get(path)?.sha256 !== sha256),
    ...manifest.links.filter(({path, target}) => links.has(path) && links.get(path) !== target),
  ].map(({path}) => path);
  const extra = [...found.keys(), ...links.keys()].filter(
    (path) => !recorded.has(path) && path !== manifestName && path !== sumsName,
  );
  const runnable = (mode: string): boolean => (Number.parseInt(mode, 8) & 0o100) !== 0;
  const disabled = manifest.files
    .filter(({path, mode}) => runnable(mode) && !runnable(found.get(path)?.mode ?? mode))
    .map(({path}) => path);
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  return [
    judge(
      'files',
      [
        ...missing.map((path) => `${path} is missing`),
        ...changed.map((path) => `${path} is not what was built`),
      ],
      `${manifest.files.length} files, ${bytes} bytes, all as they were built`,
    ),
    judge(
      'nothing-extra',
      [...extra.map((path) => `${path} is not in the manifest`), ...listing.strange],
      'no file that the manifest does not name',
    ),
    judge(
      'modes',
      disabled.map((path) => `${path} is no longer executable: chmod +x ${path}`),
      'what was executable still is',
    ),
    judge(
      'sums',
      await findSumProblems(dir, manifest, hashes.get(manifestName)?.sha256),
      'SHA256SUMS agrees',
    ),
  ];
}

async function findSumProblems(
  dir: string,
  manifest: Manifest,
  ownHash: string | undefined,
): Promise<readonly string[]> {
  const sums = await readSums(dir);
  if (sums === undefined) return [`${sumsName} is missing or damaged`];
  const expected = new Map(manifest.files.map((file) => [file.path, file.sha256]));
  if (ownHash !== undefined) expected.set(manifestName, ownHash);
  const named = new Set(sums.map(({path}) => path));
  return [
    ...sums
      .filter(({path, sha256}) => expected.get(path) !== sha256)
      .map(({path}) =>
        path === manifestName
          ? `${manifestName} was changed after it was written`
          : `${sumsName} and the manifest differ on ${path}`,
      ),
    ...[...expected.keys()].filter((path) => !named.has(path)).map((path) => `${sumsName} lacks ${path}`),
  ];
}
