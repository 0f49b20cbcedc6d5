// Gathers all that is wrong, from work that is done at the same time. Knows no option.
import {asError, exitCodes, ExpectedError, isAbortError, ProblemsError, throwProblems} from './errors.ts';

/** @returns What went wrong, as a flat list. @throws What the operator cannot fix: a bug, or their own signal. */
export async function gatherProblems(work: readonly Promise<unknown>[]): Promise<readonly ExpectedError[]> {
  const results = await Promise.allSettled(work);
  return results.flatMap((result) => (result.status === 'rejected' ? listProblems(result.reason) : []));
}

/** What each of these checks throws. */
export function runChecks(checks: readonly (() => unknown)[]): readonly ExpectedError[] {
  return checks.flatMap((check) => {
    try {
      check();
      return [];
    } catch (error) {
      return listProblems(error);
    }
  });
}

export function listProblems(reason: unknown): readonly ExpectedError[] {
  if (!(reason instanceof ExpectedError) || isAbortError(reason)) throw asError(reason);
  return reason instanceof ProblemsError ? reason.problems : [reason];
}

/** Throws all as one list, what is wrong on any host first: nobody builds a box to learn that a version was mistyped. */
export function throwInOrder(problems: readonly ExpectedError[]): void {
  const isUsage = ({exitCode}: ExpectedError): boolean => exitCode === exitCodes.usage;
  const different = problems.filter(
    ({message}, index) => problems.findIndex((other) => other.message === message) === index,
  );
  throwProblems([...different.filter(isUsage), ...different.filter((each) => !isUsage(each))]);
}
