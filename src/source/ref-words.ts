// What is said of refs that do not exist, are not here, or have moved. Pure.
import {HostError, UsageError} from '../core/errors.ts';
import type {SourceLocation} from './location.ts';
import {findNearest} from './ref.ts';

/** @param known Its commit here. @param expected The one that a list read elsewhere gives it. */
export function describeMove(
  ref: string,
  source: SourceLocation,
  known: string,
  expected: string | undefined,
): string | undefined {
  if (expected === undefined || expected === known) return undefined;
  return (
    `The tag ${ref} of ${source.name} has moved: it was fetched as ${known}, and is ${expected} now. ` +
    'What was fetched is used; type the same with --refresh to fetch it again.'
  );
}

/** Where no connection is to be opened. */
export function notHere(
  ref: string,
  source: SourceLocation,
  {isOffline = false}: {readonly isOffline?: boolean | undefined} = {},
): HostError {
  return new HostError(
    `${ref} of ${source.name} is not on this host yet.`,
    isOffline
      ? 'Bring it here in a bundle (build-spark bundle use <file>), or name a copy on this host with --source <path>.'
      : 'Type the same again when all else is right: then it is fetched.',
  );
}

/** @param fullNames All that the source has. */
export function unknownRef(ref: string, source: SourceLocation, fullNames: readonly string[]): UsageError {
  const names = fullNames
    .filter((name) => !name.endsWith('^{}'))
    .map((name) => name.replace(/^refs\/(tags|heads)\//, ''));
  const near = findNearest(ref, [...new Set(names)]);
  const isShortId = /^[0-9a-f]{7,39}$/.test(ref);
  return new UsageError(
    `${source.name} has no tag or branch ${ref}.` +
      (near.length === 0 ? '' : ` Near it: ${near.join(', ')}.`),
    isShortId
      ? 'If it is a commit, give all 40 digits of its id.'
      : source.type === 'sample'
        ? 'Name another ref, or a release with --cdh.'
        : `To see which refs there are, type: git ls-remote ${source.name}`,
  );
}
