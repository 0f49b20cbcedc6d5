// Whether KVM runs guests on this host, found out by one: /dev/kvm may open, take virtual processors, and yet never finish.
import {mkdir, mkdtemp, stat, truncate, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {CommandError, CommandMissingError, lastLines} from '../core/exec.ts';
import {readJsonFile, writeJsonFile} from '../core/files.ts';
import {removeTree} from '../core/mounts.ts';
import {z} from '../core/schema.ts';
import {readSystemFile, type Host} from './host.ts';

export interface KvmAnswer {
  readonly works: boolean;
  readonly reason: string;
  /** What to type, where that would help. */
  readonly remedy?: string;
}

const rememberedSchema = z.object({
  /** 1 kept what is no verdict, such as that QEMU was missing; 2 asked with another processor than libvirt's machines have. */
  formatVersion: z.literal(3),
  /** The answer holds until the host is booted again. */
  bootId: z.string(),
  works: z.boolean(),
  reason: z.string(),
});

/** With KVM it takes a few tenths of a second; the rest is for a host that is busy. */
const deadlineMs = 15_000;
/** Of a smaller one the firmware of QEMU's machine q35 does not boot. */
const diskBytes = 1024 ** 2;
/** What the guest writes to QEMU's debug port ends QEMU with twice that and one. */
const port = 0xf4;
const word = 0x2a;
export const finishedExitCode = word * 2 + 1;

/** Asks a tiny guest; what that showed is not asked again in one boot of this host. Never throws for what QEMU says. */
export async function readKvm(host: Host): Promise<KvmAnswer> {
  const device = await stat(join(host.root, 'dev/kvm')).catch(() => undefined);
  if (device === undefined) return {works: false, reason: 'there is no /dev/kvm'};
  const answer = await readGuest(host);
  // libvirt's QEMU runs as a user of its own, which may not be the one that was asked here.
  if ((device.mode & 0o066) !== 0) return answer;
  const prefix = host.user.uid === 0 ? '' : 'sudo ';
  const remedy = `${prefix}chgrp kvm /dev/kvm && ${prefix}chmod 660 /dev/kvm`;
  if (answer.works)
    return {works: false, reason: "KVM works, but libvirt's user may not open /dev/kvm", remedy};
  // Seen: libvirt then forgets each time what it found out, and tries KVM twice for a machine, a minute each.
  const reason = `${answer.reason}; and since libvirt's user may not open it, libvirt tries it again for each machine`;
  return {works: false, reason, remedy};
}

async function readGuest(host: Host): Promise<KvmAnswer> {
  const bootId = (await readSystemFile(host, '/proc/sys/kernel/random/boot_id'))?.trim() ?? '';
  const {kvm: file, state} = host.paths;
  const known = await readJsonFile(file, rememberedSchema, 'What is known of KVM').catch(() => undefined);
  if (known?.bootId === bootId && bootId !== '') return {works: known.works, reason: known.reason};
  const {isVerdict, ...answer} = await bootGuest(host);
  if (!isVerdict) return answer;
  // A host that nothing can be written on is asked again each time.
  await mkdir(state, {recursive: true, mode: 0o700})
    .then(() => writeJsonFile(file, {formatVersion: 3, bootId, ...answer}))
    .catch(() => undefined);
  return answer;
}

/** In Debian's PATH, and where Red Hat keeps it. */
const emulators = ['qemu-system-x86_64', '/usr/libexec/qemu-kvm'] as const;

interface GuestAnswer extends KvmAnswer {
  /** The guest was there, and showed it; not that QEMU is missing, was stopped, or may not be used by this user. */
  readonly isVerdict: boolean;
}

async function bootGuest(host: Host): Promise<GuestAnswer> {
  const folder = await mkdtemp(join(tmpdir(), 'build-spark-kvm-'));
  try {
    const disk = join(folder, 'guest.img');
    await writeFile(disk, renderBootSector());
    await truncate(disk, diskBytes);
    for (const emulator of emulators) {
      const answer = await runEmulator(host, emulator, disk);
      if (answer !== undefined) return answer;
    }
    return {works: false, reason: 'QEMU is missing', isVerdict: false};
  } finally {
    await removeTree(folder);
  }
}

/** @returns undefined where there is no such QEMU. */
async function runEmulator({exec}: Host, emulator: string, disk: string): Promise<GuestAnswer | undefined> {
  const drive = `file=${disk.replaceAll(',', ',,')},format=raw,snapshot=on`;
  const options = [
    '-accel',
    'kvm',
    // As libvirt's machines have it: seen to end QEMU at once where a plain processor ran, in the end.
    '-cpu',
    'host',
    '-nodefaults',
    '-no-reboot',
    '-display',
    'none',
    '-m',
    '16',
    '-drive',
    drive,
  ];
  try {
    const {exitCode, stderr} = await exec(
      [emulator, ...options, '-boot', 'c', '-device', `isa-debug-exit,iobase=${port},iosize=4`],
      {allow: 'any', timeoutMs: deadlineMs},
    );
    if (exitCode === finishedExitCode) return {works: true, reason: 'a tiny guest ran', isVerdict: true};
    const said = readLastWords(stderr);
    // All of that can change while the host is up, and is told in a few tenths of a second.
    if (/permission denied/i.test(said))
      return {works: true, reason: 'not tried: this user may not open /dev/kvm', isVerdict: false};
    if (said !== '' && !/kvm/i.test(said))
      return {works: true, reason: `not tried, QEMU says: ${said}`, isVerdict: false};
    return {works: false, reason: `QEMU says: ${said || `exit code ${exitCode}`}`, isVerdict: false};
  } catch (error) {
    if (error instanceof CommandMissingError) return undefined;
    if (!(error instanceof CommandError)) throw error;
    const {timedOut, signalName, stderr} = error.result;
    // QEMU gives up on itself where KVM refuses what the processor of this host is said to have.
    if (!timedOut && signalName === 'SIGABRT')
      return {works: false, reason: `QEMU says: ${readLastWords(stderr)}`, isVerdict: false};
    if (!timedOut) throw error;
    const seconds = deadlineMs / 1000;
    const reason = `/dev/kvm opens, but a guest of 512 bytes did not end in ${seconds} s`;
    return {works: false, reason, isVerdict: true};
  }
}

function readLastWords(stderr: string): string {
  return lastLines(stderr, 1)
    .replace(/^\S*qemu\S*: /, '')
    .replace(/\.$/, '');
}

/**
 * The whole guest: counts to ten million, which an interpreted processor does not in time, and tells QEMU that it is done.
 * 16-bit code, since it is a boot sector.
 */
function renderBootSector(): Buffer {
  const sector = Buffer.alloc(512);
  const count = Buffer.alloc(4);
  count.writeUInt32LE(10_000_000);
  const code = [
    [0xfa], // cli
    [0x66, 0xb9, ...count], // mov ecx, count
    [0x66, 0x49], // dec ecx
    [0x75, 0xfc], // jnz to dec
    [0xb0, word], // mov al, word
    [0xe6, port], // out port, al
    [0xf4, 0xeb, 0xfd], // hlt, for ever
  ];
  sector.set(code.flat());
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}
