// Root file systems of lxc machines by layers: which ones a machine gets. Knows what vagrant/layers.sh answers, and no build.
import {readFile, stat} from 'node:fs/promises';
import {createHash} from 'node:crypto';
import {join} from 'node:path';
import type {Argv, Exec} from '../core/exec.ts';
import {projectRoot} from '../core/paths.ts';
import type {AsRoot} from '../core/as-root.ts';

export interface LayerTools {
  readonly exec: Exec;
  readonly asRoot: AsRoot;
}

/** A machine's root file system, made and not yet booted. */
export interface Layers {
  /** As LXC takes it: `overlay:<lower>[:<lower>]:<upper>`. */
  readonly rootfs: string;
  /** Of the mount; may be empty. */
  readonly options: string;
  /** Of the box, without the `lxc.` of each key. */
  readonly config: readonly (readonly [key: string, value: string])[];
  /** Vagrant's name of the guest's system, where it is certain. */
  readonly guest?: string | undefined;
  /** Whether the machine's own public key is in it. */
  readonly hasKey: boolean;
  /** Whether it took `home`. */
  readonly hasHome: boolean;
  /** The golden layer that is in it. */
  readonly golden?: string | undefined;
}

/** Why a machine gets its box unpacked instead. */
export interface NoLayers {
  readonly reason: string;
}

/** Where vagrant/layers.sh keeps them; only root can look into it. */
export const layerStore = '/var/cache/build-spark/layers';

const script = join(projectRoot, 'vagrant/layers.sh');

const commandOf = (tools: LayerTools, ...args: readonly string[]): Argv =>
  tools.asRoot(['bash', script, ...args]);

/** @returns A name of these texts, whatever their order and number. */
export function renderKey(kind: 'base' | 'golden', texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${Buffer.byteLength(text)}:`).update(text);
  return `${kind}-${hash.digest('hex').slice(0, 16)}`;
}

/**
 * @param boxFolder Where Vagrant has unpacked the box.
 * @returns A key which changes when Vagrant gets another box; undefined for a box that is not of this form.
 */
export async function readBaseKey(boxFolder: string): Promise<string | undefined> {
  const tarball = join(boxFolder, 'rootfs.tar.gz');
  const file = await stat(tarball, {bigint: true}).catch(() => undefined);
  if (file === undefined) return undefined;
  return renderKey('base', [tarball, String(file.size), String(file.mtimeNs), String(file.ino)]);
}

export interface SeedOptions {
  readonly id: string;
  readonly base: string;
  readonly boxName: string;
  readonly boxFolder: string;
  /** Used when it is there. */
  readonly golden?: string | undefined;
  /** Folder whose content the user is to have at home; may be gone when it was taken. */
  readonly home?: string | undefined;
  readonly publicKey: string;
  readonly signal: AbortSignal;
}

/** Makes the machine's root file system; the first time for a box, unpacks it. The caller destroys the machine. */
export async function seedLayers(tools: LayerTools, options: SeedOptions): Promise<Layers | NoLayers> {
  const {id, base, boxName, boxFolder, golden = '-', home = '-', publicKey, signal} = options;
  const argv = commandOf(tools, 'seed', id, base, boxName, join(boxFolder, 'rootfs.tar.gz'), golden, home);
  const {stdout} = await tools.exec(argv, {input: publicKey, signal, timeoutMs: 600_000});
  const answer = new Map(stdout.split('\n').map((line) => line.split('\t') as [string, string | undefined]));
  const rootfs = answer.get('rootfs');
  if (rootfs === undefined) return {reason: answer.get('none') ?? 'layers.sh gave no answer'};
  const guest = answer.get('guest');
  const found = answer.get('golden');
  return {
    rootfs,
    options: answer.get('options') ?? '',
    config: parseLxcConfig(await readFile(join(boxFolder, 'lxc-config'), 'utf8').catch(() => '')),
    hasKey: answer.has('key'),
    hasHome: answer.has('home'),
    guest,
    golden: found,
  };
}

/** @returns `key, value` without the `lxc.` of the key, in order; a key may come several times. */
export function parseLxcConfig(text: string): readonly (readonly [string, string])[] {
  return text.split('\n').flatMap((line) => {
    const [, key, value] = /^\s*lxc\.([\w.]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    return key === undefined || value === undefined ? [] : [[key, value] as const];
  });
}

/** Public ssh host keys of a machine, read from its own disk. */
export async function readLayerKeys(tools: LayerTools, id: string): Promise<readonly string[]> {
  const {stdout} = await tools.exec(commandOf(tools, 'keys', id), {allow: 'any', timeoutMs: 30_000});
  return stdout.split('\n').filter((line) => /^(ssh|ecdsa)-\S+ /.test(line));
}

/**
 * Keeps what was added to the machine as a golden layer.
 * @param secrets Texts that must not be in it; refused when one is.
 * @returns `packed`, `there` when it existed, `busy` when another build packs just now.
 */
export async function packLayer(
  tools: LayerTools,
  options: {
    readonly id: string;
    readonly golden: string;
    readonly boxName: string;
    readonly secrets: readonly string[];
    readonly signal: AbortSignal;
  },
): Promise<'packed' | 'there' | 'busy'> {
  const {id, golden, boxName, secrets, signal} = options;
  const {stdout} = await tools.exec(commandOf(tools, 'pack', id, golden, boxName), {
    input: secrets.join('\n'),
    signal,
    timeoutMs: 120_000,
  });
  const [word = ''] = stdout.split(/[\t\n]/);
  return word === 'packed' || word === 'there' ? word : 'busy';
}

/** Deletes what a stopped machine wrote, faster than LXC does. Never throws: LXC deletes what is left. */
export async function dropLayer(tools: LayerTools, id: string): Promise<void> {
  await tools.exec(commandOf(tools, 'drop', id), {allow: 'any', timeoutMs: 120_000}).catch(() => undefined);
}

/** Deletes what killed processes left half-made. Idempotent; never throws: the next one does it as well. */
export async function sweepLayers(tools: LayerTools): Promise<void> {
  await tools.exec(commandOf(tools, 'sweep'), {allow: 'any', timeoutMs: 60_000}).catch(() => undefined);
}

export interface ListedLayer {
  readonly key: string;
  readonly kind: 'base' | 'golden';
  readonly boxName: string;
  /** Allocated. */
  readonly bytes: number;
  /** Key of the base that a golden layer lies on. */
  readonly base?: string;
  readonly usedAtMs: number;
  /** Ids of machines. */
  readonly usedBy: readonly string[];
}

/** All on this host, whoever made them. */
export async function listLayers(tools: LayerTools): Promise<readonly ListedLayer[]> {
  const {stdout} = await tools.exec(commandOf(tools, 'list'), {timeoutMs: 60_000});
  return stdout.split('\n').flatMap((line): ListedLayer[] => {
    const [key = '', kind, boxName = '', bytes, base = '-', usedAt, users = ''] = line.split('\t');
    if (kind !== 'base' && kind !== 'golden') return [];
    const usedBy = users.split(',').filter((id) => id !== '');
    const below = base === '-' ? {} : {base};
    return [{key, kind, boxName, bytes: Number(bytes), ...below, usedAtMs: Number(usedAt) * 1000, usedBy}];
  });
}

/** @returns `busy` when a machine uses it; then nothing has changed. */
export async function removeLayer(tools: LayerTools, key: string): Promise<'removed' | 'busy'> {
  const {stdout} = await tools.exec(commandOf(tools, 'remove', key), {timeoutMs: 300_000});
  return stdout.startsWith('removed') ? 'removed' : 'busy';
}
