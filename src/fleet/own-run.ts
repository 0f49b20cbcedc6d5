// What a coordinator decided of a run, kept on its own host: where the dists go, which key signs them, what was asked for. The
// queue tells how far the run is; whoever may write to it could have changed the rest.
import {mkdir, readdir, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {UsageError} from '../core/errors.ts';
import {readJsonFile, removeFile, writeJsonFile} from '../core/files.ts';
import {folderIdPattern} from '../core/folder-id.ts';
import type {Paths} from '../core/paths.ts';
import {z} from '../core/schema.ts';
import {jobSchema, type JobData} from './job.ts';
import {keepSeconds} from './queue.ts';
import {runSchema, type RunRecord} from './records.ts';

export interface Followed {
  readonly record: RunRecord;
  /** By id. */
  readonly jobs: ReadonlyMap<string, JobData>;
}

const ownSchema = z.object({record: runSchema, jobs: z.array(z.tuple([z.string(), jobSchema]))});

const fileOf = ({fleet}: Pick<Paths, 'fleet'>, runId: string): string => join(fleet, `run-${runId}.json`);

/** Those that nobody went on with go, once the queue has forgotten their jobs. */
export async function keepOwnRun(
  {fleet}: Pick<Paths, 'fleet'>,
  {record, jobs}: Followed,
  now: Date,
): Promise<void> {
  await mkdir(fleet, {recursive: true, mode: 0o700});
  for (const name of (await readdir(fleet)).filter((each) => /^run-.*\.json$/.test(each))) {
    const {mtimeMs} = await stat(join(fleet, name)).catch(() => ({mtimeMs: Infinity}));
    if (now.getTime() - mtimeMs > keepSeconds * 1_000) await rm(join(fleet, name), {force: true});
  }
  await writeJsonFile(fileOf({fleet}, record.runId), {record, jobs: [...jobs]});
}

/** @param there What the queue says: how far it is counts, and nothing else. @throws UsageError for a run of others. */
export async function readOwnRun(paths: Pick<Paths, 'fleet'>, there: RunRecord): Promise<Followed> {
  const {runId, lastEventId, ended, exitCodes} = there;
  const file = folderIdPattern.test(runId) ? fileOf(paths, runId) : undefined;
  const own = file === undefined ? undefined : await readJsonFile(file, ownSchema, 'the record of a run');
  if (own === undefined)
    throw new UsageError(
      `The run ${runId} was not begun here by this user in the last seven days.`,
      'Type the command that began it once more: it waits for what is in the queue already.',
    );
  return {record: {...own.record, lastEventId, ended, exitCodes}, jobs: new Map(own.jobs)};
}

export async function forgetOwnRun(paths: Pick<Paths, 'fleet'>, runId: string): Promise<void> {
  await removeFile(fileOf(paths, runId));
}
