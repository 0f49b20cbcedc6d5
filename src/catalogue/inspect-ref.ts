// Derives the facts of one ref from its files. Does not know git: it is handed a way to read them.
import {UsageError} from '../core/errors.ts';
import {findParentCdh, isClouderaParent, readCapabilities, type ReadFile} from './capabilities.ts';
import type {MavenCoordinates, RefFacts} from './ref-facts.ts';
import {parsePom, resolveProperties, type ParsePom, type Pom} from '../maven/pom.ts';
import {readUndeleteRules} from './removal.ts';
import {checkLineEnds, parseScript} from './script.ts';

export type {ReadFile} from './capabilities.ts';

/** Newest last: what a CDH of this version and later has. Source: the tags of Cloudera's Hive, and its published version lists. */
const platforms = [
  {from: [5, 0, 0], hadoop: '2.3.0', hive: '0.12.0'},
  {from: [5, 2, 0], hadoop: '2.5.0', hive: '0.13.1'},
  {from: [5, 4, 0], hadoop: '2.6.0', hive: '1.1.0'},
  {from: [6, 0, 0], hadoop: '3.0.0', hive: '2.1.1'},
] as const;

const scripts = ['make-distribution.sh', 'dev/make-distribution.sh'] as const;

/**
 * @param ref As it was named, and its commit.
 * @param parse One that remembers, where others read these poms too.
 * @throws UsageError naming the missing file when this is not a Spark source.
 */
export async function inspectRef(
  readFile: ReadFile,
  ref: {readonly tag: string; readonly commit: string},
  parse: ParsePom = parsePom,
): Promise<RefFacts> {
  const rootText = await requireFile(readFile, 'pom.xml', ref.tag);
  const root = parse(rootText, 'pom.xml');
  if (!/^spark-parent(_|$)/.test(root.artifactId)) {
    throw new UsageError(
      `${ref.tag} is not a Spark source: its pom.xml is that of ${root.artifactId}.`,
      'Name a ref of a Spark source; `build-spark releases` lists those of Cloudera.',
    );
  }
  const {script, text: scriptText} = await readScript(readFile, ref.tag);
  const projectVersion = resolveProperties(root.version ?? root.parent?.version ?? '', root.properties);
  const sparkVersion = /^\d+\.\d+\.\d+/.exec(projectVersion)?.[0];
  if (sparkVersion === undefined) {
    throw new UsageError(
      `${ref.tag} is not a Spark source that we know: the version in its pom.xml is "${projectVersion}".`,
      'Name another ref.',
    );
  }
  const property = (name: string): string | undefined => resolveKnown(`\${${name}}`, root.properties);
  const scalaBinary = property('scala.binary.version') ?? /_(\d+\.\d+)$/.exec(root.artifactId)?.[1] ?? '2.10';
  const reactor = await readReactor(readFile, root, parse);
  const profileIds = (path: string): readonly string[] =>
    reactor.get(path)?.profiles.map((profile) => profile.id) ?? [];
  const platform = findPlatform(root.parent);
  const cdhVersion = /-cdh(\d+\.\d+\.\d+(?:-beta-\d+)?)/.exec(projectVersion)?.[1];
  const hadoopVersion = property('hadoop.version') ?? platform?.hadoop;
  const hiveVersion = property('hive.version') ?? platform?.hive;
  const scalaVersion = property('scala.version');
  const input = {root, sparkVersion, readFile};
  return {
    tag: ref.tag,
    commit: ref.commit,
    cdhVersion,
    sparkVersion,
    projectVersion,
    parent: root.parent,
    hadoopVersion,
    hiveVersion,
    javaVersion: property('java.version') ?? '1.8',
    scalaVersion,
    scalaBinary,
    mavenMinimum: resolveKnown(root.mavenMinimum ?? '', root.properties) ?? '3.0.0',
    script,
    ...parseScript(scriptText, await readUndeleteRules()),
    profiles: unique([...profileIds('pom.xml'), ...profileIds('assembly/pom.xml')]),
    providedProfiles: unique(
      [...reactor.keys()].flatMap(profileIds).filter((id) => id.endsWith('-provided')),
    ).toSorted(),
    ...listNeededProfiles(root, reactor, scriptText),
    hasHiveProfile: ['pom.xml', 'assembly/pom.xml', 'sql/hive/pom.xml'].some((path) =>
      profileIds(path).includes('hive'),
    ),
    ...(await readCapabilities(input)),
  };
}

