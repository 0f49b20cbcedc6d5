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
  if (file === '-') return readNamedFiles(parseSpec(await text(stdin), 'standard input'), cwd);
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
  return readNamedFiles(parseSpec(written, file), dirname(resolve(cwd, file)));
}

/** @param folder That of the spec, which the files in it are named from. */
async function readNamedFiles(spec: HaSpec, folder: string): Promise<HaSpec> {
  return readPasswords(await readExtra(spec, folder), folder);
}

/** What `openssl passwd -6` (or -5) prints; HAProxy compares with it. */
const passwordHash = /^\$[56]\$[./A-Za-z0-9$=]{10,200}$/;
/** keepalived takes eight characters, and sends them in clear. */
const vrrpPassword = /^[A-Za-z0-9]{4,8}$/;

async function readPasswords(spec: HaSpec, folder: string): Promise<HaSpec> {
  const {statistics, proxy} = spec;
  const statisticsFile = statistics === false ? undefined : statistics.passwordFile;
  const vipFile = proxy.vip?.passwordFile;
  return {
    ...spec,
    // The password itself has no business in a configuration that a whole group may read.
    ...(statisticsFile === undefined
      ? {}
      : {
          statisticsPassword: await readFirstLine(folder, statisticsFile, passwordHash, {
            key: 'statistics.passwordFile',
            wanted: 'what openssl passwd -6 prints',
            how: `openssl passwd -6 >${statisticsFile}`,
          }),
        }),
    ...(vipFile === undefined
      ? {}
      : {
          vipPassword: await readFirstLine(folder, vipFile, vrrpPassword, {
            key: 'proxy.vip.passwordFile',
            wanted: '4 to 8 letters and digits',
            how: `openssl rand -hex 4 >${vipFile}`,
          }),
        }),
  };
}

async function readFirstLine(
  folder: string,
  file: string,
  pattern: RegExp,
  {key, wanted, how}: {readonly key: string; readonly wanted: string; readonly how: string},
): Promise<string> {
  const text = await readFile(resolve(folder, file), 'utf8').catch((error: unknown) => {
    throw new UsageError(
      `The file ${file}, which ${key} names in the spec, cannot be read: ${describeError(error)}.`,
      `Make it: ${how}`,
      {cause: error},
    );
  });
  const line = text.split(/\r?\n/, 1)[0] ?? '';
  if (!pattern.test(line))
    throw new UsageError(
      `The first line of ${file}, which ${key} names, is not ${wanted}.`,
      `Make it: ${how}`,
    );
  return line;
}

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
