// The form of a batch file: releases × features × deps × dependencies. Published as docs/batch.schema.json. Numbers
// come as they were written (5.10 is not 5.1), so each schema takes the text; editors check the published form.
import {featureNames} from '../catalogue/features.ts';
import {z} from '../core/schema.ts';
import type {OptionKind} from '../recipe/option-kinds.ts';
import {buildRows, type OptionRow} from '../recipe/option-table.ts';

/** `5.10` is a number to YAML; here it is the text that was written. */
const text = z.union([z.string(), z.number()], {error: 'is not a text'});
const pattern = (regex: RegExp, error: string) =>
  z.union([z.string().regex(regex, error), z.number()], {error});
const whole = z.union([z.string().regex(/^\d{1,4}$/, 'is not a whole number'), z.int().nonnegative()], {
  error: 'is not a whole number',
});
const size = pattern(/^\s*\d+(\.\d+)?\s*[mgtMGT]([iI]?[bB])?\s*$/, 'is not a size such as 6GiB or 6144MiB');
const duration = pattern(/^\s*\d+(\.\d+)?\s*(s|sec|m|min|h|d)\s*$/i, 'is not a duration such as 20m or 3h');
const flag = z.boolean({error: 'is neither true nor false'});

const oneOrMore = <T extends z.ZodType>(item: T) =>
  z.union([item, z.array(item).min(1)], {error: 'is neither a text nor a list of texts'});

const featureName = z.enum([...featureNames, 'none']);
const oneFeature = `(${featureNames.join('|')})`;
const unknownFeature = `is neither ${featureNames.join(', ')}, both with a comma, nor none`;
const featureSet = z.union(
  [
    featureName,
    z.string().regex(new RegExp(`^\\s*${oneFeature}(\\s*,\\s*${oneFeature})+\\s*$`), unknownFeature),
    z.array(z.enum(featureNames)),
  ],
  {error: unknownFeature},
);
const depsValue = z.enum(['provided', 'bundled'], {error: 'is neither provided nor bundled'});
const dependenciesValue = z.enum(['auto', 'cloudera', 'apache'], {
  error: 'is neither auto, cloudera nor apache',
});
const axis = <T extends z.ZodType>(item: T) =>
  z.union([item, z.array(item).min(1)], {error: 'holds a value that is not known here, or is empty'});

/** How a batch file may write a value of each kind; it is read, and judged, as what is typed. */
const byKind: Readonly<Partial<Record<OptionKind, z.ZodType>>> = {
  memory: size,
  count: whole,
  jobs: whole,
  duration,
};

function createShape(scopes: readonly OptionRow['scope'][]): Readonly<Record<string, z.ZodType>> {
  const rows: readonly OptionRow[] = buildRows.filter(({scope}) => scopes.includes(scope));
  return Object.fromEntries(rows.map((row) => [row.name, createOptionSchema(row)]));
}

function createOptionSchema(row: OptionRow): z.ZodType {
  const one =
    row.value === undefined
      ? flag
      : row.choices === undefined
        ? (byKind[row.kind ?? 'text'] ?? text)
        : z.enum(row.choices, {error: `is neither ${row.choices.join(' nor ')}`});
  const where = row.kind === 'path' ? '; relative to the folder of this file' : '';
  return (row.isRepeatable === true ? oneOrMore(one) : one).describe(`${row.sentence}${where}`);
}

/** May differ from build to build. */
const rowOptions = createShape(['row']);
/** Besides, the same for all builds of a run. */
const runOptions = createShape(['run', 'row']);

const partial = <T extends z.ZodRawShape>(shape: T) => z.strictObject(shape).partial();

const selection = {
  cdh: oneOrMore(text).describe("Versions, ranges such as '>=5.5 <5.17', or latest"),
  spark2: oneOrMore(text).describe('Releases of Spark 2 for CDH 5: 2.4.0-cloudera2, 2.2.x, latest'),
  ref: text.describe('Any tag, branch or commit'),
  'newest-of': z.enum(['minor', 'major'], {error: 'is neither minor nor major'}),
};

const release = z.union([partial({...selection, ...rowOptions}), text], {
  error: 'is neither a release nor a map with cdh, spark2 or ref',
});

const combination = {features: featureSet, deps: depsValue, dependencies: dependenciesValue};

export const batchSchema = z
  .strictObject({
    options: partial(runOptions).describe('Options of the command line for all builds, named as there'),
    releases: z.union([text, z.array(release)], {error: 'is not a list of releases'}),
    features: axis(featureSet).describe('One build of each release for each of these'),
    deps: axis(depsValue).describe('One build of each release for each of these'),
    dependencies: axis(dependenciesValue).describe('One build of each release for each of these'),
    exclude: z
      .array(partial({cdh: selection.cdh, spark2: selection.spark2, ref: text, ...combination}))
      .describe('Combinations that are left out'),
    include: z
      .array(partial({...selection, ...combination, ...rowOptions}))
      .describe('Builds besides the combinations'),
  })
  .partial()
  .describe('A batch of build-spark: releases × features × deps × dependencies, less exclude, plus include');

export type Batch = Readonly<z.infer<typeof batchSchema>>;

const keysOf = (shape: z.ZodRawShape): readonly string[] => Object.keys(shape);

/** Known keys by where they may stand, for the nearest one to a mistyped one. */
export function listKeys(path: readonly PropertyKey[]): readonly string[] {
  const [top] = path;
  if (top === undefined) return keysOf(batchSchema.shape);
  if (top === 'options') return keysOf(runOptions);
  if (top === 'releases') return [...keysOf(selection), ...keysOf(rowOptions)];
  if (top === 'exclude') return ['cdh', 'spark2', 'ref', ...keysOf(combination)];
  return [...keysOf(selection), ...keysOf(combination), ...keysOf(rowOptions)];
}

/** As published. */
export function renderBatchSchema(): string {
  const schema = z.toJSONSchema(batchSchema, {io: 'input', target: 'draft-7'});
  return `${JSON.stringify({title: 'build-spark batch', ...schema}, undefined, 2)}\n`;
}