async function requireFile(readFile: ReadFile, path: string, tag: string): Promise<string> {
  const text = await readFile(path);
  if (text !== undefined) return text;
  throw new UsageError(
    `${tag} is not a Spark source: it has no ${path}.`,
    'Name a ref of a Spark source; `build-spark releases` lists those of Cloudera.',
  );
}

async function readScript(
  readFile: ReadFile,
  tag: string,
): Promise<{readonly script: RefFacts['script']; readonly text: string}> {
  for (const script of scripts) {
    const text = await readFile(script);
    if (text === undefined) continue;
    checkLineEnds(text, script, tag);
    return {script, text};
  }
  throw new UsageError(
    `${tag} is not a Spark source that can be built: it has neither ${scripts.join(' nor ')}.`,
    'Name another ref; Spark has the script since 0.8.',
  );
}

/** Every pom that the root's module lists, or any profile's, lead to, by its path; the root's own first. */
async function readReactor(
  readFile: ReadFile,
  root: Pom,
  parse: ParsePom,
): Promise<ReadonlyMap<string, Pom>> {
  const poms = new Map<string, Pom>([['pom.xml', root]]);
  let level = [{folder: '', pom: root}];
  while (level.length > 0) {
    const paths = level.flatMap(({folder, pom}) =>
      unique([...pom.modules, ...pom.profiles.flatMap((profile) => profile.modules)]).map(
        (module) => `${folder}${module}/`,
      ),
    );
    const fresh = unique(paths).filter((folder) => !poms.has(`${folder}pom.xml`));
    const found = await Promise.all(
      fresh.map(async (folder) => ({folder, text: await readFile(`${folder}pom.xml`)})),
    );
    level = [];
    for (const {folder, text} of found) {
      if (text === undefined) continue; // A profile may name a module that this tag no longer has.
      const pom = parse(text, `${folder}pom.xml`);
      poms.set(`${folder}pom.xml`, pom);
      level.push({folder, pom});
    }
  }
  return poms;
}

/** Profiles without which the assembly's own dependencies (`flume` of Spark 2.4), or what the script copies, are not built. */
function listNeededProfiles(
  root: Pom,
  reactor: ReadonlyMap<string, Pom>,
  scriptText: string,
): {readonly neededProfiles?: readonly string[]} {
  const withoutScala = (artifactId: string): string => artifactId.replace(/_[^_]*$/, '');
  const wanted = new Set(
    reactor.get('assembly/pom.xml')?.dependencies.map(({artifactId}) => withoutScala(artifactId)),
  );
  // Not within an `if`: what is copied only where it was built.
  const copied = [...scriptText.matchAll(/^cp [^\n]*?(external\/[\w-]+)\//gm)].map(([, module]) => module);
  const neededProfiles = root.profiles
    .filter(({modules}) =>
      modules.some((module) => {
        const artifactId = reactor.get(`${module}/pom.xml`)?.artifactId;
        const isWanted = artifactId !== undefined && wanted.has(withoutScala(artifactId));
        return !root.modules.includes(module) && (isWanted || copied.includes(module));
      }),
    )
    .map(({id}) => id);
  return neededProfiles.length === 0 ? {} : {neededProfiles};
}

/** @returns Versions as `2.6.0-cdh5.7.0`; undefined where the parent is not Cloudera's or hides which CDH it is. */
function findPlatform(parent: MavenCoordinates | undefined): {hadoop: string; hive: string} | undefined {
  const version = findParentCdh(parent);
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(version ?? '');
  if (!isClouderaParent(parent) || version === undefined || match === null) return undefined;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  const row = platforms.findLast(({from}) => major > from[0] || (major === from[0] && minor >= from[1]));
  if (row === undefined) return undefined;
  // The one beta of CDH 5 had an older Hadoop than 5.0.0.
  const hadoop = version === '5.0.0-beta-2' ? '2.2.0' : row.hadoop;
  return {hadoop: `${hadoop}-cdh${version}`, hive: `${row.hive}-cdh${version}`};
}

function resolveKnown(value: string, properties: Readonly<Record<string, string>>): string | undefined {
  const resolved = resolveProperties(value, properties);
  return resolved === '' || resolved.includes('${') ? undefined : resolved;
}

function unique<T>(items: readonly T[]): readonly T[] {
  return [...new Set(items)];
}
