// Decides whether a dist is what its manifest says, and holds what was asked. Changes nothing; starts no process.
import {stat} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {features as known, featureScripts, type FeatureName} from '../catalogue/features.ts';
import {describeError, ExpectedError, hasErrorCode, UsageError} from '../core/errors.ts';
import {readRegular} from '../core/regular-file.ts';
import {readJarFacts} from './jars.ts';
import {readManifest, type Manifest} from './manifest.ts';
import {findMavenArguments, findProfiles, parseRelease, type ReleaseFile} from '../maven/release-file.ts';
import {
  checkDatanucleus,
  checkDeps,
  checkJars,
  checkRelease,
  checkScripts,
  checkFeatureClasses,
  checkFeatureFiles,
  type Asked,
} from './verify-content.ts';
import {checkEntries, checkFiles, judge, readListing, type Check} from './verify-files.ts';

export interface Verdict {
  /** Absolute path. */
  readonly dist: string;
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

/** What the caller knows beyond the manifest, such as the build that has just made it. */
export interface Expectations {
  readonly commit?: string;
  readonly features?: readonly FeatureName[];
  readonly deps?: 'provided' | 'bundled' | undefined;
  readonly projectVersion?: string;
  readonly hadoopVersion?: string | undefined;
}

/**
 * Goes on after a failed check, so that all that is wrong is named at once. Reads every byte of the dist.
 * @throws UsageError when there is no such folder, HostError when it cannot be read.
 */
export async function verifyDist(
  dir: string,
  expectations: Expectations = {},
  signal?: AbortSignal,
): Promise<Verdict> {
  const dist = resolve(dir);
  await assertFolder(dist);
  const listing = await readListing(dist);
  const manifest = await readManifest(dist).catch((error: unknown) => {
    if (error instanceof ExpectedError) return error;
    throw error;
  });
  const release = await readRelease(dist);
  const facts = manifest instanceof ExpectedError ? undefined : manifest;
  const asked = planAsked(facts, expectations, release);
  const jars = await readJarFacts(
    dist,
    listing.files.map(({path}) => path),
    signal,
  );
  const checks = [
    manifest instanceof ExpectedError
      ? judge('manifest', [manifest.message], '')
      : judge('manifest', findContradictions(manifest, expectations), renderManifest(manifest)),
    ...(facts === undefined ? checkEntries(listing) : await checkFiles(dist, facts, listing, signal)),
    checkRelease(release, asked),
    checkScripts(listing, asked),
    checkJars(jars),
    ...checkFeatureClasses(jars, asked),
    ...checkDeps(jars, asked),
    ...checkDatanucleus(listing, jars, asked),
    ...checkFeatureFiles(listing, release, asked),
  ];
  return {dist, ok: checks.every((check) => check.ok), checks};
}

/** What to hold the dist against: the caller's word, then the manifest's, then RELEASE's. Pure. */
function planAsked(
  manifest: Manifest | undefined,
  expectations: Expectations,
  release: ReleaseFile | undefined,
): Asked {
  const mavenArguments =
    manifest === undefined ? undefined : findMavenArguments(manifest.arguments).join(' ').trim();
  const profiles = findProfiles((mavenArguments ?? release?.flags ?? '').split(/\s+/));
  const features =
    expectations.features ??
    manifest?.features ??
    known.filter(({profile}) => profiles.includes(profile)).map(({name}) => name);
  const deps =
    expectations.deps ??
    manifest?.deps ??
    (release?.flags === undefined
      ? undefined
      : profiles.includes('hadoop-provided')
        ? 'provided'
        : 'bundled');
  return {
    features,
    profiles,
    absentScripts: findAbsentScripts(manifest),
    deps,
    flags: mavenArguments,
    ...pick('commit', expectations.commit ?? manifest?.commit),
    ...pick('projectVersion', expectations.projectVersion ?? manifest?.projectVersion),
    ...pick('hadoopVersion', expectations.hadoopVersion ?? manifest?.hadoopVersion),
  };
}

function pick<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  return (value === undefined ? {} : {[key]: value}) as Partial<Record<K, string>>;
}

/** A tag without the block copies all its scripts, whatever was built: nothing can be said there. */
function findAbsentScripts(manifest: Manifest | undefined): readonly string[] {
  if (manifest === undefined) return [];
  const {status, kept, removed} = manifest.undelete;
  if (removed !== undefined) return removed;
  if (status === 'nothing') return [];
  return featureScripts.map(({path}) => path).filter((path) => !kept.includes(path));
}

function findContradictions(manifest: Manifest, expectations: Expectations): readonly string[] {
  const {commit, deps, features} = expectations;
  const differs = (name: string, is: string, want: string | undefined): readonly string[] =>
    want === undefined || is === want ? [] : [`the manifest names ${name} ${is}, not ${want}`];
  const sorted = (list: readonly string[]): string => [...list].sort().join(' and ') || 'none';
  return [
    ...differs('commit', manifest.commit, commit),
    ...differs('deps', manifest.deps, deps),
    ...differs('features', sorted(manifest.features), features === undefined ? undefined : sorted(features)),
  ];
}

function renderManifest({release, features, deps, dependencies, finishedAt}: Manifest): string {
  const against = dependencies === 'none' ? '' : `, compiled against dependencies "${dependencies}"`;
  return `${release} with ${features.join(' and ') || 'no features'}, ${deps}${against}, made ${finishedAt}`;
}

/** It has two lines. */
const releaseLimitBytes = 64 * 1024;

async function readRelease(dist: string): Promise<ReleaseFile | undefined> {
  try {
    return parseRelease((await readRegular(join(dist, 'RELEASE'), releaseLimitBytes)).toString('utf8'));
  } catch {
    return undefined; // The check says what RELEASE lacks; that it is not a file, the list of files says.
  }
}

async function assertFolder(dist: string): Promise<void> {
  const problem = await stat(dist).then(
    (entry) => (entry.isDirectory() ? undefined : 'is a file, not a folder'),
    (error: unknown) =>
      hasErrorCode(error, 'ENOENT', 'ENOTDIR') ? 'is not there' : `cannot be read: ${describeError(error)}`,
  );
  if (problem !== undefined)
    throw new UsageError(
      `The dist ${dist} ${problem}.`,
      'Name the folder of a dist, such as dist-cdh5.7.0-nodeps.',
    );
}
