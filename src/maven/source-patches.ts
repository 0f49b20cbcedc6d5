// The data of patches/thriftserver: what Spark's source must be changed in before its Thriftserver fits the Hive of its CDH.
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from '../core/schema.ts';
import {replacementSchema, type Edit} from './edits.ts';

const additionSchema = z.object({
  why: z.string(),
  /** Path in the source, where it has no file. */
  file: z.string(),
  /** Name of the file of ours, in the folder that is named like the patch. */
  add: z.string(),
});

const deletionSchema = z.object({
  why: z.string(),
  /** Path in the source, where it has a file. */
  file: z.string(),
  delete: z.literal(true),
});

const markSchema = z.object({file: z.string(), pattern: z.string()});

const patchSchema = z.object({
  formatVersion: z.literal(1),
  /** Ranges of semver: Spark's version, and that of the CDH whose Hive it is compiled against, where the parent tells it. */
  applies: z.object({spark: z.string(), cdh: z.string().optional()}),
  /** Only a source where each of these is found is one for it. */
  where: z.array(markSchema).default([]),
  /** A source where this is found needs no patch. */
  unless: markSchema.optional(),
  /** Lines (`6.3`, `spark2-2.4.0`) of which a release was built with it and answered; all, where it is not said. */
  built: z.array(z.string()).optional(),
  reason: z.string(),
  /** Another patch, whose edits are made too: those of this one replace the ones of the same name. */
  like: z.string().optional(),
  /** Names of edits of that one which are not made. */
  without: z.array(z.string()).default([]),
  /** Needed without the Thriftserver too, with `--dependencies apache`: Apache's Hive of that version lacks what CDH's has. */
  withStandIn: z.boolean().default(false),
  /** Of the distribution script, besides: `-Dhive.version=…`. */
  arguments: z.array(z.string()).default([]),
  /** Profiles that would leave out what this dist needs inside, with the reason: a sentence. */
  bundles: z.record(z.string(), z.string()).default({}),
  /** Why no dist can bring along all that it needs: a sentence or two. */
  notBundled: z.string().optional(),
  edits: z.record(z.string(), z.union([replacementSchema, additionSchema, deletionSchema])),
});

interface Mark {
  readonly file: string;
  readonly pattern: RegExp;
}

export interface SourcePatch {
  /** Name of its file in patches/thriftserver, without the ending. */
  readonly id: string;
  readonly applies: {readonly spark: string; readonly cdh?: string | undefined};
  readonly where: readonly Mark[];
  readonly unless?: Mark | undefined;
  readonly built?: readonly string[] | undefined;
  /** Why the Thriftserver cannot be built without it, and what it does: two sentences for people. */
  readonly reason: string;
  readonly withStandIn: boolean;
  readonly arguments: readonly string[];
  /** Reasons by profile. */
  readonly bundles: Readonly<Record<string, string>>;
  readonly notBundled?: string | undefined;
  /** All of them, or none, are applied. */
  readonly edits: readonly Edit[];
}

/**
 * @param root The checkout, or the folder of the installed package. Throws what zod or the disk throws: our own bug.
 * @returns In the order of their names.
 */
export async function readSourcePatches(root: string): Promise<readonly SourcePatch[]> {
  const folder = join(root, 'patches', 'thriftserver');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).toSorted();
  return Promise.all(names.map((name) => readSourcePatch(folder, name.slice(0, -'.json'.length))));
}

async function readSourcePatch(folder: string, id: string): Promise<SourcePatch> {
  const data = patchSchema.parse(JSON.parse(await readFile(join(folder, `${id}.json`), 'utf8')));
  const {applies, where, unless, built, reason, like, without, edits} = data;
  const {withStandIn, arguments: words, bundles, notBundled} = data;
  const readEdit = async (
    name: string,
    data: z.infer<typeof patchSchema>['edits'][string],
  ): Promise<Edit> => {
    if (!('add' in data)) return {id: name, ...data};
    const {why, file, add} = data;
    return {id: name, why, file, text: await readFile(join(folder, id, add), 'utf8')};
  };
  const own = await Promise.all(Object.entries(edits).map(([name, data]) => readEdit(name, data)));
  const others = like === undefined ? [] : (await readSourcePatch(folder, like)).edits;
  const isReplaced = (name: string): boolean => without.includes(name) || Object.hasOwn(edits, name);
  return {
    id,
    applies,
    where: where.map(parseMark),
    unless: unless && parseMark(unless),
    built,
    reason,
    withStandIn,
    arguments: words,
    bundles,
    notBundled,
    edits: [...others.filter((edit) => !isReplaced(edit.id)), ...own],
  };
}

function parseMark({file, pattern}: z.infer<typeof markSchema>): Mark {
  return {file, pattern: new RegExp(pattern)};
}
