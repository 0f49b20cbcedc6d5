// Which versions of which libraries a side holds: by the pom.properties that Maven puts into jars, and where a jar has none,
// by its name.
import {posix} from 'node:path';
import {readEntry} from '../distribution/jar.ts';
import {findClassJars} from '../linking/dist-classes.ts';
import {isCoordinate} from './resolved.ts';
import type {Archive, Side} from './side.ts';

interface VersionDifference {
  /** `com.google.guava:guava`, or the name of a jar without its version. */
  readonly library: string;
  readonly left?: string;
  readonly right?: string;
}

export interface VersionComparison {
  readonly same: number;
  readonly differences: readonly VersionDifference[];
}

const propertiesLimitBytes = 64 * 1024;

/** @returns Versions by library, of the jars that Spark runs with. */
export async function readVersions({archives}: Side): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const jar of findClassJars([...archives.keys()])) {
    const archive = archives.get(jar);
    if (archive === undefined) continue;
    const poms = await readPoms(archive);
    for (const {groupId, artifactId, version} of poms) found.set(`${groupId}:${artifactId}`, version);
    const [, name, version] = /^(.+?)-(\d.*)\.jar$/.exec(posix.basename(jar)) ?? [];
    if (poms.length === 0 && name !== undefined && version !== undefined) found.set(name, version);
  }
  return found;
}

/** What the pom.properties in a jar say; those that cannot be read are left out. */
export async function readPoms({bytes, entries}: Archive): Promise<readonly Coordinates[]> {
  const poms: Coordinates[] = [];
  for (const entry of entries.filter(({name}) => isPomProperties(name))) {
    const text = await readEntry(bytes, entry, propertiesLimitBytes).catch(() => undefined);
    const coordinates = text === undefined ? undefined : parsePomProperties(text.toString('latin1'));
    if (coordinates !== undefined) poms.push(coordinates);
  }
  return poms;
}

function isPomProperties(name: string): boolean {
  return /^META-INF\/maven\/[^/]+\/[^/]+\/pom\.properties$/.test(name);
}

export interface Coordinates {
  readonly groupId: string;
  readonly artifactId: string;
  readonly version: string;
}

/** Pure. @returns undefined when one of the three is not there, or is not as Maven writes it. */
function parsePomProperties(text: string): Coordinates | undefined {
  const value = (key: string): string | undefined =>
    new RegExp(`^${key}[ \\t]*[=:][ \\t]*(\\S+)\\s*$`, 'm').exec(text)?.[1];
  const [groupId, artifactId, version] = [value('groupId'), value('artifactId'), value('version')];
  if (groupId === undefined || artifactId === undefined || version === undefined) return undefined;
  if (![groupId, artifactId, version].every(isCoordinate)) return undefined;
  return {groupId, artifactId, version};
}

/** Pure. */
export function compareVersions(
  left: ReadonlyMap<string, string>,
  right: ReadonlyMap<string, string>,
): VersionComparison {
  const libraries = [...new Set([...left.keys(), ...right.keys()])].sort();
  const differing = libraries.filter((library) => left.get(library) !== right.get(library));
  return {
    same: libraries.length - differing.length,
    differences: differing.map((library) => {
      const [ours, theirs] = [left.get(library), right.get(library)];
      return {
        library,
        ...(ours === undefined ? {} : {left: ours}),
        ...(theirs === undefined ? {} : {right: theirs}),
      };
    }),
  };
}
