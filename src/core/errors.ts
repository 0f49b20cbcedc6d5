// Failures the operator can act on. Anything else that is thrown is our bug. Knows nothing of how they are printed.
import {constants} from 'node:os';

/** The one table of exit codes, the same for every command. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  leaked: 3,
  host: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export abstract class ExpectedError extends Error {
  abstract readonly exitCode: ExitCode;

  /**
   * @param message What happened and why, in one or two sentences.
   * @param hint One imperative sentence: what to type or do next. Printed under the message.
   */
  constructor(
    message: string,
    readonly hint: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Wrong on any host: arguments, files, versions, refs, a conflict of names. */
export class UsageError extends ExpectedError {
  readonly exitCode = exitCodes.usage;
}

/** This host or its network is not ready: missing tools, memory, disk, a source out of reach. */
export class HostError extends ExpectedError {
  readonly exitCode = exitCodes.host;
}

/** A build, a check or an action on another host failed. */
export class BuildError extends ExpectedError {
  readonly exitCode = exitCodes.failed;
}

/** A machine may still exist although we tried to destroy it. Wins over every other exit code. */
export class LeakError extends ExpectedError {
  readonly exitCode = exitCodes.leaked;
}

/** The operator, or a supervisor, asked us to stop. */
export class InterruptedError extends ExpectedError {
  readonly exitCode = exitCodes.interrupted;

  constructor(signalName: string) {
    super(`Interrupted by ${signalName}.`, 'Type the same command again to do what is missing.');
  }
}

/** Several problems found at once, so that the operator can fix them in one go. */
export class ProblemsError extends ExpectedError {
  readonly exitCode: ExitCode;

  /** @param problems At least one. The exit code is `usage` if any of them is wrong on every host. */
  constructor(readonly problems: readonly ExpectedError[]) {
    super(problems.map((problem) => problem.message).join('\n'), problems[0]?.hint ?? '');
    this.exitCode = problems.some((problem) => problem.exitCode === exitCodes.usage)
      ? exitCodes.usage
      : exitCodes.host;
  }
}

/** Throws nothing, or the one problem as it is, or all of them as one `ProblemsError`. */
export function throwProblems(problems: readonly ExpectedError[]): void {
  const [first, ...rest] = problems;
  if (first === undefined) return;
  throw rest.length === 0 ? first : new ProblemsError(problems);
}

/** What was thrown, as an Error; JavaScript lets anything be thrown. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** The message of anything that was thrown. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether this is what an aborted wait throws. */
export function isAbortError(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error instanceof InterruptedError);
}

/** Whether a file-system call failed with this code, such as `ENOENT`. */
export function hasErrorCode(error: unknown, ...codes: readonly string[]): boolean {
  return (
    error instanceof Error && 'code' in error && codes.includes(findCode(error as NodeJS.ErrnoException))
  );
}

/** Node 20 and 24 do not know a used-up quota, and call it "Unknown system error -122". */
function findCode({code = '', errno}: NodeJS.ErrnoException): string {
  return errno === -constants.errno.EDQUOT ? 'EDQUOT' : code;
}

/** Whether this host's own files or disks are at fault, and nothing that we or a guest did. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'errno' in error && 'syscall' in error;
}
