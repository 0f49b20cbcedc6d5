// Says what of a source is not built although it may look as if it were. Knows no build; refuses nothing.
import {CommandError, type Exec} from '../core/exec.ts';
import {quoteWord} from '../core/quote.ts';
import type {CommitFiles} from './commit-files.ts';
import {createGit} from './git.ts';
import type {SourceLocation} from './location.ts';

const shown = 3;

/** `a, b, c and 12 more` */
function renderNames(names: readonly string[]): string {
  const more = names.length - shown;
  return `${names.slice(0, shown).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** What a commit lacks. @param name Of the source and the ref, as in `sample, v1`. */
export function describeLacks(
  name: string,
  {submodules, pointers}: Pick<CommitFiles, 'submodules' | 'pointers'>,
): readonly string[] {
  return [
    ...(submodules.length === 0
      ? []
      : [
          `${name} has submodules, which are not fetched; these folders stay empty: ${renderNames(submodules)}.`,
        ]),
    ...(pointers.length === 0
      ? []
      : [
          `${name} has files in Git LFS, whose content is not fetched; of these the build gets the pointers alone: ` +
            `${renderNames(pointers)}.`,
        ]),
  ];
}

/** @returns What is changed in the folder that `--source` names and is not part of a commit; undefined when nothing is. */
export async function findUncommitted(
  source: SourceLocation,
  exec: Exec,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (source.type !== 'path') return undefined;
  const git = createGit(exec, source.path, {isBare: false, keepsSettings: true});
  try {
    const {stdout} = await git(['status', '--porcelain', '-z', '--no-renames', '--ignore-submodules=all'], {
      timeoutMs: 60_000,
      ...(signal && {signal}),
    });
    const names = stdout.split('\0').flatMap((entry) => (entry === '' ? [] : [entry.slice(3)]));
    if (names.length === 0) return undefined;
    return (
      `${source.name} has uncommitted changes, which are not built: ${renderNames(names)}. ` +
      'Commit them, and name that commit or its branch with --ref.'
    );
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    // A bare repository has none, and what is not a repository is refused elsewhere.
    if (!error.result.stderr.includes('dubious ownership')) return undefined;
    return (
      `Whether ${source.name} has uncommitted changes is not known, because it belongs to another user. ` +
      `If you trust that user, type: git config --global --add safe.directory ${quoteWord(source.path)}`
    );
  }
}
