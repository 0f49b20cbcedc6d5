// Checks and applies the operator's own patch files to a tree. Knows git apply, which takes no context that is only nearly right.
import {createHash} from 'node:crypto';
import {lstat, realpath, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {readUndeleteRules} from '../catalogue/removal.ts';
import {describeError, hasErrorCode, UsageError} from '../core/errors.ts';
import {CommandError, lastLines, type Exec} from '../core/exec.ts';
import {readRegular} from '../core/regular-file.ts';
import {createGit, type Git} from './git.ts';
import {findPatchFault, findRejection, listPaths, withLineEnds, type PatchFault} from './patch-faults.ts';
import {keptMark} from './undelete.ts';

/** A patch file as it was read once: what is checked, hashed and applied is the same. */
export interface Patch {
  readonly path: string;
  readonly name: string;
  /** Hex. */
  readonly sha256: string;
  readonly content: Buffer;
}

/** More than any change by hand, and little to keep in memory. */
const limitBytes = 32 * 1024 * 1024;

/** @throws UsageError naming the file that is not there, cannot be read or holds no change. */
export async function readPatch(path: string): Promise<Patch> {
  // A link of the operator's own is theirs to follow; a pipe could be read only once, and we read it several times.
  const content = await realpath(path)
    .then((file) => readRegular(file, limitBytes))
    .catch((error: unknown) => {
      throw new UsageError(
        `The patch ${path} ${describeReadError(error)}.`,
        'Name a file that `git diff` or `diff -u` wrote.',
        {cause: error},
      );
    });
  const fault = findPatchFault(content);
  if (fault !== undefined) throw new UsageError(`The patch ${path} ${fault.reason}.`, fault.remedy);
  return {path, name: basename(path), sha256: createHash('sha256').update(content).digest('hex'), content};
}

function describeReadError(error: unknown): string {
  if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return 'does not exist';
  if (hasErrorCode(error, 'EACCES', 'EPERM')) return 'may not be read';
  if (hasErrorCode(error, 'ENOTREG')) return 'is not a file: a folder, a pipe or a device cannot be a patch';
  return `cannot be read: ${describeError(error)}`;
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
  const text = patch.content.toString('latin1');
  const levels = findStripLevels(text);
  const attempt = async (content: Buffer, options: readonly string[]): Promise<string | undefined> => {
    await writeFile(file, content);
    const failures: string[] = [];
    for (const level of levels) {
      try {
        const args = ['apply', `-p${level}`];
        await git([...args, '--check', ...options, '--', file], signal && {signal});
        if (levels.length > 1) await checkTopFolders(git, tree, level, file);
        if (options.length === 0) await git([...args, '--', file], signal && {signal});
        return undefined;
      } catch (error) {
        if (!(error instanceof CommandError) && !(error instanceof UsageError)) throw error;
        failures.push(error instanceof CommandError ? error.result.stderr : error.message);
      }
    }
    return failures.find((each) => each.includes('patch does not apply')) ?? failures[0] ?? '';
  };
  const said = await attempt(patch.content, []);
  if (said === undefined) return;
  const wouldApply = async (changed: string, option: '--check' | '--reverse'): Promise<boolean> =>
    (await attempt(Buffer.from(changed, 'latin1'), [option])) === undefined;
  const fault =
    (await findUndelete(tree, text)) ??
    ((await wouldApply(text, '--reverse'))
      ? {reason: 'is applied already: the source has these changes', remedy: 'Leave it out.'}
      : undefined) ??
    ((await wouldApply(withLineEnds(text, 'LF'), '--check'))
      ? {
          reason: 'has Windows line endings (CRLF), and the source does not',
          remedy: "Convert it, and name the new file: sed 's/\\r$//' <old> > <new>",
        }
      : undefined) ??
    ((await wouldApply(withLineEnds(text, 'CRLF'), '--check'))
      ? {
          reason: `has other line endings than the source, where ${listPaths(text).join(', ')} ends its lines with CRLF`,
          remedy: 'Make it anew with `git diff` in a checkout with core.autocrlf=false.',
        }
      : undefined) ??
    findRejection(text, said);
  if (fault !== undefined)
    throw new UsageError(`The patch ${patch.path} does not apply: it ${fault.reason}.`, fault.remedy);
  throw new UsageError(
    `The patch ${patch.path} does not apply:\n${lastLines(said.replaceAll(file, patch.name), 6)}`,
    'Make it anew against this release: `build-spark source` with the same options writes the tree.',
  );
}

/** The original recipe had such a patch for each release; its effect is already in the tree. */
async function findUndelete(tree: string, text: string): Promise<PatchFault | undefined> {
  const {removals} = await readUndeleteRules();
  const edited = text.split('\n').filter((line) => /^[-+](?![-+]{2} ).*\brm\b.*DISTDIR/.test(line));
  const named = removals.filter(({path}) => edited.some((line) => line.includes(path)));
  if (named.length === 0) return undefined;
  for (const script of ['make-distribution.sh', 'dev/make-distribution.sh']) {
    const now = await readRegular(join(tree, script)).catch(() => Buffer.alloc(0));
    if (!now.includes(keptMark)) continue;
    const isAlone = listPaths(text).every((path) => path.includes('make-distribution.sh'));
    return {
      reason: `takes back lines at the end of ${script} that remove ${named[0]?.path ?? ''} and others, which the tool has done already`,
      remedy: `${isAlone ? 'Leave the patch out' : 'Take that part out of it'}: --with says which scripts are kept.`,
    };
  }
  return undefined;
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
