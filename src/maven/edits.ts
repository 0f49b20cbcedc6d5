// Changes to a source by pattern, files of ours added to it and files taken out: what is found must be there exactly as often as said. Knows no Maven.
import {createHash} from 'node:crypto';
import {lstat, mkdir, readFile, realpath, rm, writeFile} from 'node:fs/promises';
import {dirname, join, sep} from 'node:path';
import {z} from '../core/schema.ts';
import {BuildError, hasErrorCode} from '../core/errors.ts';

export const replacementSchema = z.object({
  why: z.string(),
  /** Path in the source. */
  file: z.string(),
  find: z.union([z.string().min(1), z.object({pattern: z.string().min(1), flags: z.string().optional()})]),
  /** How often it must match; anything else stops the build. */
  times: z.number().int().positive(),
  replace: z.string(),
  /** A source that has it otherwise, or has no such file, is left as it is. */
  ifFound: z.boolean().optional(),
});

export interface Replacement extends Readonly<z.infer<typeof replacementSchema>> {
  readonly id: string;
}

/** A file of ours, put where the source has none. */
export interface Addition {
  readonly id: string;
  readonly why: string;
  readonly file: string;
  readonly text: string;
}

/** A file of the source that is taken out. */
export interface Deletion {
  readonly id: string;
  readonly why: string;
  readonly file: string;
  readonly delete: true;
}

export type Edit = Replacement | Addition | Deletion;

export interface AppliedEdit {
  readonly id: string;
  readonly file: string;
  readonly why: string;
  /** Hex, of the edit itself (file, and what is found and put there): changes when the edit does. */
  readonly sha256: string;
}

const hint = 'Build an unchanged release tag; `build-spark plan` names the edits that a build needs.';

/**
 * @returns The text with every match replaced.
 * @throws BuildError when it does not match exactly as often as the edit says: the source is not the one it was written for.
 */
export function applyEdit(edit: Replacement, text: string): string {
  const count = countMatches(edit, text);
  if (count !== edit.times) {
    throw new BuildError(
      `The edit \`${edit.id}\` does not fit ${edit.file}: what it looks for is there ${count} times, not ${edit.times}.`,
      hint,
    );
  }
  const {find, replace} = edit;
  return typeof find === 'string' ? text.split(find).join(replace) : text.replaceAll(toRegExp(find), replace);
}

/**
 * Whether all of them can be applied to a source as it is: to judge a ref before anything is written.
 * @param read Gives the text of a file, undefined where there is none.
 */
export async function doEditsFit(
  edits: readonly Edit[],
  read: (path: string) => Promise<string | undefined>,
): Promise<boolean> {
  for (const edit of edits) {
    const text = await read(edit.file);
    if (!isFit(edit, text)) return false;
  }
  return true;
}

/** The line of an edit in a report and in the manifest. Pure. */
export function describeEdit(edit: Edit): AppliedEdit {
  const {id, file, why} = edit;
  return {
    id,
    file,
    why,
    sha256: createHash('sha256')
      .update(JSON.stringify(pickWhat(edit)))
      .digest('hex'),
  };
}

/**
 * Edits the files of a source tree in place, all or none: nothing is written before every edit was found to fit.
 * @param folder Top of the tree.
 * @returns Those that changed something.
 * @throws BuildError as applyEdit, when a file is not there, is there already, or would lie outside the tree.
 */
export async function applyEdits(folder: string, edits: readonly Edit[]): Promise<readonly AppliedEdit[]> {
  /** undefined: to be taken out. */
  const texts = new Map<string, string | undefined>();
  const applied: Edit[] = [];
  for (const edit of edits) {
    if ('text' in edit) {
      await checkIsFree(folder, edit);
      texts.set(edit.file, edit.text);
    } else {
      const text = texts.get(edit.file) ?? (await readSource(folder, edit));
      if (isLeftOut(edit, text)) continue;
      texts.set(edit.file, 'delete' in edit ? undefined : applyEdit(edit, text ?? ''));
    }
    applied.push(edit);
  }
  for (const [file, text] of texts) {
    if (text === undefined) {
      await rm(join(folder, file));
      continue;
    }
    await mkdir(dirname(join(folder, file)), {recursive: true});
    // Files of ours that are scripts are made as such; the mode of one which is there stays.
    await writeFile(join(folder, file), text, {mode: text.startsWith('#!') ? 0o777 : 0o666});
  }
  return applied.map(describeEdit);
}

/** Whether it changes nothing in this text, and may; undefined: there is no such file. Pure. */
export function isLeftOut(edit: Edit, text: string | undefined): boolean {
  return 'find' in edit && edit.ifFound === true && countMatches(edit, text ?? '') === 0;
}

/** Whether it can be applied to this text; undefined: there is no such file. Pure. */
function isFit(edit: Edit, text: string | undefined): boolean {
  if (isLeftOut(edit, text)) return true;
  if ('text' in edit) return text === undefined;
  return 'delete' in edit ? text !== undefined : countMatches(edit, text ?? '') === edit.times;
}

function pickWhat(edit: Edit): object {
  const {file} = edit;
  if ('text' in edit) return {file, text: edit.text};
  if ('delete' in edit) return {file, delete: true};
  return {file, find: edit.find, times: edit.times, replace: edit.replace};
}

function countMatches({find}: Replacement, text: string): number {
  return typeof find === 'string' ? text.split(find).length - 1 : [...text.matchAll(toRegExp(find))].length;
}

function toRegExp({pattern, flags}: {readonly pattern: string; readonly flags?: string | undefined}): RegExp {
  return new RegExp(pattern, `g${flags ?? ''}`);
}

async function readSource(folder: string, edit: Edit): Promise<string | undefined> {
  return readFile(join(folder, edit.file), 'utf8').catch((error: unknown) => {
    if (!hasErrorCode(error, 'ENOENT')) throw error;
    if (isLeftOut(edit, undefined)) return undefined;
    throw new BuildError(
      `The edit \`${edit.id}\` has no file to change: ${edit.file} is not in the source.`,
      hint,
    );
  });
}

/** A link in a foreign source must not lead us to write elsewhere on this host: the nearest folder that is there counts. */
async function checkIsFree(folder: string, {id, file}: Addition): Promise<void> {
  const find = async (path: string): Promise<string | undefined> =>
    lstat(path).then(
      () => realpath(path),
      (error: unknown) => {
        if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
        throw error;
      },
    );
  const target = join(folder, file);
  if ((await find(target)) !== undefined)
    throw new BuildError(`The edit \`${id}\` adds ${file}, which is in the source already.`, hint);
  let parent = dirname(target);
  let real = await find(parent);
  while (real === undefined && parent !== folder) {
    parent = dirname(parent);
    real = await find(parent);
  }
  const top = await realpath(folder);
  if (real !== top && real?.startsWith(top + sep) !== true)
    throw new BuildError(
      `The edit \`${id}\` cannot add ${file}: its folder is a link or not a folder.`,
      hint,
    );
}
