// Reads the spec that --spec names. Knows files; the shape is in src/impala-ha/spec.ts.
import {readFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import {text} from 'node:stream/consumers';
import {hasErrorCode, UsageError} from '../core/errors.ts';
import {parseSpec, type HaSpec} from './spec.ts';
import type {Terminal} from '../core/terminal.ts';

/** @throws UsageError when it cannot be read; SpecError, which is one too, when it is wrong. */
export async function readSpecFile(file: string, {cwd, stdin}: Terminal): Promise<HaSpec> {
  if (file === '-') return parseSpec(await text(stdin), 'standard input');
  try {
    return parseSpec(await readFile(resolve(cwd, file), 'utf8'), file);
  } catch (error) {
    if (
      !hasErrorCode(error, 'ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE')
    )
      throw error;
    throw new UsageError(
      `The spec ${file} cannot be read: ${(error as Error).message}.`,
      'Write one: impala-ha render --example >ha.yaml',
      {cause: error},
    );
  }
}
