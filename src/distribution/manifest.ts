// Owns manifest.json and SHA256SUMS: what a dist is, what it was made from and by, and the hash of every file.
import {createHash} from 'node:crypto';
import {join} from 'node:path';
import {z} from '../core/schema.ts';
import {BuildError, hasErrorCode, UsageError} from '../core/errors.ts';
import {checkJson} from '../core/files.ts';
import {isInnerLink, isPlainPath} from '../core/inner-paths.ts';
import {createRedactor, redactDeep} from '../core/redact.ts';
import {readRegular} from '../core/regular-file.ts';
import {definitionSchema, hashInputs, inputsSchema, sha256Schema} from './fingerprint.ts';
import {hashFiles, listFolder} from './folder-listing.ts';
import {writeOwn} from './own-files.ts';
import {parseSums, renderSums, type Sum} from './sums.ts';

export const manifestName = 'manifest.json';
export const sumsName = 'SHA256SUMS';
/** Which jars are in it, and what is in them; a file as any other to the manifest. */
export const sbomName = 'sbom.cdx.json';
/** Who built it from what. It names the manifest's hash, so the manifest cannot name its: SHA256SUMS does. */
export const statementName = 'provenance.intoto.json';
/** The signature over it. In neither list: a dist may be signed later, or by another key. */
export const signatureName = 'provenance.dsse.json';
/** What says something of the dist and is not of what was built: the manifest lists none of them. */
export const aboutNames: readonly string[] = [manifestName, sumsName, statementName, signatureName];
const formatVersion = 1;
/** Of a million files; a dist has some 2,000. */
const limitBytes = 256 * 1024 ** 2;

const count = z.number().nonnegative();
const pathSchema = z.string().refine(isPlainPath, 'is not a path inside the dist');

const undeleteSchema = z.object({
  status: z.enum(['edited', 'nothing']),
  /** Of the scripts that the tag's block removes: those that this build kept. */
  kept: z.array(z.string()),
  /** …and those that it let the block remove, so that they must not be in the dist. */
  removed: z.array(z.string()).optional(),
  /** Of undelete.patch. */
  sha256: sha256Schema.optional(),
});

