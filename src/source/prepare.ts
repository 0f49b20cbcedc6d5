// Makes the source tree exactly as it is built: one commit, undeleted, edited, patched. Runs on the host, before any machine.
import {readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {FeatureName} from '../catalogue/features.ts';
import {readUndeleteRules} from '../catalogue/removal.ts';
import {checkLineEnds} from '../catalogue/script.ts';
import {systemClock} from '../core/clock.ts';
import {hasErrorCode, HostError, UsageError} from '../core/errors.ts';
import {CommandError, lastLines, type Exec} from '../core/exec.ts';
import {removeTree} from '../core/mounts.ts';
import type {AppliedEdit} from '../maven/edits.ts';
import {
  checkIsInside,
  checkOut,
  editTree,
  readCommitTime,
  type CheckOutRequest,
  type PrepareTools,
} from './check-out.ts';
import {applyPatch, readPatch} from './patches.ts';
import {planUndelete, type Undelete} from './undelete.ts';
import {createWorkFolder, sweepWorkFolders} from './work-folder.ts';

export type {PrepareTools};

export interface PrepareRequest extends CheckOutRequest {
  /** Path of the distribution script in the tree. */
  readonly script: string;
  readonly features: readonly FeatureName[];
  /** Files of the operator's, in the order in which they are applied. */
  readonly patches: readonly string[];
}

export interface PreparedSource {
  /** The tree: a depth-1 repository of the one commit, with our changes in its files, not committed. */
  readonly folder: string;
  readonly undelete: Undelete;
  readonly edits: readonly AppliedEdit[];
  readonly patches: readonly {readonly name: string; readonly sha256: string}[];
  /** When the commit was made, in seconds since 1970; what --reproducible takes for the time. */
  readonly committedAt: number;
  /** Removes the tree and all beside it. Idempotent. */
  discard(): Promise<void>;
}

/**
 * @throws UsageError for a removal block that is not as we know it and for a patch that does not apply; then, as after
 * any failure, nothing is left behind.
 */
export async function prepareSource(tools: PrepareTools, request: PrepareRequest): Promise<PreparedSource> {
  const parent = tools.paths.source;
  await sweepWorkFolders(parent, tools, systemClock.now());
  const patches = await Promise.all(request.patches.map(readPatch)); // First the mistakes that are cheap to find.
  const workFolder = await createWorkFolder(parent, tools.exec);
  const discard = (): Promise<void> => removeTree(workFolder);
  try {
    const folder = join(workFolder, 'tree');
    await checkOut(tools, request, folder);
    const committedAt = await readCommitTime(tools.exec, folder);
    const undelete = await undeleteScript(tools.exec, folder, request);
    const edits = await editTree(folder, request.edits);
    for (const patch of patches) await applyPatch(tools.exec, folder, patch, workFolder, request.signal);
    if (patches.length > 0) await checkSyntax(tools.exec, folder, request.script, 'with your patches');
    return {
      folder,
      undelete,
      edits,
      patches: patches.map(({name, sha256}) => ({name, sha256})),
      committedAt,
      discard,
    };
  } catch (error) {
    await discard();
    if (
      hasErrorCode(error, 'ENOSPC') ||
      (error instanceof CommandError && error.result.stderr.includes('No space left'))
    )
      throw new HostError(
        `The disk is full: the source could not be written to ${parent}.`,
        'Make room there, then type the same again: df -h',
        {cause: error},
      );
    throw error;
  }
}

/**
 * Packs what is in a folder; not the folder itself, whose mode would become that of the folder in which it is unpacked.
 * @param tarFile Replaced when it is there. Numeric owners: who unpacks it owns it.
 */
export async function writeTar(
  exec: Exec,
  folder: string,
  tarFile: string,
  signal?: AbortSignal,
): Promise<void> {
  const names = (await readdir(folder)).map((name) => `./${name}`);
  await exec(['tar', '--numeric-owner', '-cf', tarFile, '-C', folder, ...names], {
    env: {COPYFILE_DISABLE: '1'}, // macOS would add a file of its own beside each.
    ...(signal && {signal}),
  });
}

async function undeleteScript(exec: Exec, folder: string, request: PrepareRequest): Promise<Undelete> {
  const {script, features} = request;
  const file = await checkIsInside(folder, script);
  const text = decodeUtf8(await readFile(file), script);
  checkLineEnds(text, script, 'the source'); // Also where .gitattributes makes them at the checkout.
  const undelete = planUndelete(text, script, features, await readUndeleteRules());
  if (undelete.status === 'nothing') return undelete;
  await writeFile(file, undelete.text);
  await checkSyntax(exec, folder, script, 'after the undelete');
  return undelete;
}

async function checkSyntax(exec: Exec, folder: string, script: string, when: string): Promise<void> {
  const {exitCode, stderr} = await exec(['bash', '-n', join(folder, script)], {allow: 'any'});
  if (exitCode === 0) return;
  throw new UsageError(
    `${script} is not a shell script that bash can read, ${when}:\n${lastLines(stderr.replaceAll(`${folder}/`, ''), 3)}`,
    'Look at it with `build-spark source`, and at your patches.',
  );
}

function decodeUtf8(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes);
  } catch (error) {
    throw new UsageError(`${path} in the source is not UTF-8.`, 'Name another ref.', {cause: error});
  }
}
