// Owns why a build failed, in one word and one sentence, and what to type next. Pure; knows no machine and no disk.
import {CommandError} from '../core/exec.ts';
import {stripControls} from '../core/printable.ts';
import {
  BuildError,
  describeError,
  ExpectedError,
  hasErrorCode,
  HostError,
  InterruptedError,
} from '../core/errors.ts';
import type {Failure} from '../core/events.ts';
import type {Proxies} from '../core/proxies.ts';
import {ConnectionLostError, RemoteCommandError, SilenceError} from '../core/ssh-errors.ts';
import {findDamagedDownload} from './failure-downloads.ts';
import {
  findCompileErrors,
  findDiskFull,
  findFailedArtifact,
  findFailedGoal,
  findJvmCrash,
  findLastError,
  findOutOfMemory,
  findPackageFailure,
  findPatchFailure,
  findPuppetError,
  findUnreachable,
} from './failure-evidence.ts';
import {findPhase, type FailureKind} from './failure-kinds.ts';
import {planArtifactFailure} from './failure-remedies.ts';

export interface Diagnosis extends Failure {
  readonly kind: FailureKind;
  /** The network was at fault in a way that may pass: the same again can succeed. */
  readonly isRetryable: boolean;
  readonly needsMoreMemory: boolean;
}

export interface Symptoms {
  /** Name of the step that failed, as in the recipe. */
  readonly step: string;
  readonly error: unknown;
  /** The last lines of the build's output, oldest first; a few thousand. */
  readonly logTail: readonly string[];
  /** Processes that the kernel killed in the machine for want of memory; absent when nobody could tell. */
  readonly oomKills?: number | undefined;
  readonly machineState?: 'running' | 'stopped' | 'absent';
  readonly memoryMib?: number;
  /** On the fullest file system that the build writes to. */
  readonly freeBytes?: number | undefined;
  readonly proxies?: Proxies | undefined;
}

/** The whole build took too long. */
export class BuildTimeoutError extends BuildError {
  constructor(timeoutMs: number) {
    super(
      `The build took longer than ${Math.round(timeoutMs / 60_000)} minutes.`,
      'Give it more time: --timeout 6h',
    );
  }
}

/** Something else stopped or destroyed the machine. */
export class MachineGoneError extends BuildError {
  constructor(machine: string, state: 'stopped' | 'absent') {
    super(
      `The machine ${machine} was ${state === 'absent' ? 'destroyed' : 'stopped'} by something else while it was building.`,
      'Type the same command to build again.',
    );
  }
}

/** A disk of this host is nearly full, seen before it broke something. */
export class DiskFullError extends HostError {
  constructor(folder: string, freeBytes: number) {
    super(
      `The disk of ${folder} is nearly full: ${Math.floor(freeBytes / 1024 ** 2)} MiB are left.`,
      `Make room there (df -h ${folder}), then type the same command again.`,
    );
  }
}

interface Finding {
  readonly kind: FailureKind;
  readonly message: string;
  readonly hint: string;
  readonly isRetryable?: boolean;
}

/** What tells a cause stands at the beginning of a line; no longer part of it is searched, or shown. */
const longestEvidence = 2_000;

/** Never throws. The most certain signs come first: what we know ourselves, then what the log says. */
export function diagnose(raw: Symptoms): Diagnosis {
  const symptoms = {...raw, logTail: raw.logTail.map((line) => renderBare(line.slice(0, longestEvidence)))};
  const finding = findCertain(symptoms) ?? findInLog(symptoms) ?? planFallback(symptoms);
  const {kind, message, hint, isRetryable = false} = finding;
  return {kind, message, hint, step: symptoms.step, isRetryable, needsMoreMemory: kind === 'memory'};
}

/** Without colours and without what `vagrant` puts before a guest's lines. */
function renderBare(line: string): string {
  return stripControls(line).replace(/^(?:==> | {4})[\w.-]+: /, '');
}

