// The data of patches/: versions by CDH line, edits, bridges, scripts, patches of the source. Reads it; decides nothing.
import {readdir, readFile} from 'node:fs/promises';
import {join, relative} from 'node:path';
import {z} from '../core/schema.ts';
import {replacementSchema} from './edits.ts';
import type {MavenCoordinates} from './pom.ts';
import {readSourcePatches, type SourcePatch} from './source-patches.ts';

const coordinates = z.object({groupId: z.string(), artifactId: z.string(), version: z.string()});

const bridgeSchema = z.object({
  ...coordinates.shape,
  /** Written into the parent pom's dependencyManagement; may name a property of Spark's. */
  scope: z.string(),
  /** Folder of Java sources, under patches/dependencies. */
  sources: z.string(),
  compileAgainst: z.array(coordinates),
});

const compiledSchema = z.object({
  /** Option `--<source>-source` names another repository. */
  source: z.string(),
  repository: z.string(),
  tag: z.string(),
  groupId: z.string(),
  /** That its root pom has at this tag, and as which it is installed. */
  version: z.string(),
  /** What is wanted; Maven adds what these need of the others. */
  modules: z.array(z.string()),
  /** Of Maven, besides. */
  arguments: z.array(z.string()),
  /** Of its own source. */
  edits: z.array(z.string()),
});

const lineSchema = z.object({
  /** `groupId:artifactId` of the pom that is stood in for. */
  parent: z.string(),
  /** For `@CDH@`, where the version of that pom is not that of a CDH. */
  cdh: z.string().optional(),
  /** Tags that were really built with these values. */
  proven: z.array(z.string()),
  versions: z.record(
    z.string(),
    z.tuple([z.string(), z.enum(['certain', 'inferred', 'substitute', 'guess'])]),
  ),
  /** What the parent's dependencyManagement must say besides. */
  managed: z.array(coordinates),
  bridges: z.array(z.string()),
  /** Keys of `compiled`: dependencies that are compiled in the machine first. */
  compiled: z.array(z.string()).default([]),
  /** Of Maven, besides. */
  arguments: z.array(z.string()).default([]),
  /** What is nowhere to be had and nothing is compiled against: an empty jar each. */
  empty: z.array(coordinates).default([]),
  /** What a `provided` dist needs for the smoke query besides what the poms say, each without what it depends on. */
  classPath: z.array(coordinates).default([]),
  edits: z.array(z.string()),
});

const repositoriesSchema = z.object({
  /** Where Cloudera's repository is today, and by which ids the poms of CDH name its old address. */
  cloudera: z.object({url: z.string(), ids: z.array(z.string())}),
  /** Ids in Spark's poms whose repositories are gone or want a login: asked at Maven Central instead. */
  closed: z.array(z.string()),
});

const versionsSchema = z.object({
  formatVersion: z.literal(1),
  about: z.string(),
  repositories: repositoriesSchema,
  bridges: z.record(z.string(), bridgeSchema),
  compiled: z.record(z.string(), compiledSchema),
  lines: z.record(z.string(), lineSchema),
});

const editsSchema = z.object({
  formatVersion: z.literal(1),
  about: z.string(),
  both: z.array(z.string()),
  edits: z.record(z.string(), replacementSchema),
});

export type Bridge = Readonly<z.infer<typeof bridgeSchema>>;
export type StandInLine = Readonly<z.infer<typeof lineSchema>>;

type Repositories = Readonly<z.infer<typeof repositoriesSchema>>;

export interface StandIn {
  readonly repositories: Repositories;
  readonly bridges: Readonly<Record<string, Bridge>>;
  readonly compiled: Readonly<Record<string, Readonly<z.infer<typeof compiledSchema>>>>;
  readonly lines: Readonly<Record<string, StandInLine>>;
  readonly edits: Readonly<Record<string, Readonly<z.infer<typeof replacementSchema>>>>;
  /** Ids of those that are needed with Cloudera's own dependencies too. */
  readonly editsOfBoth: readonly string[];
  /** Those of patches/thriftserver, which are needed with either kind of dependencies. */
  readonly patches: readonly SourcePatch[];
  /** Java sources by bridge name: their text by their path below `src/main/java`. */
  readonly sources: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Text of install.sh, which runs in the guest. */
  readonly installScript: string;
}

/** @param root The checkout, or the folder of the installed package. Throws what zod or the disk throws: our own bug. */
export async function readStandIn(root: string): Promise<StandIn> {
  const folder = join(root, 'patches', 'dependencies');
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  const {repositories, bridges, compiled, lines} = versionsSchema.parse(
    JSON.parse(await read('versions.json')),
  );
  const {both, edits} = editsSchema.parse(JSON.parse(await read('edits.json')));
  const sources = await Promise.all(
    Object.entries(bridges).map(
      async ([name, bridge]) => [name, await readTexts(join(folder, bridge.sources))] as const,
    ),
  );
  return {
    repositories,
    bridges,
    compiled,
    lines,
    edits,
    editsOfBoth: both,
    patches: await readSourcePatches(root),
    sources: Object.fromEntries(sources),
    installScript: await read('install.sh'),
  };
}

/** `@CDH@` in a text of the data stands for the CDH that a source is compiled against, such as 5.13.3. */
export function fillCdh(text: string, {cdh}: StandInLine, parent: MavenCoordinates | undefined): string {
  return text.replaceAll('@CDH@', cdh ?? parent?.version ?? '');
}

async function readTexts(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true});
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(
    files.sort().map(async (file) => [relative(folder, file), await readFile(file, 'utf8')] as const),
  );
  return Object.fromEntries(texts);
}
