// Lists the tags that a source has. Fetches nothing.
import {markUse} from '../store/uses.ts';
import {createGit, explainGitError, uploadPack} from './git.ts';
import type {SourceLocation} from './location.ts';
import type {FetchOptions, MirrorTools} from './mirror.ts';
import {notHere} from './ref-words.ts';
import {writeSampleRepository} from './sample-repository.ts';

/** @returns Commit by tag name; annotated tags give the commit they stand for. */
export async function listTags(
  source: SourceLocation,
  tools: MirrorTools,
  {signal, isLocal}: FetchOptions = {},
): Promise<ReadonlyMap<string, string>> {
  if (isLocal === true && source.type === 'url') throw notHere('The list of tags', source);
  if (source.type === 'sample') await markUse(tools, {kind: 'sample', name: '*'});
  const where =
    source.type === 'url'
      ? source.url
      : source.type === 'path'
        ? source.path
        : await writeSampleRepository(tools.paths.sample, {exec: tools.exec, ...(signal && {signal})});
  const git = createGit(tools.exec, '/', {isBare: true});
  const options = source.type === 'url' ? [] : [uploadPack];
  const {stdout} = await git(['ls-remote', '--tags', ...options, '--', where], {
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
