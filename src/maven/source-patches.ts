// The data of patches/thriftserver: what Spark's source must be changed in before its Thriftserver fits the Hive of its CDH.
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from '../core/schema.ts';
import {replacementSchema, type Edit} from './edits.ts';

const additionSchema = z.object({
  why: z.string(),
  /** Path in the source, where it has no file. */
  file: z.string(),
  /** Name of the file of ours in patches/thriftserver/java. */
  add: z.string(),
});

const patchSchema = z.object({
  /** Ranges of semver: Spark's version, and that of the CDH whose Hive it is compiled against. */
  applies: z.object({spark: z.string(), cdh: z.string()}),
  /** A source where this is found needs no patch. */
  unless: z.object({file: z.string(), pattern: z.string()}),
  reason: z.string(),
  edits: z.record(z.string(), z.union([replacementSchema, additionSchema])),
});

const patchesSchema = z.object({
  formatVersion: z.literal(1),
  about: z.string(),
  patches: z.record(z.string(), patchSchema),
});

export interface SourcePatch {
  readonly id: string;
  readonly applies: {readonly spark: string; readonly cdh: string};
  readonly unless: {readonly file: string; readonly pattern: RegExp};
  /** Why the Thriftserver cannot be built without it, and what it does: two sentences for people. */
  readonly reason: string;
  /** All of them, or none, are applied. */
  readonly edits: readonly Edit[];
}

/** @param root The checkout, or the folder of the installed package. Throws what zod or the disk throws: our own bug. */
export async function readSourcePatches(root: string): Promise<readonly SourcePatch[]> {
  const folder = join(root, 'patches', 'thriftserver');
  const {patches} = patchesSchema.parse(
    JSON.parse(await readFile(join(folder, 'thriftserver.json'), 'utf8')),
  );
  const readEdit = async (id: string, data: z.infer<typeof patchSchema>['edits'][string]): Promise<Edit> => {
    if (!('add' in data)) return {id, ...data};
    const {why, file, add} = data;
    return {id, why, file, text: await readFile(join(folder, 'java', add), 'utf8')};
  };
  return Promise.all(
    Object.entries(patches).map(async ([id, {applies, unless, reason, edits}]) => ({
      id,
      applies,
      unless: {file: unless.file, pattern: new RegExp(unless.pattern)},
      reason,
      edits: await Promise.all(Object.entries(edits).map(([name, data]) => readEdit(name, data))),
    })),
  );
}
