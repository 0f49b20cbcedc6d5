// The golden box of libvirt: a provisioned disk that lies on the box's, kept in libvirt's pool. Knows its volumes and the script
// that makes a guest fit to be copied, no Vagrant.
import {createReadStream} from 'node:fs';
import {mkdtemp, readFile, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import type {Clock} from '../core/clock.ts';
import {BuildError, describeError} from '../core/errors.ts';
import {CommandError} from '../core/exec.ts';
import {removeTree} from '../core/mounts.ts';
import {projectRoot} from '../core/paths.ts';
import type {AddedBox} from './boxes.ts';
import {readGoldenKey} from './golden.ts';
import {renderKey} from './layers.ts';
import type {Guest, ProvisionData} from './machine.ts';
import {
  hasVolume,
  listVolumes,
  parseVolume,
  pool,
  removeVolume,
  renderMark,
  virsh,
  type VolumeTools,
} from './volumes.ts';

/** A larger one costs every host more than it saves. */
const limitBytes = 4 * 1024 ** 3;
const staleMs = 3_600_000;

/**
 * @returns A key which changes when Vagrant gets another box; undefined for a box that is not ours: what makes a guest fit to
 * be copied is known of this one alone.
 */
export async function readDiskKey({name, folder}: AddedBox): Promise<string | undefined> {
  if (!/^build-spark\/debian-\d+$/.test(name)) return undefined;
  const disk = join(folder, 'box.img');
  const file = await stat(disk, {bigint: true}).catch(() => undefined);
  if (file === undefined) return undefined;
  return renderKey('base', [disk, String(file.size), String(file.mtimeNs), String(file.ino)]);
}

/** A machine was made fit to be copied, and could not be made its own again: nobody could log in. */
export class SpoiledMachineError extends BuildError {
  constructor(cause: unknown) {
    super(
      `The machine could not go on after its disk was copied for the golden box: ${describeError(cause)}`,
      'Type the same with --golden-box off',
      {cause},
    );
  }
}

interface DiskTools extends VolumeTools {
  readonly clock: Clock;
}

/** @param key Of `readGoldenKey`. */
export function renderGoldenVolume(key: string): string {
  return `build-spark.${key}.img`;
}

/** Whether it is there, and whole. */
export async function hasGoldenDisk(tools: VolumeTools, key: string): Promise<boolean> {
  const name = renderGoldenVolume(key);
  return (await hasVolume(tools, name)) && hasVolume(tools, renderMark(name));
}

/** @returns The key of the one that is there, or under which to keep what provisioning adds; neither for another box. */
export async function chooseGoldenDisk(
  tools: VolumeTools,
  box: AddedBox,
  data: ProvisionData,
): Promise<{readonly golden?: string; readonly packAs?: string}> {
  const base = await readDiskKey(box);
  if (base === undefined) return {};
  const key = await readGoldenKey(base, data);
  return (await hasGoldenDisk(tools, key)) ? {golden: key} : {packAs: key};
}

export interface DiskPacking {
  readonly id: string;
  readonly key: string;
  /** Texts that must not be in it; refused when one is. */
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Keeps what was added to the machine's disk. The machine stands still meanwhile, and is then as it was.
 * @returns `there` when it existed, or another build packs just now.
 * @throws SpoiledMachineError when the machine is not as it was; after any other error it is.
 */
export async function packGoldenDisk(
  tools: DiskTools,
  guest: Guest,
  {id, key, secrets, signal}: DiskPacking,
): Promise<'packed' | 'there'> {
  const {exec} = tools;
  const name = renderGoldenVolume(key);
  const image = `${id}.img`;
  const {stdout: xml} = await exec(virsh('vol-dumpxml', '--pool', pool, image), {signal});
  const own = parseVolume(image, xml);
  const base = own?.backing;
  if (own === undefined || base === undefined) throw new Error(`the disk of ${id} lies on no box`);
  if (own.bytes > limitBytes) throw new Error(`it is too large: ${Math.round(own.bytes / 1024 ** 2)} MiB`);
  await removeStale(tools, name);
  // Its name is the lock. Its size is that of the copy, which has a header of its own.
  const argv = virsh(
    ...['vol-create-as', pool, name, '40G', '--allocation', '0', '--format', 'qcow2'],
    ...['--backing-vol', basename(base), '--backing-vol-format', 'qcow2'],
  );
  const made = await exec(argv, {signal, allow: 'any'});
  if (made.exitCode !== 0) {
    if (await hasVolume(tools, name)) return 'there';
    throw new CommandError(argv, {...made, timedOut: false});
  }
  const folder = await mkdtemp(join(tmpdir(), 'build-spark-golden-'));
  let isWhole = false;
  try {
    const copy = join(folder, 'disk.img');
    await takeCopy(tools, guest, {id, image, copy, signal});
    await refuseSecrets(copy, secrets);
    await exec(virsh('vol-upload', '--sparse', '--pool', pool, name, copy), {signal, timeoutMs: 600_000});
    await exec(virsh('vol-create-as', pool, renderMark(name), '1', '--format', 'raw'), {signal});
    isWhole = true;
    return 'packed';
  } finally {
    if (!isWhole) await exec(virsh('vol-delete', '--pool', pool, name), {allow: 'any'});
    await removeTree(folder);
  }
}

/** What a killed process left half-made; one of a process that packs just now is younger. */
async function removeStale(tools: DiskTools, name: string): Promise<void> {
  const found = (await listVolumes(tools)).find((volume) => volume.name === name);
  if (found === undefined || (await hasVolume(tools, renderMark(name)))) return;
  if (tools.clock.now().getTime() - found.usedAtMs > staleMs) await removeVolume(tools, name);
}

/** With everything that QEMU holds back in its file: it writes that when the guest says `sync`, and again when it stops. */
async function takeCopy(
  {exec}: VolumeTools,
  guest: Guest,
  {
    id,
    image,
    copy,
    signal,
  }: {readonly id: string; readonly image: string; readonly copy: string; readonly signal: AbortSignal},
): Promise<void> {
  const inGuest = async (action: 'clean' | 'restore'): Promise<void> => {
    const files = ['private-paths.sh', 'golden-guest.sh'].map((file) => join(projectRoot, 'vagrant', file));
    const text = (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('');
    await guest.run(['sudo', 'bash', '-s', '--', action], {signal, input: text});
  };
  try {
    await inGuest('clean');
    await exec(virsh('suspend', id), {signal});
    try {
      await exec(virsh('vol-download', '--sparse', '--pool', pool, image, copy), {
        signal,
        timeoutMs: 600_000,
      });
    } finally {
      await exec(virsh('resume', id), {allow: 'any'});
    }
  } finally {
    await inGuest('restore').catch((error: unknown) => {
      throw new SpoiledMachineError(error);
    });
  }
}

async function refuseSecrets(file: string, secrets: readonly string[]): Promise<void> {
  const needles = secrets.map((secret) => Buffer.from(secret));
  const overlap = Math.max(0, ...needles.map(({length}) => length - 1));
  let end = Buffer.alloc(0);
  if (needles.length === 0) return;
  for await (const chunk of createReadStream(file, {highWaterMark: 4 * 1024 * 1024})) {
    const text = Buffer.concat([end, chunk as Buffer]);
    if (needles.some((needle) => text.includes(needle)))
      throw new Error('it holds a proxy address or Maven settings of this build');
    end = text.subarray(Math.max(0, text.length - overlap));
  }
}
