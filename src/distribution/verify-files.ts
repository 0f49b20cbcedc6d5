// Checks the bytes of a dist against its manifest and SHA256SUMS. Knows nothing of Spark.
import {HostError} from '../core/errors.ts';
import {renderPath} from '../core/inner-paths.ts';
import {findUnsafe, hashFiles, isUnsafeMode, listFolder, type Listing} from './folder-listing.ts';
import {aboutNames, manifestName, readSums, statementName, sumsName, type Manifest} from './manifest.ts';

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
  const present = listing.files.filter(
    ({path}) => recorded.has(path) || path === manifestName || path === statementName,
  );
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
    (path) => !recorded.has(path) && !aboutNames.includes(path),
  );
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  return [
    judge(
      'files',
      [
        ...missing.map((path) => `${renderPath(path)} is missing`),
        ...changed.map((path) => `${renderPath(path)} is not what was built`),
      ],
      `${manifest.files.length} files, ${bytes} bytes, all as they were built`,
    ),
    judge(
      'nothing-extra',
      [...listing.strange, ...extra.map((path) => `${renderPath(path)} is not in the manifest`)],
      'no files beyond those in the manifest',
    ),
    judge(
      'modes',
      findModeProblems(manifest, listing),
      'all as they were built, and writable by nobody else',
    ),
    judge(
      'sums',
      await findSumProblems(
        dir,
        manifest,
        [manifestName, statementName].flatMap((path) => hashes.get(path) ?? []),
      ),
      'SHA256SUMS agrees',
    ),
  ];
}

/** For a dist without a manifest: what no dist may hold. */
export function checkEntries(listing: Listing): readonly Check[] {
  return [
    judge('nothing-extra', listing.strange, 'files, folders and links that stay inside'),
    judge('modes', renderUnsafe(listing), 'writable by nobody else'),
  ];
}

function renderUnsafe(listing: Listing): readonly string[] {
  return findUnsafe(listing).map((text) => `${text}: chmod -R u-s,g-s,go-w`);
}

/** A copy may have lost modes to a umask: only the owner's bits must be there, and none may have been added. */
function findModeProblems(manifest: Manifest, listing: Listing): readonly string[] {
  const modes = new Map(listing.files.map(({path, mode}) => [path, mode]));
  const bits = (mode: string): number => Number.parseInt(mode, 8);
  const differing = manifest.files.flatMap(({path, mode}) => {
    const is = modes.get(path);
    if (is === undefined || isUnsafeMode(is, false)) return [];
    if ((bits(mode) & 0o100) !== 0 && (bits(is) & 0o100) === 0)
      return [`${renderPath(path)} is no longer executable: chmod +x ${renderPath(path)}`];
    const isSame = (bits(mode) & 0o700) === (bits(is) & 0o700) && (bits(is) & ~bits(mode)) === 0;
    return isSame ? [] : [`${renderPath(path)} has mode ${is}, and not ${mode}`];
  });
  return [...renderUnsafe(listing), ...differing];
}

async function findSumProblems(
  dir: string,
  manifest: Manifest,
  about: readonly {readonly path: string; readonly sha256: string}[],
): Promise<readonly string[]> {
  const sums = await readSums(dir);
  if (sums === undefined) return [`${sumsName} is missing or damaged`];
  const expected = new Map(manifest.files.map((file) => [file.path, file.sha256]));
  for (const {path, sha256} of about) expected.set(path, sha256);
  const named = new Set(sums.map(({path}) => path));
  return [
    ...sums
      .filter(({path, sha256}) => expected.get(path) !== sha256)
      .map(({path}) =>
        path === manifestName || path === statementName
          ? `${path} ${expected.has(path) ? 'was changed after it was written' : 'is missing'}`
          : `${sumsName} and the manifest differ on ${renderPath(path)}`,
      ),
    ...[...expected.keys()]
      .filter((path) => !named.has(path))
      .map((path) => `${sumsName} lacks ${renderPath(path)}`),
  ];
}
