// The format of the Maven cache: sets say which artifact lies where in a local repository and whose it is. Pure but for
// reading and writing one set; knows no guest.
import {createHash} from 'node:crypto';
import {mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from '../core/schema.ts';
import {UsageError} from '../core/errors.ts';
import {readJsonFile, writeJsonFile} from '../core/files.ts';
import {readNames} from '../core/presence.ts';

/** Within a local repository, without `.`, `..` and anything that is not of Maven's alphabet. */
const pathPattern = /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[\w.+~@-]+(?:\/[\w.+~@-]+){3,}$/;

/** `<group…>/<artifact>/<version>/<artifact>-<version>…`: no note of Maven's own, which decides what it trusts. */
function isArtifactPath(path: string): boolean {
  if (path.length > 1000 || !pathPattern.test(path)) return false;
  const [artifact = '', version = '', file = ''] = path.split('/').slice(-3);
  return file.startsWith(`${artifact}-${version}`);
}

const pathSchema = z.string().refine(isArtifactPath, 'is not the path of an artifact');
/** Id of the repository it came from, as Maven notes it beside the file. */
const repositorySchema = z.string().regex(/^[\w.-]{1,100}$/);

const offerSchema = z.object({
  path: pathSchema,
  repository: repositorySchema,
  /** As that repository gave it, according to the guest. */
  sha1: z.string().regex(/^[0-9a-f]{40}$/),
});

const artifactSchema = z.object({
  path: pathSchema,
  repository: repositorySchema,
  /** Of the content: its name in the cache. Not SHA-1, for which two files of one checksum can be made. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().nonnegative(),
});

/** The domain of Cloudera's own releases, whose artifacts are given to all builds. */
export const releasesDomain = 'releases';
export const sampleDomain = 'sample';

const setSchema = z.object({
  formatVersion: z.literal(2),
  /** Whose builds it came from, and who else is given it: src/recipe/trust-domain.ts. */
  domain: z.string(),
  /** Which addresses the ids of the repositories stood for: sets of different origins are never mixed. */
  origin: z.string(),
  artifacts: z.array(artifactSchema),
  /** Whether a build with a smoke query left it, which fetches more. */
  smoke: z.boolean().optional(),
});

/** A file that a guest offers to the cache. */
export type OfferedArtifact = Readonly<z.infer<typeof offerSchema>>;
export type MavenArtifact = Readonly<z.infer<typeof artifactSchema>>;

/** What one kind of build found in its local repository when it had ended well. */
export interface MavenSet {
  readonly domain: string;
  readonly origin: string;
  readonly artifacts: readonly MavenArtifact[];
  readonly smoke?: boolean | undefined;
}

/** What `renderSetName` makes: `<build>-<domain>-<origin>`. */
export const setNamePattern = /^[a-z0-9][\w.-]*-(?:releases|sample|[0-9a-f]{16})-[0-9a-f]{8}$/i;

export function parseOffer(value: unknown): OfferedArtifact | undefined {
  const result = offerSchema.safeParse(value);
  return result.success ? result.data : undefined;
}

/**
 * Who stands behind the ids of the repositories: the mirrors and repositories of settings.xml, without their order.
 * Another address under an id that we know, or the operator's own file, is another origin. What the source's own poms
 * name is told apart by the domain.
 */
export function findOrigin(settingsXml: string): string {
  const ours = [
    ...settingsXml.matchAll(
      /<(mirror|repository|pluginRepository)><id>([^<]*)<\/id>(?:<mirrorOf>[^<]*<\/mirrorOf>)?<url>([^<]*)<\/url>(?:<releases>.*?<\/releases>)?<\/\1>/g,
    ),
  ];
  // The operator may have begun with a copy of ours.
  const isOurs =
    settingsXml.includes('Written by build-spark') &&
    ours.length === [...settingsXml.matchAll(/<(?:mirror|repository|pluginRepository)[\s>]/g)].length;
  const addresses = ours.map(([, , id = '', url = '']) => `${id} ${url}`);
  const text = isOurs ? [...new Set(addresses)].sort().join('\n') : settingsXml;
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

export function renderSetName(build: string, domain: string, origin: string): string {
  return `${build.replaceAll(/[^\w.-]/g, '-').slice(0, 150)}-${domain}-${origin}`;
}

export const setsFolder = (maven: string): string => join(maven, 'builds');
export const filesFolder = (maven: string): string => join(maven, 'files');

export function planSetFile(maven: string, name: string): string {
  return join(setsFolder(maven), `${name}.json`);
}

export function planFilePath(maven: string, sha256: string): string {
  return join(filesFolder(maven), sha256);
}

/** @returns undefined when there is none; a damaged one is removed, since all in it can be fetched again. */
export async function readSet(maven: string, name: string): Promise<MavenSet | undefined> {
  const file = planSetFile(maven, name);
  try {
    return await readJsonFile(file, setSchema, 'The list of Maven artifacts');
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    await rm(file, {force: true});
    return undefined;
  }
}

/** @returns undefined for what is no list of ours. */
export function parseSet(text: string): MavenSet | undefined {
  const result = setSchema.safeParse(JSON.parse(text));
  return result.success ? result.data : undefined;
}

export async function writeSet(maven: string, name: string, set: MavenSet): Promise<void> {
  await mkdir(setsFolder(maven), {recursive: true});
  await writeJsonFile(planSetFile(maven, name), {formatVersion: 2, ...set});
}

/** Names of all sets. */
export async function listSets(maven: string): Promise<readonly string[]> {
  const names = await readNames(setsFolder(maven));
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .filter((name) => setNamePattern.test(name));
}

/**
 * The set to send: the build's own; else, of this origin alone, one of its domain; else one that Cloudera's releases
 * left. Of several that of the build whose name begins most alike, as releases of one line do, and before all others
 * one whose dependencies were of the same kind: one without Cloudera's parent has next to nothing that a CDH needs.
 */
export function findSeed(
  names: readonly string[],
  {name, domain, origin}: {readonly name: string; readonly domain: string; readonly origin: string},
): string | undefined {
  if (names.includes(name)) return name;
  const kind = findKind(name);
  const common = (other: string): number => {
    let length = 0;
    while (length < other.length && other[length] === name[length]) length += 1;
    return length;
  };
  for (const giver of [domain, releasesDomain]) {
    const [seed] = names
      .filter((other) => other.endsWith(`-${giver}-${origin}`))
      .map((other) => ({other, length: common(other), isAlike: findKind(other) === kind}))
      .sort(
        (a, b) =>
          Number(b.isAlike) - Number(a.isAlike) || b.length - a.length || (a.other < b.other ? 1 : -1),
      );
    if (seed !== undefined) return seed.other;
  }
  return undefined;
}

/**
 * The set of just this build, wherever its artifacts were fetched from: who opens no connection can ask no other place.
 * Of several that of the build's own origin.
 */
export function findOwnSet(
  names: readonly string[],
  {name, origin}: {readonly name: string; readonly origin: string},
): string | undefined {
  if (names.includes(name)) return name;
  const stem = name.slice(0, -origin.length);
  return names.find((other) => other.startsWith(stem) && other.length === name.length);
}

function findKind(name: string): string | undefined {
  return /-(none|apache|cloudera)(?:-tests)?-[^-]+-[^-]+$/.exec(name)?.[1];
}

/** Maven's own note of where each file came from; without it a file counts as installed here. By path. */
export function renderRemoteNotes(artifacts: readonly MavenArtifact[]): ReadonlyMap<string, string> {
  const lines = new Map<string, string[]>();
  for (const {path, repository} of artifacts) {
    const slash = path.lastIndexOf('/');
    const note = `${path.slice(0, slash)}/_remote.repositories`;
    lines.set(note, [...(lines.get(note) ?? []), `${path.slice(slash + 1)}>${repository}=`]);
  }
  return new Map([...lines].map(([note, list]) => [note, `${list.join('\n')}\n`]));
}
