// From a batch file and what was typed to rows of options. What was typed wins over the file, a row over the file's
// `options`, these over the configuration and variables.
import {readFile} from 'node:fs/promises';
import {dirname, relative, resolve} from 'node:path';
import {parseBatch, type BatchFile, type Path} from './batch-file.ts';
import {planRows, type Axes, type BatchRow, type ReleaseSelection, type RowOptions} from './batch-rows.ts';
import {findReleases} from '../catalogue/find.ts';
import {readCatalogue} from '../catalogue/release-list.ts';
import {describeError, ExpectedError, throwProblems, UsageError} from '../core/errors.ts';
import {placeOption, type AskedRun, type BuildOptions, type BuildRow} from './build-options.ts';
import {keyOf} from '../recipe/option-fields.ts';
import {parseValue} from '../recipe/option-kinds.ts';
import {buildRows, type OptionRow} from '../recipe/option-table.ts';

/** @property typed Attribute names (`newestOf`) of the options that stood on the command line. */
export interface BatchContext {
  readonly options: BuildOptions;
  readonly typed: ReadonlySet<string>;
  readonly cwd: string;
}

/** @throws UsageError naming line and column for each mistake. */
export async function readBatch(path: string, context: BatchContext): Promise<AskedRun> {
  const {cwd, typed} = context;
  const file = resolve(cwd, path);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(
      `The batch file ${path} cannot be read: ${describeError(error)}.`,
      `Look at it: ls -l ${path}`,
    );
  });
  const parsed = parseBatch(text, relative(cwd, file).startsWith('..') ? file : relative(cwd, file));
  const base = omit(context.options, (key) => typed.has(key) || selectionKeys.includes(key));
  const typedOptions = omit(context.options, (key) => !typed.has(key));
  const problems: ExpectedError[] = [];
  const read = (options: RowOptions | undefined, at: Path): BuildOptions =>
    readOptions(options ?? {}, at, parsed, dirname(file), problems);
  const common = {...base, ...read(parsed.batch.options, ['options'])};
  const {cdh, spark2, ref} = typedOptions;
  const hasSelection = cdh !== undefined || spark2 !== undefined || ref !== undefined;
  const axes: Axes = {
    ...(hasSelection
      ? {selection: {...pick('cdh', cdh), ...pick('spark2', spark2), ...pick('ref', ref)}}
      : {}),
    ...pick('features', typedOptions.with),
    ...pick('deps', typedOptions.deps),
    ...pick('dependencies', typedOptions.dependencies),
  };
  const planned = planRows(parsed.batch, axes);
  if (planned.length === 0) {
    throw new UsageError(
      `${parsed.placeOf([])}: the file names no release${parsed.batch.exclude === undefined ? '' : ' that is not excluded'}.`,
      'Add `releases: [5.7.0]`, or what docs/batch.md says.',
    );
  }
  const rows: BuildRow[] = [];
  for (const row of planned) {
    const own = read(row.options, row.path);
    try {
      const excluded = await findExcluded(row, parsed);
      const options = {...common, ...readSelection(row), ...own, ...typedOptions};
      rows.push({options, place: row.path.length === 0 ? undefined : parsed.placeOf(row.path), excluded});
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      problems.push(error);
    }
  }
  throwProblems(
    problems.filter(({message}, index) => problems.findIndex((one) => one.message === message) === index),
  );
  return {rows, options: {...common, ...typedOptions}};
}

const selectionKeys: readonly string[] = ['cdh', 'spark2', 'ref', 'newestOf'];

function readSelection({cdh, spark2, ref, newestOf, features, deps, dependencies}: BatchRow): BuildOptions {
  return {
    ...pick('cdh', cdh),
    ...pick('spark2', spark2),
    ...pick('ref', ref),
    ...pick('newestOf', newestOf),
    ...pick('with', features),
    ...pick('deps', deps),
    ...pick('dependencies', dependencies),
  };
}

/** Tags of the catalogue; a ref names itself. */
async function findExcluded({excluded}: BatchRow, file: BatchFile): Promise<ReadonlySet<string>> {
  const tags = new Set<string>();
  if (excluded.length === 0) return tags;
  const catalogue = await readCatalogue();
  const add = (line: 'cdh' | 'spark2', {path, ...which}: ReleaseSelection & {readonly path: Path}): void => {
    for (const text of which[line] ?? []) {
      try {
        for (const {tag} of findReleases(catalogue, line, text, []).rows) tags.add(tag);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        throw new UsageError(`${file.placeOf([...path, line])}: ${error.message}`, error.hint);
      }
    }
  };
  for (const each of excluded) {
    add('cdh', each);
    add('spark2', each);
    if (each.ref !== undefined) tags.add(each.ref);
  }
  return tags;
}

/** What the command line would have given; paths are relative to the folder of the file. */
function readOptions(
  options: RowOptions,
  at: Path,
  file: BatchFile,
  folder: string,
  problems: ExpectedError[],
): BuildOptions {
  const read: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    const row = buildRows.find((one) => one.name === name);
    if (row === undefined || value === undefined) throw new Error(`No row for the option ${name}.`);
    try {
      read[keyOf(row)] = placeOption(row, readOption(row, value), folder);
    } catch (error) {
      const where = file.placeOf([...at, name]);
      problems.push(new UsageError(`${where}: \`${name}\`: ${describeError(error)}`, 'Fix the file.'));
    }
  }
  return read;
}

/** The schema has seen to it that a switch is true or false, and that one has a list who may have one. */
function readOption(row: OptionRow, value: unknown): unknown {
  if (row.value === undefined) return value;
  const read = (one: unknown): unknown => parseValue(row.kind, String(one));
  if (row.isRepeatable !== true) return read(value);
  return (Array.isArray(value) ? (value as readonly unknown[]) : [value]).map(read);
}

function pick<K extends string, V>(key: K, value: V | undefined): Readonly<Partial<Record<K, V>>> {
  return (value === undefined ? {} : {[key]: value}) as Readonly<Partial<Record<K, V>>>;
}

function omit(options: BuildOptions, isOmitted: (key: string) => boolean): BuildOptions {
  return Object.fromEntries(
    Object.entries<unknown>(options).filter(([key, value]) => value !== undefined && !isOmitted(key)),
  );
}
