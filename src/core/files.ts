// Reads and writes our own state files: whole or not at all, and never misread. Knows no file's meaning.
import {lstat, open, readdir, rename, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import type {z} from './schema.ts';
import {hasErrorCode, UsageError} from './errors.ts';
import {refuseMounts, removeTree} from './mounts.ts';
import {NotRegularError, readRegular} from './regular-file.ts';

/** Writes, fsyncs and renames; then fsyncs the folder, so that the entry survives a power loss. */
export async function writeJsonFile(path: string, value: unknown, mode = 0o600): Promise<void> {
  const {default: writeFileAtomic} = await import('write-file-atomic'); // Loaded late: most commands write nothing.
  await writeFileAtomic(path, `${JSON.stringify(value, undefined, 2)}\n`, {mode, fsync: true});
  await syncFolder(dirname(path));
}

/** For a file of the operator's: whole or not at all, and readable as any other that they write. */
export async function writeTextFile(path: string, text: string): Promise<void> {
  const {default: writeFileAtomic} = await import('write-file-atomic');
  await writeFileAtomic(path, text, {fsync: false});
}

/** Removes a file for good: the folder is fsynced too. No error when it is not there. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, {force: true});
  await syncFolder(dirname(path));
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * @param what What the file is, for the message: "the journal entry".
 * @returns undefined when there is no such file.
 * @throws UsageError when it is damaged or of a format that we do not know; the file stays as it is.
 */
export async function readJsonFile<T>(
  path: string,
  schema: z.ZodType<T>,
  what: string,
): Promise<T | undefined> {
  const value = await readJson(path, what);
  return value === undefined ? undefined : checkJson(value, schema, path, what);
}

/** The first half of `readJsonFile`, for a file that says itself how to read it. */
async function readJson(path: string, what: string): Promise<unknown> {
  const damaged = (reason: string, cause: unknown): UsageError =>
    new UsageError(
      `${what} ${path} is damaged: ${reason}.`,
      `Look at it, then move it away: mv ${path} ${path}.damaged`,
      {cause},
    );
  const content = await readRegular(path).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error instanceof NotRegularError ? damaged('it is not a regular file', error) : error;
  });
  if (content === undefined) return undefined;
  try {
    return JSON.parse(content.toString('utf8')) as unknown;
  } catch (error) {
    throw damaged('it is not JSON', error);
  }
}

/** @param path Where the value was read. @throws UsageError when it has another shape. */
export function checkJson<T>(value: unknown, schema: z.ZodType<T>, path: string, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new UsageError(
    `${what} ${path} is damaged or was written by another version of build-spark: ` +
      `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}.`,
    `Look at it, then move it away: mv ${path} ${path}.damaged`,
  );
}

/** Puts a whole folder under its final name; one that is there already is replaced in two renames. */
export async function replaceFolder(from: string, to: string): Promise<void> {
  const old = join(dirname(to), `.${basename(to)}.old`);
  await removeTree(old);
  await refuseMounts(to);
  await rename(to, old).catch((error: unknown) => {
    if (!hasErrorCode(error, 'ENOENT')) throw error;
  });
  await rename(from, to);
  await syncFolder(dirname(to));
  await removeTree(old);
}

/** Of write-file-atomic, and of ours: `<name>.json.<digits or UUID>`. */
const draftName = /\.json\.(\d+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
/** Nobody takes so long to write a file of a few kilobytes. */
const draftForMs = 3_600_000;

/** Removes what processes that were killed while they wrote a file left beside it. Never throws for what is there. */
export async function sweepDrafts(folder: string, now: Date): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => draftName.test(each))) {
    const path = join(folder, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats?.isFile() === true && now.getTime() - stats.mtimeMs > draftForMs)
      await rm(path, {force: true}).catch(() => undefined);
  }
}
