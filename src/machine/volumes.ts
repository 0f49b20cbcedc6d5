// Disks that libvirt keeps for machines: boxes that Vagrant uploaded, and provisioned ones of ours. Knows virsh, no machine's life.
import {z} from '../core/schema.ts';
import {CommandError, CommandMissingError, type Argv, type Exec} from '../core/exec.ts';

export interface VolumeTools {
  readonly exec: Exec;
}

/** vagrant-libvirt's own, unless somebody tells it otherwise. */
export const pool = 'default';

export interface Volume {
  readonly name: string;
  readonly path: string;
  /** Allocated. */
  readonly bytes: number;
  readonly usedAtMs: number;
  /** Path of the volume that it lies on. */
  readonly backing?: string | undefined;
}

export const virsh = (...args: string[]): Argv => ['virsh', '-c', 'qemu:///system', '--quiet', ...args];

/** Of a box that Vagrant uploaded under a name of ours, and of a provisioned disk; a machine's id has neither. */
export const ownVolume = /^build-spark(-VAGRANTSLASH-.*_vagrant_box_image_.*|\.golden-[0-9a-f]{16})\.img$/;

/** Those that concern us: boxes, provisioned disks, and disks of machines. Empty where libvirt does not answer. */
export async function listVolumes({exec}: VolumeTools): Promise<readonly Volume[]> {
  const ask = (...args: string[]): Promise<string> =>
    exec(virsh(...args), {timeoutMs: 30_000}).then(({stdout}) => stdout);
  try {
    await exec(virsh('pool-refresh', pool), {timeoutMs: 30_000, allow: 'any'});
    const lines = (await ask('vol-list', pool)).split('\n');
    const names = lines.flatMap((line) => /^\s*(build-spark\S*)/.exec(line)?.[1] ?? []);
    const volumes = await Promise.all(
      names.map(async (name) => {
        // One that went meanwhile has nothing to tell.
        const xml = await ask('vol-dumpxml', '--pool', pool, name).catch(() => '');
        return parseVolume(name, xml);
      }),
    );
    return volumes.flatMap((volume) => volume ?? []);
  } catch (error) {
    if (error instanceof CommandError || error instanceof CommandMissingError) return [];
    throw error;
  }
}

/** Pure. Source of the format: formatstorage of libvirt 9. @returns undefined for what it does not know. */
export function parseVolume(name: string, xml: string): Volume | undefined {
  const backingXml = /<backingStore>[\s\S]*?<\/backingStore>/.exec(xml)?.[0] ?? '';
  const own = xml.replace(backingXml, '');
  const read = (text: string, tag: string): string | undefined =>
    new RegExp(`<${tag}(?: [^>]*)?>([^<]*)</${tag}>`).exec(text)?.[1];
  const path = read(own, 'path');
  const bytes = z.coerce.number().safeParse(read(own, 'allocation'));
  if (path === undefined || !bytes.success) return undefined;
  const times = ['atime', 'mtime'].map((tag) => Number(read(own, tag) ?? 0));
  const backing = read(backingXml, 'path');
  return {name, path, bytes: bytes.data, usedAtMs: Math.max(...times) * 1000, backing};
}

/** Names of what lies on this one: disks of machines, or provisioned ones. Pure. */
export function findVolumeUsers(volume: Volume, all: readonly Volume[]): readonly string[] {
  const users = all.filter(({backing}) => backing === volume.path);
  return users.map(({name}) => name.replace(/\.img$/, ''));
}

/** @returns `busy` when something lies on it; then nothing has changed. */
export async function removeVolume(tools: VolumeTools, name: string): Promise<'removed' | 'busy'> {
  const all = await listVolumes(tools);
  const volume = all.find((one) => one.name === name);
  if (volume === undefined) return 'removed';
  if (!ownVolume.test(name) || findVolumeUsers(volume, all).length > 0) return 'busy';
  // The mark first: without it a disk whose removal was cut short is not believed.
  for (const each of [renderMark(name), name])
    await tools.exec(virsh('vol-delete', '--pool', pool, each), {allow: 'any', timeoutMs: 60_000});
  return 'removed';
}

/** Name of an empty volume that is there once the other one is whole. */
export function renderMark(name: string): string {
  return name.replace(/\.img$/, '.whole');
}

/** @throws CommandError when libvirt does not tell. */
export async function hasVolume({exec}: VolumeTools, name: string): Promise<boolean> {
  const argv = virsh('vol-info', '--pool', pool, name);
  const result = await exec(argv, {allow: 'any', timeoutMs: 30_000});
  if (result.exitCode === 0) return true;
  // Source of the texts: virsh of libvirt 9, in English by our locale. Without a pool there is no volume either.
  if (/Storage (volume|pool) not found/.test(result.stderr)) return false;
  throw new CommandError(argv, {...result, timedOut: false});
}
