// Decides without reading whole files whether a dist is still as it was made: kinds, names, modes, and whether a file was
// touched since it was last read. Changes nothing of the dist.
import {renderPath} from '../core/inner-paths.ts';
import {findUnsafe, hashFiles, listFolder, type ListedFile, type Listing} from './folder-listing.ts';
import {aboutNames, manifestName, readSums, sumsName, type Manifest} from './manifest.ts';
import {noSeals, type Seals} from './seal.ts';

export interface Condition {
  /** What is wrong, completing "it …", with the first few names; undefined when the dist is whole. */
  readonly damage?: string;
  /** What is there and was not built; this is not damage. */
  readonly extra: readonly string[];
}

/**
 * A file that was touched since it was last read, by whatever means, is read: its bytes decide.
 * @param sha256 Of the manifest's text.
 * @throws What the file system throws, when something in it cannot be looked at.
 */
export async function examineDist(
  dir: string,
  {manifest, sha256}: {readonly manifest: Manifest; readonly sha256: string},
  seals: Seals = noSeals,
): Promise<Condition> {
  const listing = await listFolder(dir);
  const {missing, changed, touched, extra} = compare(manifest, listing, await seals.read(dir, sha256));
  const expected = new Map(manifest.files.map((file) => [file.path, file.sha256]));
  const hashed = await hashFiles(dir, touched);
  changed.push(...hashed.filter((file) => file.sha256 !== expected.get(file.path)).map(({path}) => path));
  if (!(await isSummed(dir, sha256))) changed.push(`${manifestName} or ${sumsName}`);
  const unsafe = findUnsafe(listing);
  const parts = [
    ...(missing.length === 0 ? [] : [`lacks ${renderNames(missing)}`]),
    ...(changed.length === 0 ? [] : [`has another ${renderNames(changed)} than was built`]),
    ...(unsafe.length === 0 ? [] : [`may be written or misused by others: ${renderNames(unsafe)}`]),
    ...(listing.strange.length === 0
      ? []
      : [`holds what a dist must not hold: ${renderNames(listing.strange)}`]),
  ];
  if (parts.length > 0) return {damage: parts.join(' and '), extra};
  if (touched.length > 0) await seals.write(dir, sha256, listing.files);
  return {extra};
}

function compare(
  manifest: Manifest,
  listing: Listing,
  seal: Readonly<Record<string, string>>,
): {
  readonly missing: string[];
  readonly changed: string[];
  readonly touched: readonly ListedFile[];
  readonly extra: readonly string[];
} {
  const files = new Map(listing.files.map((file) => [file.path, file]));
  const links = new Map(listing.links.map(({path, target}) => [path, target]));
  const [missing, changed, touched]: [string[], string[], ListedFile[]] = [[], [], []];
  for (const {path, bytes, mode} of manifest.files) {
    const file = files.get(path);
    if (file === undefined) missing.push(path);
    else if (file.bytes !== bytes || isDisabled(mode, file.mode)) changed.push(path);
    else if (!Object.hasOwn(seal, path) || seal[path] !== file.identity) touched.push(file);
  }
  for (const {path, target} of manifest.links) {
    if (!links.has(path)) missing.push(path);
    else if (links.get(path) !== target) changed.push(path);
  }
  const known = new Set([...manifest.files, ...manifest.links].map(({path}) => path));
  const isExtra = (path: string): boolean => !known.has(path) && !aboutNames.includes(path);
  return {missing, changed, touched, extra: [...files.keys(), ...links.keys()].filter(isExtra)};
}

/** The first three, and how many more. */
export function renderNames(names: readonly string[]): string {
  const shown = [...names].sort().slice(0, 3).map(renderPath).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

function isDisabled(wasMode: string, mode: string): boolean {
  return (Number.parseInt(wasMode, 8) & 0o100) !== 0 && (Number.parseInt(mode, 8) & 0o100) === 0;
}

/** The manifest itself is in SHA256SUMS. */
async function isSummed(dir: string, sha256: string): Promise<boolean> {
  const sums = await readSums(dir);
  return sums?.find(({path}) => path === manifestName)?.sha256 === sha256;
}
