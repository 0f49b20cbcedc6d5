// The boxes on this host: what Vagrant has, what we built, and whether it still fits its recipe. Boots nothing.
import {createHash} from 'node:crypto';
import {mkdir, readdir, readFile, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from '../core/schema.ts';
import type {Exec} from '../core/exec.ts';
import {readJsonFile, writeJsonFile} from '../core/files.ts';
import {refuseMounts, removeTree} from '../core/mounts.ts';
import type {Paths} from '../core/paths.ts';
import {runVagrant} from './vagrant-command.ts';
import type {Box} from './box-catalogue.ts';

export interface BoxTools {
  readonly exec: Exec;
  readonly paths: Paths;
}

/** Names that this module gives; boxes with other names are not ours, and are never removed. */
export const ownBoxName =
  /^build-spark\/(debian-\d+|rocky-[\d.]+|centos-[\d.-]+|url-[0-9a-f]{12}|file-[0-9a-f]{12})$/;

const builtSchema = z.object({
  formatVersion: z.literal(1),
  name: z.string(),
  provider: z.string(),
  /** Over the script that built it. */
  recipeHash: z.string(),
  builtAt: z.string(),
  /** Of the .box file. */
  sha256: z.string(),
  /** Bytes. */
  size: z.number(),
  /** Version by name. */
  packages: z.record(z.string(), z.string()),
  /** Of a file in Vagrant's own folder, by which a box that somebody replaced is told. Absent until it was added. */
  addedMtimeMs: z.number().optional(),
});

/** What is recorded of a box that was built here. */
export type BuiltBox = z.infer<typeof builtSchema>;

/** One folder a box: the recipe's output, its log, and `built.json`. */
export function boxFolder({paths}: BoxTools, box: Box): string {
  return join(paths.boxes, folderName(box));
}

/** That of lxc, the first there was, has its system's name alone. */
function folderName({os = 'own', provider}: Box): string {
  return provider === 'lxc' ? os : `${os}-${provider}`;
}

/** Held while the box is built, and while it is pruned. */
export function planBoxLock(paths: Pick<Paths, 'boxes'>, box: Box): string {
  return join(paths.boxes, `${folderName(box)}.lock`);
}

/** Where Vagrant unpacks boxes. Source: vagrant/box_collection.rb of 2.3.4; 2.4 has one more level, the architecture. */
function vagrantBoxFolder({paths}: BoxTools): string {
  return join(paths.vagrantHome, 'boxes');
}

export async function readBuiltBox(tools: BoxTools, box: Box): Promise<BuiltBox | undefined> {
  return readJsonFile(join(boxFolder(tools, box), 'built.json'), builtSchema, 'The record of the box');
}

/** @returns undefined for what is no record of ours. */
export function parseBuiltBox(text: string): BuiltBox | undefined {
  const result = builtSchema.safeParse(JSON.parse(text));
  return result.success ? result.data : undefined;
}

export async function writeBuiltBox(tools: BoxTools, box: Box, built: BuiltBox): Promise<void> {
  await mkdir(boxFolder(tools, box), {recursive: true});
  await writeJsonFile(join(boxFolder(tools, box), 'built.json'), built);
}

/** Over the script that builds it, what it reads beside it, and the same of the box which it starts from. */
export async function hashRecipe({recipe, parts = [], from}: Box): Promise<string> {
  const hash = createHash('sha256');
  if (from !== undefined) hash.update(await hashRecipe(from));
  for (const file of recipe === undefined ? [] : [recipe, ...parts]) hash.update(await readFile(file));
  return hash.digest('hex');
}

export interface AddedBox {
  readonly name: string;
  readonly version: string;
  readonly provider: string;
  readonly folder: string;
}

/** What `vagrant box list` would say, a second sooner. */
export async function readAddedBoxes(tools: BoxTools): Promise<readonly AddedBox[]> {
  const root = vagrantBoxFolder(tools);
  const files = await readdir(root, {recursive: true}).catch(() => []);
  return files.flatMap((file) => {
    const parts = file.split('/');
    if (parts.at(-1) !== 'metadata.json' || parts.length < 4 || parts.length > 5) return [];
    const [folder = '', version = ''] = parts;
    return [
      {
        name: folder.replaceAll('-VAGRANTSLASH-', '/').replaceAll('-VAGRANTCOLON-', ':'),
        version,
        provider: parts.at(-2) ?? '',
        folder: join(root, ...parts.slice(0, -1)),
      },
    ];
  });
}

/**
 * - ready: Vagrant has it.
 * - outdated: Vagrant has one of that name, built by an older recipe or added by somebody else.
 * - missing: it has to be built here first.
 * - remote: Vagrant will download it.
 */
export type BoxState = 'ready' | 'outdated' | 'missing' | 'remote';

export async function readBoxState(tools: BoxTools, box: Box): Promise<BoxState> {
  const added = await findAdded(tools, box);
  if (box.recipe === undefined) return added === undefined ? 'remote' : 'ready';
  if (added === undefined) return 'missing';
  const built = await readBuiltBox(tools, box);
  if (built === undefined || !(await isAsAdded(added, built))) return 'outdated';
  return built.recipeHash === (await hashRecipe(box)) ? 'ready' : 'outdated';
}

export async function findAdded(tools: BoxTools, box: Box): Promise<AddedBox | undefined> {
  const added = await readAddedBoxes(tools);
  return added.find(({name, provider}) => name === box.reference.name && provider === box.provider);
}

export async function readAddedMtimeMs(added: AddedBox): Promise<number | undefined> {
  return stat(join(added.folder, 'metadata.json')).then(
    ({mtimeMs}) => mtimeMs,
    () => undefined,
  );
}

/** Whether what Vagrant has is what we gave it. */
async function isAsAdded(added: AddedBox, built: BuiltBox): Promise<boolean> {
  return built.addedMtimeMs !== undefined && built.addedMtimeMs === (await readAddedMtimeMs(added));
}

/** For the manifest: what a machine of this box started from. */
export interface BoxIdentity {
  readonly name: string;
  /** `sha256:…`, of the .box file. */
  readonly checksum?: string | undefined;
  readonly recipeHash?: string;
  readonly verified: boolean;
}

export async function readBoxIdentity(tools: BoxTools, box: Box): Promise<BoxIdentity> {
  const {name, checksum} = box.reference;
  if (box.recipe === undefined) return {name, checksum, verified: box.isVerified};
  const built = await readBuiltBox(tools, box);
  const added = await findAdded(tools, box);
  // A box of that name that was added by hand: nothing is known of it.
  if (built === undefined || added === undefined || !(await isAsAdded(added, built)))
    return {name, verified: false};
  return {name, checksum: `sha256:${built.sha256}`, recipeHash: built.recipeHash, verified: true};
}

export interface ListedBox {
  readonly name: string;
  readonly provider: string;
  readonly os: string | null;
  readonly state: BoxState;
  readonly builtAt: string | null;
  readonly sha256: string | null;
  readonly verified: boolean;
}

/** `box ls`: the given boxes, then others that this module added. */
export async function listBoxes(tools: BoxTools, boxes: readonly Box[]): Promise<readonly ListedBox[]> {
  const listed = await Promise.all(
    boxes.map(async (box): Promise<ListedBox> => {
      const built = box.recipe === undefined ? undefined : await readBuiltBox(tools, box);
      return {
        name: box.reference.name,
        provider: box.provider,
        os: box.os ?? null,
        state: await readBoxState(tools, box),
        builtAt: built?.builtAt ?? null,
        sha256: built?.sha256 ?? null,
        verified: box.isVerified,
      };
    }),
  );
  const isListed = (added: AddedBox): boolean =>
    listed.some(({name, provider}) => name === added.name && provider === added.provider);
  const others = (await readAddedBoxes(tools)).filter(
    (added) => ownBoxName.test(added.name) && !isListed(added),
  );
  return [
    ...listed,
    ...others.map(({name, provider}) => ({
      name,
      provider,
      os: null,
      state: 'ready' as const,
      builtAt: null,
      sha256: null,
      verified: false,
    })),
  ];
}

/**
 * `box prune`: removes boxes that this module added and that no build would take now.
 * @param current Those that builds would take.
 * @param isAll Removes these as well, and what they were built from; the next build makes them again.
 * @returns The names of what was removed.
 */
export async function pruneBoxes(
  tools: BoxTools,
  current: readonly Box[],
  isAll: boolean,
): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const {name, provider} of await readAddedBoxes(tools)) {
    const box = current.find((kept) => kept.reference.name === name && kept.provider === provider);
    const isCurrent = box !== undefined && (await readBoxState(tools, box)) === 'ready';
    if (!ownBoxName.test(name) || (isCurrent && !isAll)) continue;
    await removeBox(tools, name, provider, box);
    removed.push(name);
  }
  return removed;
}

/**
 * Takes a box from Vagrant, and what it was built from. Idempotent.
 * @param box As the catalogue has it, if it does.
 */
export async function removeBox(
  tools: BoxTools,
  name: string,
  provider: string,
  box: Box | undefined,
): Promise<void> {
  const folder = box?.recipe === undefined ? undefined : boxFolder(tools, box);
  // The record first: without it a box whose removal was cut short is built again, not believed.
  if (folder !== undefined) await rm(join(folder, 'built.json'), {force: true});
  const added = (await readAddedBoxes(tools)).filter((one) => one.name === name && one.provider === provider);
  for (const one of added) await refuseMounts(one.folder); // Vagrant would delete what is mounted there.
  if (added.length > 0) await removeAddedBox(tools, name, provider);
  if (folder !== undefined) await removeTree(folder);
}

/** Idempotent. */
export async function removeAddedBox(tools: BoxTools, name: string, provider: string): Promise<void> {
  await runVagrant(tools, undefined, ['box', 'remove', name, '--provider', provider, '--all', '--force'], {
    timeoutMs: 120_000,
    allow: [0, 1], // 1: there is none.
  });
}