function keep(kind: FailureKind, error: ExpectedError, isRetryable = false): Finding {
  return {kind, message: error.message, hint: error.hint, isRetryable};
}

/** What the error's class alone, or a fact about the machine, decides. */
function findCertain(symptoms: Symptoms): Finding | undefined {
  const {error, logTail} = symptoms;
  if (error instanceof InterruptedError) return keep('interrupted', error);
  if (error instanceof MachineGoneError) return keep('machine-gone', error);
  if (error instanceof DiskFullError) return keep('disk-full', error);
  if (hasErrorCode(error, 'ENOSPC', 'EDQUOT')) return planDiskFull(describeError(error));
  // A compiler without memory often hangs or takes the connection with it: that is the better reason to give.
  if (error instanceof BuildTimeoutError) return findMemory(symptoms) ?? keep('timeout', error);
  if (error instanceof SilenceError) return findMemory(symptoms) ?? keep('silence', error);
  if (error instanceof ConnectionLostError) {
    const {machineState} = symptoms;
    if (machineState === 'stopped' || machineState === 'absent') {
      return {
        ...keep('machine-gone', error),
        message: `The machine is ${machineState}: something else stopped or destroyed it.`,
      };
    }
    return findMemory(symptoms) ?? keep('connection-lost', error, true);
  }
  if (error instanceof CommandError && error.result.timedOut) return keep('timeout', error);
  if (isCommandError(error) || !(error instanceof ExpectedError)) return undefined;
  // The error itself says best what happened and what to do; only the kind is ours.
  if (error instanceof HostError && findDiskFull(error.message.split('\n')) !== undefined)
    return keep('disk-full', error);
  return findFull(symptoms, [...error.message.split('\n'), ...logTail.slice(-20)]) === undefined
    ? keep(findPhase(symptoms.step), error)
    : planDiskFull(error.message);
}

function isCommandError(error: unknown): error is RemoteCommandError | CommandError {
  return error instanceof RemoteCommandError || error instanceof CommandError;
}

function findMemory({logTail, error, oomKills, memoryMib}: Symptoms): Finding | undefined {
  const wasKilled =
    isCommandError(error) &&
    (error.result.exitCode === 137 || (error instanceof RemoteCommandError && error.signalName === 'KILL'));
  const line = findOutOfMemory(logTail);
  const hasKills = (oomKills ?? 0) > 0;
  // A known count of zero clears the kernel: something else sent the SIGKILL.
  if (line === undefined && !hasKills && !(wasKilled && oomKills === undefined)) return undefined;
  const size = memoryMib === undefined ? '' : ` (${memoryMib} MiB)`;
  const evidence = line ?? (hasKills ? 'the kernel killed a process of it.' : 'a process of it was killed.');
  const moreGib = Math.ceil(((memoryMib ?? 6144) * 1.5) / 1024);
  return {
    kind: 'memory',
    message: `The machine${size} ran out of memory: ${evidence.trim()}`,
    hint: `Give it more: --memory ${moreGib}g`,
  };
}

/** With that much left no tool has met a full disk, whatever it says; but a quota is its own limit. */
const plentyBytes = 2 * 1024 ** 3;

function findFull({freeBytes}: Symptoms, lines: readonly string[]): string | undefined {
  const line = findDiskFull(lines);
  const isQuota = line?.includes('quota') === true;
  return freeBytes !== undefined && freeBytes >= plentyBytes && !isQuota ? undefined : line;
}

function planDiskFull(evidence: string): Finding {
  return {
    kind: 'disk-full',
    message: `A disk is full: ${evidence.trim()}`,
    hint: "Make room (with lxc the machine lives on this host's disk: df -h), then type the same command again.",
  };
}

