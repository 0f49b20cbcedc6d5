// Decides without reading whole files whether a dist is still as it was made: names, sizes and times. Changes nothing.
import {createHash} from 'node:crypto';
import {lstat, readFile, readlink} from 'node:fs/promises';
import {join} from 'node:path';
import {hasErrorCode} from '../core/errors.ts';
import {hashFiles, mapLimited} from './listing.ts';
import {manifestName, readSums, sumsName, type Manifest} from './manifest.ts';

/** Some file systems keep times to two seconds. */
const toleranceMs = 2_000;

const lookingAtOnce = 32;

/**
 * A file whose time alone differs, as after `cp -r`, is read: its bytes decide. What is there besides does not count.
 * @returns What is wrong, completing "it …", with the first few names; undefined when the dist is whole.
 * @throws What the file system throws, when something in it cannot be looked at.
 */
export async function findDamage(dir: string, manifest: Manifest): Promise<string | undefined> {
  const missing: string[] = [];
  const changed: string[] = [];
  const touched: Manifest['files'][number][] = [];
  await mapLimited(manifest.files, lookingAtOnce, async (file) => {
    const entry = await look(join(dir, file.path));
    if (entry?.isFile() !== true) missing.push(file.path);
    else if (entry.size !== file.bytes || isDisabled(file.mode, entry.mode)) changed.push(file.path);
    else if (file.mtimeMs === undefined || Math.abs(entry.mtimeMs - file.mtimeMs) > toleranceMs)
      touched.push(file);
  });
  for (const {path, target} of manifest.links) {
    const there = await readlink(join(dir, path)).catch(() => undefined);
    if (there === undefined) missing.push(path);
    else if (there !== target) changed.push(path);
  }
  const hashed = await hashFiles(dir, touched);
  changed.push(
    ...hashed.filter(({sha256}, index) => sha256 !== touched[index]?.sha256).map(({path}) => path),
  );
  if (!(await hasSums(dir))) changed.push(`${manifestName} or ${sumsName}`);
  const parts = [
    ...(missing.length === 0 ? [] : [`lacks ${renderNames(missing)}`]),
    ...(changed.length === 0 ? [] : [`has another ${renderNames(changed)} than was built`]),
  ];
  return parts.length === 0 ? undefined : parts.join(' and ');
}

function renderNames(names: readonly string[]): string {
  const shown = [...names].sort().slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

async function look(path: string) {
  return lstat(path).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  });
}

function isDisabled(wasMode: string, mode: number): boolean {
  return (Number.parseInt(wasMode, 8) & 0o100) !== 0 && (mode & 0o100) === 0;
}

/** The manifest itself is in SHA256SUMS. */
async function hasSums(dir: string): Promise<boolean> {
  const sums = await readSums(dir);
  const expected = sums?.find(({path}) => path === manifestName)?.sha256;
  if (expected === undefined) return false;
  const text = await readFile(join(dir, manifestName));
  return createHash('sha256').update(text).digest('hex') === expected;
}
