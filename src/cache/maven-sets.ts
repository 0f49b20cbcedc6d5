// The format of the Maven cache: sets say which artifact lies where in a local repository and whose it is. Pure but for
// reading and writing one set; knows no guest.
import {createHash} from 'node:crypto';
import {mkdir, readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from '../core/schema.ts';
import {hasErrorCode, UsageError} from '../core/errors.ts';
import {readJsonFile, writeJsonFile} from '../core/files.ts';

/** Within a local repository, without `.`, `..` and anything that is not of Maven's alphabet. */
const pathPattern = /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[\w.+~@-]+(?:\/[\w.+~@-]+)+$/;

const artifactSchema = z.object({
  path: z.string().regex(pathPattern),
  /** Id of the repository it came from, as Maven notes it beside the file. */
  repository: z.string().regex(/^[\w.-]+$/),
  /** As that repository gave it. */
  sha1: z.string().regex(/^[0-9a-f]{40}$/),
  bytes: z.int().nonnegative(),
});

const setSchema = z.object({
  formatVersion: z.literal(1),
  /** Which addresses the ids of the repositories stood for: sets of different origins are never mixed. */
  origin: z.string(),
  artifacts: z.array(artifactSchema),
});

export type MavenArtifact = Readonly<z.infer<typeof artifactSchema>>;

/** What one kind of build found in its local repository when it had ended well. */
export interface MavenSet {
  readonly origin: string;
  readonly artifacts: readonly MavenArtifact[];
}

/** What `setName` makes: `<build>-<origin>`. */
export const setNamePattern = /^[a-z0-9][\w.-]*-[0-9a-f]{8}$/i;

export function parseArtifact(value: unknown): MavenArtifact | undefined {
  const result = artifactSchema.safeParse(value);
  return result.success ? result.data : undefined;
}

/**
 * Who stands behind the ids of the repositories: the mirrors of settings.xml, without their order.
 * Another address under an id that we know, or the operator's own file, is another origin.
 */
export function findOrigin(settingsXml: string): string {
  const mirrors = [...settingsXml.matchAll(/<mirror><id>([^<]*)<\/id>.*?<url>([^<]*)<\/url><\/mirror>/g)].map(
    ([, id = '', url = '']) => `${id} ${url}`,
  );
  const isOurs = settingsXml.includes('Written by build-spark');
  const text = isOurs ? [...new Set(mirrors)].sort().join('\n') : settingsXml;
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

export function renderSetName(build: string, origin: string): string {
  return `${build.replaceAll(/[^\w.-]/g, '-')}-${origin}`;
}

export const setsFolder = (maven: string): string => join(maven, 'sets');
export const objectsFolder = (maven: string): string => join(maven, 'objects');

export function planSetFile(maven: string, name: string): string {
  return join(setsFolder(maven), `${name}.json`);
}

export function planObjectPath(maven: string, sha1: string): string {
  return join(objectsFolder(maven), sha1);
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

export async function writeSet(maven: string, name: string, {origin, artifacts}: MavenSet): Promise<void> {
  await mkdir(setsFolder(maven), {recursive: true});
  await writeJsonFile(planSetFile(maven, name), {formatVersion: 1, origin, artifacts});
}

/** Names of all sets. */
export async function listSets(maven: string): Promise<readonly string[]> {
  const names = await readdir(setsFolder(maven)).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return [];
    throw error;
  });
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .filter((name) => setNamePattern.test(name));
}

/**
 * The set to send: the build's own; else, of this origin alone, that of the build whose name begins most alike, as
 * releases of one line do, and before all others one whose dependencies were of the same kind: the sample's set has
 * next to nothing that a real Spark needs.
 */
export function findSeed(names: readonly string[], name: string): string | undefined {
  if (names.includes(name)) return name;
  const origin = name.slice(-8);
  const kind = findKind(name);
  const common = (other: string): number => {
    let length = 0;
    while (length < other.length && other[length] === name[length]) length += 1;
    return length;
  };
  return names
    .filter((other) => other.endsWith(`-${origin}`))
    .map((other) => ({other, length: common(other), isAlike: findKind(other) === kind}))
    .sort(
      (a, b) => Number(b.isAlike) - Number(a.isAlike) || b.length - a.length || (a.other < b.other ? 1 : -1),
    )[0]?.other;
}

function findKind(name: string): string | undefined {
  return /-(none|apache|cloudera)(?:-tests)?-[^-]+$/.exec(name)?.[1];
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
