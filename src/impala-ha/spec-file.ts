// Reads the spec that --spec names. Knows files; the shape is in src/impala-ha/spec.ts.
import {readFile} from 'node:fs/promises';
import {dirname, resolve} from 'node:path';
import {text} from 'node:stream/consumers';
import {describeError, hasErrorCode, UsageError} from '../core/errors.ts';
import {findExtraProblems} from './config-outline.ts';
import {planFrontends} from './frontends.ts';
import {parseSpec, type HaSpec} from './spec.ts';
import type {Terminal} from '../core/terminal.ts';

/** @throws UsageError when it cannot be read; SpecError, which is one too, when it is wrong. */
export async function readSpecFile(file: string, {cwd, stdin}: Terminal): Promise<HaSpec> {
  if (file === '-') return readExtra(parseSpec(await text(stdin), 'standard input'), cwd);
  let written: string;
  try {
    written = await readFile(resolve(cwd, file), 'utf8');
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
  return readExtra(parseSpec(written, file), dirname(resolve(cwd, file)));
}

/** @param folder That of the spec, which `extra` is named from. */
async function readExtra(spec: HaSpec, folder: string): Promise<HaSpec> {
  const {extra} = spec;
  if (extra === undefined) return spec;
  const extraSections = await readFile(resolve(folder, extra), 'utf8').catch((error: unknown) => {
    throw new UsageError(
      `The file ${extra}, which extra names in the spec, cannot be read: ${describeError(error)}.`,
      'Give its name as it is seen from the folder of the spec.',
      {cause: error},
    );
  });
  const problems = findExtraProblems(extraSections, listOwnPorts(spec));
  if (problems.length > 0)
    throw new UsageError(
      problems.map((problem) => `${extra}: ${problem}`).join('\n'),
      'It may hold listen, frontend, backend and the like, and defaults for them.',
    );
  return {...spec, extraSections};
}

const listOwnPorts = (spec: HaSpec): readonly number[] => [
  ...planFrontends(spec).map(({port}) => port),
  ...(spec.statistics === false ? [] : [spec.statistics.port]),
];
