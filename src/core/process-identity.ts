// Tells one process from another that got the same number later, here or on another host. Knows Linux's /proc and, elsewhere, ps.
import {createHash} from 'node:crypto';
import {readFile, readlink} from 'node:fs/promises';
import {hostname} from 'node:os';
import {kill, pid as ownPid} from 'node:process';
import {z} from './schema.ts';
import type {Exec} from './exec.ts';
import {hasErrorCode} from './errors.ts';

export const processIdentitySchema = z.object({
  host: z.string(),
  pid: z.int().positive(),
  /** Opaque; equal for the same process, different for a later one with the same pid, also after a reboot. */
  startedAt: z.string(),
  /** Hash of the host's machine id; absent where it has none, and where version 0.1 wrote it. */
  machine: z.string().optional(),
  /** Of Linux: process numbers of another container mean nothing here. Absent likewise. */
  pidNamespace: z.string().optional(),
});

export type ProcessIdentity = Readonly<z.infer<typeof processIdentitySchema>>;

export interface LivenessTools {
  readonly exec: Exec;
  /** The operator says that this host, by its name, is gone for good: its processes are dead. */
  readonly goneHost?: string | undefined;
}

/** @returns undefined when no such process runs. */
async function readStart(pid: number, exec: Exec): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The command name in parentheses may hold spaces; field 22 is counted from behind it. Source: proc(5).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    return `${bootId}:${fields[19] ?? ''}`;
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT', 'ESRCH')) throw error;
  }
  if (!isRunning(pid) || (await hasProc())) return undefined;
  const {stdout} = await exec(['ps', '-o', 'lstart=', '-p', String(pid)], {allow: 'any'});
  return stdout.trim() === '' ? undefined : stdout.trim();
}

async function hasProc(): Promise<boolean> {
  return readFile('/proc/self/stat').then(
    () => true,
    () => false,
  );
}

function isRunning(pid: number): boolean {
  try {
    kill(pid, 0);
    return true;
  } catch (error) {
    return hasErrorCode(error, 'EPERM');
  }
}

/** The id itself is not to be shown to others, so a hash is kept. Source: machine-id(5). @returns undefined for none. */
export function findMachine(machineId: string): string | undefined {
  const id = machineId.trim();
  if (!/^[0-9a-f]{32}$/.test(id) || /^0+$/.test(id)) return undefined; // Or `uninitialized`, in an image.
  return createHash('sha256').update(`build-spark ${id}`).digest('hex').slice(0, 16);
}

async function readOwn(exec: Exec): Promise<ProcessIdentity> {
  const [startedAt, machineId, pidNamespace] = await Promise.all([
    readStart(ownPid, exec),
    readFile('/etc/machine-id', 'utf8').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => undefined),
  ]);
  const machine = findMachine(machineId);
  return {
    host: hostname(),
    pid: ownPid,
    startedAt: startedAt ?? 'unknown',
    machine,
    pidNamespace,
  };
}

/** It never changes, and each lock and each mark of use wants it. */
let own: Promise<ProcessIdentity> | undefined;

/** Who we are, as written into journals and locks. */
export async function readOwnIdentity(exec: Exec): Promise<ProcessIdentity> {
  own ??= readOwn(exec);
  return own;
}

/**
 * Whether nobody here can tell if a process runs: it is another host's, or another container's. A boot's id is one
 * kernel's alone. The same machine id with another name and another boot may be a copy of this host's disk, so it is
 * not taken for us; nor is the same name with another machine id. Pure.
 */
export function isElsewhere(identity: ProcessIdentity, self: ProcessIdentity): boolean {
  const bootOf = ({startedAt}: ProcessIdentity): string => startedAt.split(':')[0] ?? '';
  const {machine, pidNamespace} = identity;
  if (bootOf(identity) === bootOf(self) && pidNamespace !== undefined)
    return pidNamespace !== self.pidNamespace;
  if (identity.host !== self.host) return true;
  return machine !== undefined && self.machine !== undefined && machine !== self.machine;
}

/** As `isElsewhere`, beside the process that we are. */
export async function isOfAnotherHost(identity: ProcessIdentity, exec: Exec): Promise<boolean> {
  return isElsewhere(identity, await readOwnIdentity(exec));
}

/**
 * Whether that very process still runs. One of another host counts as alive, unless the operator said that the host is
 * gone: a shared home directory must not make us destroy what somebody else is building.
 */
export async function isAlive(identity: ProcessIdentity, {exec, goneHost}: LivenessTools): Promise<boolean> {
  if (await isOfAnotherHost(identity, exec)) return identity.host !== goneHost;
  return (await readStart(identity.pid, exec)) === identity.startedAt;
}

/** For messages: `process 4711`, and where, if not here. */
export function nameProcess(identity: ProcessIdentity, self: ProcessIdentity): string {
  return `process ${identity.pid}${isElsewhere(identity, self) ? ` on host ${identity.host}` : ''}`;
}