/** All but the files; the inputs come first. */
const manifestFactsSchema = inputsSchema.extend({
  /** Version of build-spark. */
  toolVersion: z.string(),
  /** `cdh5.7.0` */
  release: z.string(),
  /** What RELEASE must name: `1.6.0-cdh5.7.0`. */
  projectVersion: z.string().optional(),
  /** Likewise, as this build was told: `2.6.0` with Apache's dependencies. */
  hadoopVersion: z.string().optional(),
  label: z.string().optional(),
  forcedUnsupported: z.boolean(),
  /** Absent in dists of older versions. */
  definition: definitionSchema.optional(),
  undelete: undeleteSchema,
  /** With --reproducible: the commit's date, in seconds since 1970, which all times in the dist are. */
  sourceDateEpoch: z.int().nonnegative().optional(),
  mavenOpts: z.string().optional(),
  /** Added to Maven's call that builds; the dist is the same without. */
  mavenOptions: z.array(z.string()).optional(),
  /** What was sent of the Maven cache before the build. */
  mavenCache: z.object({set: z.string(), files: count, bytes: count}).optional(),
  /** Artifact ids of modules that an earlier build of the same release compiled; absent where none could be shared. */
  restoredModules: z.array(z.string()).optional(),
  /** Answers of the smoke query, where one was run. */
  smoke: z.record(z.string(), z.unknown()).optional(),
  guest: z.object({
    os: z.string(),
    jdk: z.string(),
    maven: z.string(),
    packages: z.record(z.string(), z.string()),
  }),
  box: z.object({
    name: z.string(),
    checksum: z.string().optional(),
    /** Of a box that was built here: over its recipe. */
    recipeHash: z.string().optional(),
    /** Key of the golden box that the machine started from; absent when it was provisioned from the start. */
    golden: z.string().optional(),
    verified: z.boolean(),
  }),
  machine: z.object({provider: z.string(), memoryMib: count, cpus: count}),
  /** Milliseconds by step. */
  durations: z.record(z.string(), count),
  totalMs: count,
  peakMemoryBytes: count.optional(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
});

export const manifestSchema = z.object({
  formatVersion: z.literal(formatVersion),
  ...manifestFactsSchema.shape,
  /** Over the inputs and the definition; two builds of one hash give the same. */
  inputsHash: sha256Schema.optional(),
  /** Every file but those that say something of it (`aboutNames`), sorted by path; `mode` in octal, such as `755`. */
  files: z.array(
    z.object({
      path: pathSchema,
      bytes: z.int().nonnegative(),
      /** Milliseconds since 1970; absent in dists of older versions. */
      mtimeMs: z.int().optional(),
      sha256: sha256Schema,
      mode: z.string().regex(/^[0-7]{1,4}$/),
    }),
  ),
  links: z.array(z.object({path: pathSchema, target: z.string()}).refine(isInnerLink, 'points outside')),
});

/** What a manifest of any format has. */
const headSchema = z.looseObject({formatVersion: z.unknown()});

export type ManifestFacts = z.infer<typeof manifestFactsSchema>;
export type Manifest = z.infer<typeof manifestSchema>;

export interface WriteManifestOptions {
  /** Takes secrets out of every text but the files' names. Default: those that have the shape of one. */
  readonly redact?: (text: string) => string;
  readonly signal?: AbortSignal | undefined;
  /** Makes the statement of a dist with this manifest. @param sha256 Of the manifest's text. */
  readonly renderStatement?: ((manifest: Manifest, sha256: string) => string) | undefined;
}

/**
 * Hashes every file of the folder, then writes manifest.json, the statement and SHA256SUMS into it.
 * @throws BuildError when the folder holds what no dist may hold, such as a link that points outside, or one of these.
 */
export async function writeManifest(
  dir: string,
  facts: ManifestFacts,
  {redact = createRedactor(), signal, renderStatement}: WriteManifestOptions = {},
): Promise<Manifest> {
  const listing = await listFolder(dir);
  const [strange] = listing.strange;
  if (strange !== undefined)
    throw new BuildError(
      `The dist cannot be recorded: ${strange}.`,
      'Look at what make-distribution.sh did, or which patch put it there.',
    );
  const files = await hashFiles(dir, listing.files, signal);
  const shown = redactDeep(facts, redact) as ManifestFacts;
  const manifest = manifestSchema.parse({
    formatVersion,
    ...shown,
    ...(shown.definition === undefined ? {} : {inputsHash: hashInputs(shown, shown.definition)}),
    files: files.map(({path, bytes, mtimeMs, sha256, mode}) => ({path, bytes, mtimeMs, sha256, mode})),
    links: listing.links,
  });
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
  await writeOwn(dir, manifestName, text);
  const self = {path: manifestName, sha256: hashText(text)};
  const statement = renderStatement?.(manifest, self.sha256);
  if (statement !== undefined) await writeOwn(dir, statementName, statement);
  const about = statement === undefined ? [] : [{path: statementName, sha256: hashText(statement)}];
  await writeOwn(dir, sumsName, renderSums([...files, self, ...about]));
  return manifest;
}

function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** @throws UsageError, naming the file and the remedy, when it is missing, damaged or of another format. */
export async function readManifest(dir: string): Promise<Manifest> {
  return (await readManifestText(dir)).manifest;
}

/** With the hash of its text, which SHA256SUMS has too. */
export async function readManifestText(
  dir: string,
): Promise<{readonly manifest: Manifest; readonly sha256: string}> {
  const path = join(dir, manifestName);
  try {
    const bytes = await readRegular(path, limitBytes);
    const value = parseJson(bytes.toString('utf8'), path);
    const head = checkJson(value, headSchema, path, 'The manifest');
    if (typeof head.formatVersion === 'number' && head.formatVersion !== formatVersion)
      throw new UsageError(
        `${path} is of format ${head.formatVersion}, written by build-spark ${typeof head.toolVersion === 'string' ? head.toolVersion : 'of another version'}; this one reads format ${formatVersion}.`,
        `Use that version, or build into another folder: --output <folder>`,
      );
    const manifest = checkJson(value, manifestSchema, path, 'The manifest');
    return {manifest, sha256: createHash('sha256').update(bytes).digest('hex')};
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) throw missing(dir);
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `${path} cannot be read: ${error instanceof Error ? error.message : ''}.`,
      `Look at it: ls -ld ${path}`,
      {cause: error},
    );
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UsageError(
      `The manifest ${path} is damaged: it is not JSON.`,
      `Look at it, then move it away: mv ${path} ${path}.damaged`,
      {cause: error},
    );
  }
}

function missing(dir: string): UsageError {
  return new UsageError(
    `${dir} has no ${manifestName}: it is not a dist that build-spark made, or it is incomplete.`,
    'Name the folder of a dist, or build it again.',
  );
}

/** @returns undefined when there is no SHA256SUMS, or it is not a file, or not of that format. */
export async function readSums(dir: string): Promise<readonly Sum[] | undefined> {
  const bytes = await readRegular(join(dir, sumsName), limitBytes).catch(() => undefined);
  return bytes === undefined ? undefined : parseSums(bytes.toString('utf8'));
}
