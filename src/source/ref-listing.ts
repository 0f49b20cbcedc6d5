// Lists the tags that a source has. Fetches nothing.
import {createGit, explainGitError} from './git.ts';
import {openRemote} from './git-remote.ts';
import type {SourceLocation} from './location.ts';
import type {FetchOptions, MirrorTools} from './mirror.ts';
import {notHere} from './ref-words.ts';

/** @returns Commit by tag name; annotated tags give the commit they stand for. */
export async function listTags(
  source: SourceLocation,
  tools: MirrorTools,
  {signal, isLocal, isOffline}: FetchOptions = {},
): Promise<ReadonlyMap<string, string>> {
  if (isLocal === true && source.type === 'url') throw notHere('The list of tags', source, {isOffline});
  const git = createGit(tools.exec, '/', {isBare: true});
  const {where, options, talk} = await openRemote(source, git, tools, signal);
  const {stdout} = await talk(['ls-remote', '--tags', ...options, '--', where], {
    timeoutMs: 60_000,
    ...(signal && {signal}),
  }).catch((error: unknown) => {
    throw explainGitError(error, source);
  });
  // A tag object's line comes before the line of the commit it stands for, which ends in ^{}.
  return new Map(
    stdout.split('\n').flatMap((line) => {
      const match = /^([0-9a-f]{40,64})\trefs\/tags\/(.+?)(\^\{\})?$/.exec(line);
      return match?.[1] === undefined || match[2] === undefined ? [] : [[match[2], match[1]] as const];
    }),
  );
}
