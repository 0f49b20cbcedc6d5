// A commit of a mirror as a tree on this host, with our edits in its files. Knows no script and no patches of others.
import {lstat, realpath, rm} from 'node:fs/promises';
import {dirname, join, sep} from 'node:path';
import {BuildError, hasErrorCode, UsageError} from '../core/errors.ts';
import {CommandError, lastLines, type Exec} from '../core/exec.ts';
import type {Paths} from '../core/paths.ts';
import {applyEdits, isLeftOut, type AppliedEdit, type Edit} from '../maven/edits.ts';
import {createGit, uploadPack} from './git.ts';
import {parseSource, type SourceLocation} from './location.ts';
import {planMirrorFolder} from './mirror.ts';

export interface PrepareTools {
  readonly exec: Exec;
  readonly paths: Pick<Paths, 'git' | 'source'>;
}

export interface CheckOutRequest {
  /** As the operator named it, or its safe name. */
  readonly source: string | SourceLocation;
  /** A commit which the mirror has: `Mirror.resolve` fetched it. */
  readonly commit: string;
  readonly edits: readonly Edit[];
  readonly signal?: AbortSignal | undefined;
}

/** @throws BuildError for an edit that does not fit; UsageError for one of a file that is not a plain one of the tree. */
export async function editTree(folder: string, edits: readonly Edit[]): Promise<readonly AppliedEdit[]> {
  for (const edit of edits)
    if (!('text' in edit)) await (isLeftOut(edit, undefined) ? findInside : checkIsInside)(folder, edit.file);
  return applyEdits(folder, edits);
}

/**
 * The tree of one commit, as a depth-1 repository.
 * @param folder Not there yet; what is above it is.
 */
export async function checkOut(
  {exec, paths}: PrepareTools,
  request: Omit<CheckOutRequest, 'edits'>,
  folder: string,
): Promise<void> {
  const {commit} = request;
  const options = request.signal && {signal: request.signal};
  const source = typeof request.source === 'string' ? parseSource(request.source, '/') : request.source;
  const mirror = planMirrorFolder(source, paths);
  const git = createGit(exec, folder, {isBare: false});
  await createGit(exec, dirname(folder), {isBare: false})(
    ['init', '--quiet', '--template=', folder],
    options,
  );
  try {
    await git(['fetch', '--quiet', '--depth=1', '--no-tags', uploadPack, '--', mirror, commit], options);
    await git(['checkout', '--quiet', '--detach', commit], options);
  } catch (error) {
    if (!(error instanceof CommandError) || error.result.stderr.includes('No space left')) throw error;
    throw new BuildError(
      `Commit ${commit} could not be checked out of the mirror ${mirror}:\n${lastLines(error.result.stderr, 3)}`,
      `If the mirror is damaged: rm -r ${mirror}; it is fetched again.`,
      {cause: error},
    );
  }
  await rm(join(folder, '.git/FETCH_HEAD'), {force: true}); // It names a path of this host.
  // Spark 2 records the address in its jars: the public one or none, never a path or a password.
  if (source.type === 'url') await git(['config', 'remote.origin.url', source.name], options);
  // What the guest unpacks must not depend on the umask here.
  await exec(['chmod', '-R', 'u+rwX,go+rX,go-w', folder], options);
}

/** When the commit that is checked out was made; seconds since 1970. */
export async function readCommitTime(exec: Exec, folder: string): Promise<number> {
  const {stdout} = await createGit(exec, folder, {isBare: false})(['show', '-s', '--format=%ct', 'HEAD']);
  return Number(stdout.trim());
}

export async function checkIsInside(folder: string, path: string): Promise<string> {
  const file = await findInside(folder, path);
  if (file === undefined) throw new UsageError(`The source has no ${path}.`, 'Name another ref.');
  return file;
}

/** A link in a foreign source must not lead us to write into a file of this host. */
async function findInside(folder: string, path: string): Promise<string | undefined> {
  const file = join(folder, path);
  const stats = await lstat(file).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  });
  if (stats === undefined) return undefined;
  const isInside = (await realpath(file)).startsWith((await realpath(folder)) + sep);
  if (stats.isFile() && isInside) return file;
  throw new UsageError(`${path} in the source is not a plain file.`, 'Name another ref.');
}
