// Which box a machine starts from: reads vagrant/boxes.json and the --box option. Knows nothing of what is installed.
import {createHash} from 'node:crypto';
import {readFile, stat} from 'node:fs/promises';
import {isAbsolute, join, resolve} from 'node:path';
import {z} from '../core/schema.ts';
import {HostError, UsageError} from '../core/errors.ts';
import {projectRoot} from '../core/paths.ts';
import type {BoxReference, ProviderName} from './machine.ts';

const rowSchema = z.object({
  os: z.string(),
  provider: z.string(),
  name: z.string(),
  url: z.url().optional(),
  checksum: z.string().optional(),
  checksumType: z.enum(['sha256', 'sha512']).optional(),
  /** Debian's name of it, or `host`: whatever the host is. */
  architecture: z.string(),
  verified: z.boolean(),
  /** Script below the project that builds it here. */
  builtBy: z.string().optional(),
  /** Files below the project that the script reads. */
  builtWith: z.array(z.string()).optional(),
  /** Provider whose box of the same `os` the script starts from. */
  builtFrom: z.string().optional(),
  source: z.string(),
});

const catalogueSchema = z.object({
  formatVersion: z.literal(1),
  /** Provider to `os`. */
  defaults: z.record(z.string(), z.string()),
  boxes: z.array(rowSchema),
});

export type BoxCatalogue = z.infer<typeof catalogueSchema>;

/** A box that was decided on. */
export interface Box {
  readonly reference: BoxReference;
  readonly provider: ProviderName;
  /** As in boxes.json; absent for one of the user's own. */
  readonly os?: string;
  /** Whether what arrives is compared with a checksum that we know, or is made here. */
  readonly isVerified: boolean;
  /** Absolute path of the script that makes it on this host; absent for those that Vagrant downloads. */
  readonly recipe?: string;
  /** Absolute paths of what the script reads besides. */
  readonly parts?: readonly string[];
  /** The box whose file the recipe starts from; made on this host, too. */
  readonly from?: Box;
}

export async function readBoxCatalogue(): Promise<BoxCatalogue> {
  return catalogueSchema.parse(JSON.parse(await readFile(join(projectRoot, 'vagrant/boxes.json'), 'utf8')));
}

export interface BoxWish {
  readonly provider: Exclude<ProviderName, 'fake'>;
  /** Of this host, in Debian's words: `amd64`, `arm64`. */
  readonly architecture: string;
  /** `debian`, `el8`, `centos7`; without it the provider's default. */
  readonly os?: string;
}

/** @throws HostError when there is none for this architecture, UsageError when there is none at all. */
export function findBox(catalogue: BoxCatalogue, wish: BoxWish): Box {
  const os = wish.os ?? catalogue.defaults[wish.provider];
  const row = catalogue.boxes.find((box) => box.provider === wish.provider && box.os === os);
  if (row === undefined) {
    const known = catalogue.boxes.filter((box) => box.provider === wish.provider).map((box) => box.os);
    throw new UsageError(
      `There is no box \`${os ?? ''}\` for the provider ${wish.provider}; there is ${known.join(', ')}.`,
      `Type --box ${known[0] ?? '<name, path or url>'}, or name a box of your own.`,
    );
  }
  if (row.architecture !== 'host' && row.architecture !== wish.architecture) {
    throw new HostError(
      `The box ${row.name} for ${wish.provider} exists for ${row.architecture} only, and this host is ${wish.architecture}.`,
      'Name a box of your own with --box <name|path|url>; on Linux, --provider lxc builds one for this host.',
    );
  }
  return boxOf(row, catalogue);
}

/** All of boxes.json, whatever the host. */
export function listCatalogue(catalogue: BoxCatalogue): readonly Box[] {
  return catalogue.boxes.map((row) => boxOf(row, catalogue));
}

function boxOf(row: z.infer<typeof rowSchema>, catalogue: BoxCatalogue): Box {
  const from = catalogue.boxes.find(({os, provider}) => os === row.os && provider === row.builtFrom);
  const checksum = row.checksum === undefined ? undefined : `${row.checksumType ?? 'sha256'}:${row.checksum}`;
  return {
    reference: {
      name: row.name,
      url: row.url,
      checksum,
    },
    provider: row.provider as ProviderName,
    os: row.os,
    isVerified: row.verified,
    ...(row.builtBy === undefined ? {} : {recipe: join(projectRoot, row.builtBy)}),
    ...(row.builtWith === undefined ? {} : {parts: row.builtWith.map((file) => join(projectRoot, file))}),
    ...(from === undefined ? {} : {from: boxOf(from, catalogue)}),
  };
}

/**
 * Reads `--box`: an `os` of boxes.json, the path of a .box file, its URL, or a name that Vagrant knows.
 * @param checksum `sha256:…`, of `--box-checksum`.
 * @param cwd For relative paths.
 * @throws UsageError for a path that is not a file, and for a checksum of something that is not downloaded.
 */
export async function resolveBox(
  catalogue: BoxCatalogue,
  wish: BoxWish,
  option: string | undefined,
  checksum: string | undefined,
  cwd: string,
): Promise<Box> {
  if (option === undefined || catalogue.boxes.some((box) => box.os === option)) {
    const box = findBox(catalogue, option === undefined ? wish : {...wish, os: option});
    if (checksum === undefined) return box;
    if (box.recipe === undefined) return {...box, reference: {...box.reference, checksum}, isVerified: true};
    throw new UsageError(
      `The box ${box.reference.name} is built here: there is nothing to compare --box-checksum with.`,
      'Leave --box-checksum out, or name another box with --box.',
    );
  }
  const own = (reference: BoxReference): Box => ({
    reference: {...reference, checksum},
    provider: wish.provider,
    isVerified: checksum !== undefined,
  });
  const shown = JSON.stringify(option);
  if (/^https?:\/\//i.test(option)) {
    if (URL.canParse(option)) return own({name: `build-spark/url-${shortHash(option)}`, url: option});
    throw new UsageError(`--box ${shown} is not a URL.`, 'Look at the address again.');
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(option))
    throw new UsageError(`--box ${shown} is neither http nor https.`, 'Download it and name the file.');
  const path = resolve(cwd, option);
  const file = await stat(path).catch(() => undefined);
  if (file?.isFile() === true) {
    // Vagrant adds a box once: a changed file has to have another name.
    const identity = `${path}:${file.size}:${file.mtimeMs}`;
    return own({name: `build-spark/file-${shortHash(identity)}`, url: path});
  }
  if (isAbsolute(option) || option.startsWith('.') || option.endsWith('.box'))
    throw new UsageError(`There is no box file ${JSON.stringify(path)}.`, 'Look at the path again.');
  if (/^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)?$/.test(option)) return own({name: option});
  throw new UsageError(
    `--box ${shown} is neither a name, a path nor a URL.`,
    'A name reads like almalinux/8.',
  );
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
