// Tells of each jar of a dist which artifact it is, and of one that was packed from others which went into it. Pure.
import {posix} from 'node:path';
import type {JarEntry} from '../distribution/jar.ts';
import {isPacked, type Artifact, type Resolved} from './resolved.ts';
import type {Coordinates} from './versions-inside.ts';

/** What was read of one jar. */
export interface JarContent {
  /** In the dist. */
  readonly path: string;
  readonly sha256: string;
  readonly entries: readonly JarEntry[];
  /** Of all pom.properties in it. */
  readonly poms: readonly Coordinates[];
}

export interface PackedArtifact {
  readonly artifact: Artifact;
  /**
   * same: classes of it are there as they were · changed: under their names, with other content · moved: under other
   * names · named: it has no classes that could be looked for, or only its pom.properties tells of it.
   */
  readonly how: 'same' | 'changed' | 'moved' | 'named';
}

export interface JarOrigin {
  readonly path: string;
  readonly sha256: string;
  /** Absent: nothing says what it is. */
  readonly artifact?: Artifact | undefined;
  /** How that is known. */
  readonly by: 'checksum' | 'module' | 'pom.properties' | 'name';
  readonly packed: readonly PackedArtifact[];
}

/** @returns In the order of the jars. */
export function findOrigins(jars: readonly JarContent[], resolved: Resolved): readonly JarOrigin[] {
  const bySum = new Map<string, Artifact>();
  for (const artifact of resolved.artifacts.values())
    if (artifact.sha256 !== undefined) bySum.set(artifact.sha256, artifact);
  return jars.map((jar) => findOrigin(jar, resolved, bySum));
}

function findOrigin(jar: JarContent, resolved: Resolved, bySum: ReadonlyMap<string, Artifact>): JarOrigin {
  const {path, sha256} = jar;
  const same = bySum.get(sha256);
  const module = findModule(jar, resolved);
  if (module !== undefined) {
    const packed = findPacked(jar, module, resolved);
    // A module's own jar that holds nothing else is known by its checksum as well.
    return {path, sha256, artifact: findOwn(module, resolved) ?? same, by: 'module', packed};
  }
  if (same !== undefined) return {path, sha256, artifact: same, by: 'checksum', packed: []};
  return guessOrigin(jar, resolved);
}

/** The module that packed it: of those whose pom.properties it holds, the one that resolved all others. */
function findModule({poms}: JarContent, {modules}: Resolved): string | undefined {
  const own = poms
    .map(({groupId, artifactId, version}) => `${groupId}:${artifactId}:${version}`)
    .filter((name) => modules.has(name));
  const countOthers = (name: string): number => {
    const members = [...(modules.get(name)?.keys() ?? [])].map(toModule);
    return own.filter((other) => members.includes(other)).length;
  };
  return own
    .map((name) => ({name, others: countOthers(name)}))
    .sort((one, other) => other.others - one.others || (one.name < other.name ? -1 : 1))[0]?.name;
}

/** `group:name:type:classifier:version` → `group:name:version` */
function toModule(key: string): string {
  const [group = '', name = '', , , version = ''] = key.split(':');
  return `${group}:${name}:${version}`;
}

function findOwn(module: string, {artifacts}: Resolved): Artifact | undefined {
  return [...artifacts].find(([key, {type}]) => type !== 'pom' && toModule(key) === module)?.[1];
}

function findPacked(
  jar: JarContent,
  module: string,
  {artifacts, modules}: Resolved,
): readonly PackedArtifact[] {
  const contents = new Map<string, Set<number>>();
  const tails = new Set<string>();
  for (const {name, crc32} of jar.entries) {
    if (!name.endsWith('.class')) continue;
    contents.set(name, (contents.get(name) ?? new Set()).add(crc32));
    tails.add(findTail(name));
  }
  const named = new Set(jar.poms.map(({groupId, artifactId}) => `${groupId}:${artifactId}`));
  return [...(modules.get(module) ?? [])].flatMap(([key, scope]) => {
    const artifact = artifacts.get(key);
    if (artifact === undefined || !isPacked(scope) || artifact.type === 'pom') return [];
    const isNamed = named.has(`${artifact.group}:${artifact.name}`);
    const how = judge(artifact, contents, tails) ?? (isNamed ? 'named' : undefined);
    return how === undefined ? [] : [{artifact, how}];
  });
}

function judge(
  {classes}: Artifact,
  contents: ReadonlyMap<string, ReadonlySet<number>>,
  tails: ReadonlySet<string>,
): PackedArtifact['how'] | undefined {
  const all = [...classes];
  if (all.some(([name, crc]) => contents.get(name)?.has(crc) === true)) return 'same';
  if (all.some(([name]) => contents.has(name))) return 'changed';
  return all.some(([name]) => tails.has(findTail(name))) ? 'moved' : undefined;
}

/** What stays of a class's name when its package is moved below another: the last two folders and the class. */
function findTail(name: string): string {
  return name.split('/').slice(-3).join('/');
}

/** Without Maven's own word: by the pom.properties that it holds, or by its name. */
function guessOrigin({path, sha256, poms}: JarContent, {artifacts}: Resolved): JarOrigin {
  const base = posix.basename(path, '.jar');
  const own = poms.find(({artifactId, version}) => base === `${artifactId}-${version}`) ?? poms[0];
  if (own === undefined) {
    const [, name, version] = /^(.+?)-(\d.*)$/.exec(base) ?? [];
    const guessed = makeArtifact({groupId: '', artifactId: name ?? base, version: version ?? ''});
    return {path, sha256, artifact: guessed, by: 'name', packed: []};
  }
  const isOwn = base === `${own.artifactId}-${own.version}`;
  const known = (pom: Coordinates): Artifact =>
    artifacts.get(`${pom.groupId}:${pom.artifactId}:jar::${pom.version}`) ?? makeArtifact(pom);
  const others = poms.filter((pom) => !isOwn || pom !== own);
  const packed = others.map(known);
  return {
    path,
    sha256,
    artifact: isOwn ? known(own) : makeArtifact({groupId: '', artifactId: base, version: ''}),
    by: isOwn ? 'pom.properties' : 'name',
    packed: packed.map((artifact) => ({artifact, how: 'named'})),
  };
}

function makeArtifact({groupId, artifactId, version}: Coordinates): Artifact {
  return {
    ...{group: groupId, name: artifactId, version, type: 'jar'},
    licences: [],
    classes: new Map(),
  };
}
