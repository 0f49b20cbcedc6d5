// What a bundle holds, as its first two entries say. Pure; knows no file and no cache.
import {createHash} from 'node:crypto';
import {UsageError} from '../core/errors.ts';
import {z} from '../core/schema.ts';

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);
const commitSchema = z.string().regex(/^[0-9a-f]{40}$/);
/** Of a file or folder in a cache: never a path. */
const nameSchema = z.string().regex(/^(?!\.)[\w.+~:%-]{1,200}$/);

const contentSchema = z.discriminatedUnion('kind', [
  /** The tool itself with its packages, as npm takes it. */
  z.object({kind: z.literal('tool'), name: nameSchema, sha256: sha256Schema}),
  /** A pack of commits without history, and the names they have. */
  z.object({
    kind: z.literal('git'),
    slug: nameSchema,
    source: z.string(),
    sha256: sha256Schema,
    commits: z.array(commitSchema),
    refs: z.array(
      z.object({name: z.string().regex(/^refs\/build-spark\/names\/[0-9a-f]{40}$/), commit: commitSchema}),
    ),
  }),
  /** A list of artifacts, which are files of the bundle. */
  z.object({kind: z.literal('maven'), name: nameSchema, sha256: sha256Schema}),
  z.object({kind: z.literal('modules'), name: nameSchema, sha256: sha256Schema}),
  z.object({
    kind: z.literal('box'),
    name: z.string(),
    /** Those of several providers have one name. */
    provider: z.string(),
    folder: nameSchema,
    files: z.array(z.object({name: nameSchema, sha256: sha256Schema})),
  }),
  /** Packages that a host needs, by its system. */
  z.object({
    kind: z.literal('packages'),
    system: nameSchema,
    files: z.array(z.object({name: nameSchema, sha256: sha256Schema})),
  }),
]);

const fileSchema = z.object({
  sha256: sha256Schema,
  bytes: z.int().nonnegative(),
  name: z.string().optional(),
});

const manifestSchema = z.object({
  formatVersion: z.literal(1),
  toolVersion: z.string(),
  /** As Debian names it. */
  architecture: z.string(),
  builds: z.array(
    z.object({buildId: z.string(), tag: z.string(), commit: commitSchema, command: z.array(z.string())}),
  ),
  /** All files, in the order in which they follow; each once. */
  files: z.array(fileSchema),
  contents: z.array(contentSchema),
});

export type BundleManifest = Readonly<z.infer<typeof manifestSchema>>;
export type BundleContent = BundleManifest['contents'][number];
/** `name` where a person is to find it in the tar; the others lie under their checksum. */
export type BundleFile = BundleManifest['files'][number];

export const sealName = 'build-spark-bundle';
export const manifestName = 'bundle.json';

/** Of the first entry: how to read the rest. */
export interface BundleSeal {
  readonly manifestSha256: string;
  /** Of all of the bundle. */
  readonly bytes: number;
}

export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Of fixed length whatever the numbers are, since its own length counts among them. */
export function renderSeal({manifestSha256, bytes}: BundleSeal): string {
  return `build-spark bundle 1\nmanifest ${manifestSha256}\nbytes ${String(bytes).padStart(16, '0')}\n`;
}

/** @throws UsageError for what is no bundle, and for one of another format. */
export function parseSeal(text: string, file: string): BundleSeal {
  const [, format] = /^build-spark bundle (\d+)\n/.exec(text) ?? [];
  if (format === undefined) throw foreign(file);
  if (format !== '1')
    throw new UsageError(
      `${file} is a bundle of format ${format}, and this build-spark reads format 1.`,
      'Install the build-spark that came in the bundle: tar -xf <bundle> tool',
    );
  const [, manifestSha256, bytes] = /\nmanifest ([0-9a-f]{64})\nbytes (\d{16})\n$/.exec(text) ?? [];
  if (manifestSha256 === undefined) throw damaged(file, sealName);
  return {manifestSha256, bytes: Number(bytes)};
}

/** @param text As its checksum says it is. */
export function parseManifest(text: string, file: string): BundleManifest {
  const result = manifestSchema.safeParse(JSON.parse(text));
  if (result.success) return result.data;
  throw new UsageError(
    `${file} was written by a build-spark that this one does not understand: ${result.error.issues[0]?.message ?? ''}.`,
    'Install the build-spark that came in the bundle: tar -xf <bundle> tool',
  );
}

export function foreign(file: string): UsageError {
  return new UsageError(
    `${file} is not a bundle of build-spark.`,
    'Name the file that `build-spark bundle create … --output <file>` wrote, or the first of its parts.',
  );
}

export function damaged(file: string, entry: string): UsageError {
  return new UsageError(
    `${file} is damaged: ${entry} does not match its checksum. Nothing was taken from it.`,
    'Copy the bundle here again, and compare: sha256sum <bundle> on both hosts.',
  );
}
