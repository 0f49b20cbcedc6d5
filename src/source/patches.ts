// Checks and applies the operator's own patch files to a tree. Knows git apply, which takes no context that is only nearly right.
import {createHash} from 'node:crypto';
import {lstat, readFile, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {hasErrorCode, UsageError} from '../core/errors.ts';
import {CommandError, lastLines, type Exec} from '../core/exec.ts';
import {createGit, type Git} from './git.ts';

/** A patch file as it was read once: what is checked, hashed and applied is the same. */
export interface Patch {
  readonly path: string;
  readonly name: string;
  /** Hex. */
  readonly sha256: string;
  readonly content: Buffer;
}

/** @throws UsageError naming the file that is not there, cannot be read or holds no change. */
export async function readPatch(path: string): Promise<Patch> {
  const content = await readFile(path).catch((error: unknown) => {
    const why = hasErrorCode(error, 'ENOENT')
      ? 'does not exist'
      : hasErrorCode(error, 'EISDIR')
        ? 'is a folder'
        : hasErrorCode(error, 'EACCES', 'EPERM')
          ? 'may not be read'
          : undefined;
    if (why === undefined) throw error;
    throw new UsageError(`The patch ${path} ${why}.`, 'Name a file that `git diff` or `diff -u` wrote.', {
      cause: error,
    });
  });
  if (
    !/^@@ |^(?:rename|copy) from |^old mode |^GIT binary patch|^(?:new|deleted) file mode /m.test(
      content.toString('latin1'),
    )
  )
    throw new UsageError(
      `The patch ${path} holds no change in unified form.`,
      'Name a file that `git diff` or `diff -u` wrote.',
    );
  return {path, name: basename(path), sha256: createHash('sha256').update(content).digest('hex'), content};
}

/**
 * Applies one patch whole or not at all. Offsets are taken, fuzz is not: every line of context must be there.
 * Paths are as in `git diff` (a/…, b/…), or relative to the top of the tree, or below one folder of any name.
 * @param workFolder Where the patch is put meanwhile; not in the tree.
 * @throws UsageError naming the patch and what did not apply.
 */
export async function applyPatch(
  exec: Exec,
  tree: string,
  patch: Patch,
  workFolder: string,
  signal?: AbortSignal,
): Promise<void> {
  const git = createGit(exec, tree, {isBare: false});
  const file = join(workFolder, 'operator.patch');
  await writeFile(file, patch.content);
  const attempts = findStripLevels(patch.content.toString('latin1'));
  const failures: string[] = [];
  for (const level of attempts) {
    try {
      const args = ['apply', `-p${level}`];
      await git([...args, '--check', '--', file], signal && {signal});
      if (attempts.length > 1) await checkTopFolders(git, tree, level, file);
      await git([...args, '--', file], signal && {signal});
      return;
    } catch (error) {
      if (!(error instanceof CommandError) && !(error instanceof UsageError)) throw error;
      failures.push(error instanceof CommandError ? error.result.stderr : error.message);
    }
  }
  const best = failures.find((text) => text.includes('patch does not apply')) ?? failures[0] ?? '';
  throw new UsageError(
    `The patch ${patch.path} does not apply:\n${lastLines(best.replaceAll(file, patch.name), 6)}`,
    'Make it anew against this release: `build-spark source` with the same options writes the tree.',
  );
}

/** How many leading folders to take off the paths; one answer where the patch says so itself. */
function findStripLevels(text: string): readonly number[] {
  const sides = {'---': 'a/', '+++': 'b/'};
  const headers = [...text.matchAll(/^(---|\+\+\+) ([^\t\n]+)/gm)].filter(
    (match) => match[2] !== '/dev/null',
  );
  const isPrefixed = ([, mark, path]: RegExpExecArray): boolean =>
    path?.replace(/^"/, '').startsWith(sides[mark as keyof typeof sides]) === true;
  if (headers.length > 0) return headers.every(isPrefixed) ? [1] : [0, 1];
  return /^diff --git a\/.* b\//m.test(text) ? [1] : [0, 1];
}

/** A patch of new files only would apply at any level: its folders must be those of the source. */
async function checkTopFolders(git: Git, tree: string, level: number, file: string): Promise<void> {
  const {stdout} = await git(['apply', `-p${level}`, '--numstat', '-z', '--', file]);
  for (const record of stdout.split('\0')) {
    const [top, ...rest] = (record.split('\t')[2] ?? '').split('/');
    if (top === undefined || rest.length === 0) continue;
    const isThere = await lstat(join(tree, top)).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    if (!isThere) throw new UsageError(`The source has no folder ${top}.`, '');
  }
}
