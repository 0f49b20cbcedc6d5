// The files that we add to a dist beside what the build made. Knows not what is in them.
import {join} from 'node:path';
import {BuildError, hasErrorCode} from '../core/errors.ts';
import {isTaken} from '../core/presence.ts';
import {writeNew} from '../core/regular-file.ts';

/** What the undelete changed in the source. */
export const patchName = 'undelete.patch';

/** @throws BuildError when anything of that name is there: it is the build's, and not ours to replace. */
export async function writeOwn(dir: string, name: string, text: string): Promise<void> {
  await writeNew(join(dir, name), text, 0o644).catch((error: unknown) => {
    throw hasErrorCode(error, 'EEXIST') ? taken(name) : error;
  });
}

/** Before anything is written. @throws BuildError */
export async function refuseOwnNames(dir: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (await isTaken(join(dir, name))) throw taken(name);
  }
}

function taken(name: string): BuildError {
  return new BuildError(
    `The build made ${name} itself at the top of its dist, and that name is build-spark's own.`,
    'Give it another name, in the script or patch that makes it.',
  );
}