/** Causes before their consequences: a full disk also breaks downloads, a failed download also breaks compiling. */
function findInLog(symptoms: Symptoms): Finding | undefined {
  const {step, error} = symptoms;
  const phase = findPhase(step);
  const lines = [
    ...symptoms.logTail,
    ...describeError(error)
      .split('\n')
      .map((line) => line.slice(0, longestEvidence)),
  ];
  const memory = findMemory({...symptoms, logTail: lines});
  if (memory !== undefined) return memory;
  const full = findFull(symptoms, lines);
  if (full !== undefined) return planDiskFull(full);
  if (symptoms.freeBytes !== undefined && symptoms.freeBytes < 64 * 1024 ** 2) {
    return planDiskFull(`${Math.floor(symptoms.freeBytes / 1024 ** 2)} MiB are left.`);
  }
  if (phase === 'provision' || phase === 'boot') return findProvision(lines);
  if (phase === 'patch') {
    const rejected = findPatchFailure(lines);
    if (rejected === undefined) return undefined;
    return {
      kind: 'patch',
      message: `A patch does not fit: ${rejected}`,
      hint: 'Read the log; see what it would change with: build-spark source',
    };
  }
  const crash = findJvmCrash(lines);
  if (crash !== undefined) {
    return {
      kind: 'jvm-crash',
      message: `The Java virtual machine in the guest crashed: ${crash}`,
      hint: 'Type the same command again. If it crashes again: another box has another JDK (--box).',
    };
  }
  const artifact = findFailedArtifact(lines) ?? findDamagedDownload(lines);
  if (artifact !== undefined) return planArtifactFailure(artifact, symptoms.proxies);
  const errors = findCompileErrors(lines, '/home/vagrant/spark');
  if (errors !== undefined) {
    const others = errors.count > 1 ? ` (the first of ${errors.count} errors)` : '';
    return {
      kind: 'compile-error',
      message: `The source does not compile: ${errors.place}: ${errors.message}${others}`,
      hint: 'A patch of your own (--patch FILE) can fix it; the whole output is in maven.log beside the log.',
    };
  }
  return findNetwork(lines, true);
}

function findProvision(lines: readonly string[]): Finding | undefined {
  const packages = findPackageFailure(lines);
  if (packages !== undefined) {
    return {
      kind: 'guest-packages',
      message: `The machine's package manager failed: ${packages.line}`,
      hint: packages.isNetwork
        ? 'Its archive was out of reach. Try again; behind a proxy give --proxy URL, and --ca-cert FILE if it signs with its own certificate.'
        : "The box's package sources do not have it: use another box (--box; `build-spark box ls` shows them).",
      isRetryable: packages.isNetwork,
    };
  }
  const puppet = findPuppetError(lines);
  if (puppet === undefined) return findNetwork(lines, false);
  return {
    kind: 'provision',
    message: `Puppet stopped: ${puppet}`,
    hint: 'Read the log; another box is chosen with --box (`build-spark box ls` shows them).',
  };
}

function findNetwork(lines: readonly string[], mayBeATest: boolean): Finding | undefined {
  const line = findUnreachable(lines, mayBeATest);
  if (line === undefined) return undefined;
  return {
    kind: 'network',
    message: `A host was out of reach: ${line.trim()}`,
    hint: 'Try again; behind a proxy give --proxy URL.',
    isRetryable: true,
  };
}

/** Nothing tells the cause; so where it was, and the line that comes nearest to a reason. */
function planFallback({step, error, logTail}: Symptoms): Finding {
  const phase = findPhase(step);
  const goal = findFailedGoal(logTail);
  const [first = ''] = describeError(error).split('\n');
  const last = findLastError(logTail);
  const detail = goal ?? (isCommandError(error) ? last : undefined);
  const hint =
    phase === 'boot'
      ? 'Read the log; `build-spark doctor` checks this host.'
      : 'Read the log; with --on-failure keep the machine stays for a look.';
  if (error instanceof ExpectedError) {
    return {
      kind: phase,
      message: detail === undefined ? first : `${first.replace(/:$/, '.')} ${detail}`,
      hint,
    };
  }
  return {
    kind: 'unknown',
    message: `Unexpected: ${first}`,
    hint: 'This is a bug in build-spark; report it with the log.',
  };
}
