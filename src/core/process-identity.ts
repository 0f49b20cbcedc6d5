// Tells one process from another that got the same number later. Knows Linux's /proc and, elsewhere, ps.
import {readFile} from 'node:fs/promises';
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
});

export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

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

/** It never changes, and each lock and each mark of use wants it. */
let ownStart: Promise<string | undefined> | undefined;

/** Who we are, as written into journals and locks. */
export async function readOwnIdentity(exec: Exec): Promise<ProcessIdentity> {
  ownStart ??= readStart(ownPid, exec);
  return {host: hostname(), pid: ownPid, startedAt: (await ownStart) ?? 'unknown'};
}

/**
 * Whether that very process still runs. One of another host counts as alive: a shared home directory
 * must not make us destroy what somebody else is building.
 */
export async function isAlive(identity: ProcessIdentity, exec: Exec): Promise<boolean> {
  if (identity.host !== hostname()) return true;
  return (await readStart(identity.pid, exec)) === identity.startedAt;
}
