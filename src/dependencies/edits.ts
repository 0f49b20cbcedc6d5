// Changes to a source by pattern: what is found must be there exactly as often as said. Knows no Maven.
import {createHash} from 'node:crypto';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {BuildError, hasErrorCode} from '../core/errors.ts';
import type {EditData} from './stand-in.ts';

export interface Edit extends EditData {
  readonly id: string;
}

export interface AppliedEdit {
  readonly id: string;
  readonly file: string;
  readonly why: string;
  /** Hex, of the edit itself (find, replace, file, times): changes when the edit does. */
  readonly sha256: string;
}

/**
 * @returns The text with every match replaced.
 * @throws BuildError when it does not match exactly as often as the edit says: the source is not the one it was written for.
 */
export function applyEdit(edit: Edit, text: string): string {
  const {find} = edit;
  const pieces = typeof find === 'string' ? text.split(find) : undefined;
  const pattern = typeof find === 'string' ? undefined : new RegExp(find.pattern, `g${find.flags ?? ''}`);
  const count = pattern === undefined ? (pieces?.length ?? 1) - 1 : [...text.matchAll(pattern)].length;
  if (count !== edit.times) {
    throw new BuildError(
      `The edit \`${edit.id}\` does not fit ${edit.file}: what it looks for is there ${count} times, not ${edit.times}.`,
      'Build an unchanged release tag, or compile against Cloudera with --dependencies cloudera.',
    );
  }
  return pattern === undefined ? (pieces ?? []).join(edit.replace) : text.replaceAll(pattern, edit.replace);
}

/** The line of an edit in a report and in the manifest. Pure. */
export function describeEdit(edit: Edit): AppliedEdit {
  const {id, file, why, find, times, replace} = edit;
  const sha256 = createHash('sha256').update(JSON.stringify({file, find, times, replace})).digest('hex');
  return {id, file, why, sha256};
}

/**
 * Edits the files of a source tree in place, all or none: nothing is written before every edit was found to fit.
 * @param folder Top of the tree.
 * @throws BuildError as applyEdit, or when a file is not there.
 */
export async function applyEdits(folder: string, edits: readonly Edit[]): Promise<readonly AppliedEdit[]> {
  const texts = new Map<string, string>();
  for (const edit of edits) {
    const before = texts.get(edit.file) ?? (await readSource(folder, edit));
    texts.set(edit.file, applyEdit(edit, before));
  }
  for (const [file, text] of texts) await writeFile(join(folder, file), text);
  return edits.map(describeEdit);
}

async function readSource(folder: string, edit: Edit): Promise<string> {
  return readFile(join(folder, edit.file), 'utf8').catch((error: unknown) => {
    if (!hasErrorCode(error, 'ENOENT')) throw error;
    throw new BuildError(
      `The edit \`${edit.id}\` has no file to change: ${edit.file} is not in the source.`,
      'Build an unchanged release tag, or compile against Cloudera with --dependencies cloudera.',
    );
  });
}
