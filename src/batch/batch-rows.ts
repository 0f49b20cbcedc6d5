// What a batch file stands for: one row for each release and combination, in the order of the file. Pure.
import type {Batch} from './batch-schema.ts';
import {defaultFeature, featureNames, type FeatureName} from '../catalogue/features.ts';
import type {Path} from './batch-file.ts';

/** By the option's name on the command line, without its dashes. */
export type RowOptions = Readonly<Record<string, unknown>>;

export interface ReleaseSelection {
  readonly cdh?: readonly string[];
  readonly spark2?: readonly string[];
  readonly ref?: string;
  readonly newestOf?: 'minor' | 'major';
}

export interface BatchRow extends ReleaseSelection {
  /** Where it stands in the file. */
  readonly path: Path;
  readonly features?: readonly FeatureName[];
  readonly deps?: 'provided' | 'bundled';
  readonly dependencies?: 'auto' | 'cloudera' | 'apache';
  readonly options: RowOptions;
  /** Releases that this row leaves out, each with its place. */
  readonly excluded: readonly (ReleaseSelection & {readonly path: Path})[];
}

/** What was typed, or what the configuration says, in place of what the file says. */
export interface Axes {
  readonly selection?: ReleaseSelection;
  readonly features?: readonly FeatureName[];
  readonly deps?: 'provided' | 'bundled';
  readonly dependencies?: 'auto' | 'cloudera' | 'apache';
}

/**
 * @param typed Wins over the file; a typed selection takes the place of its releases and its includes.
 * @returns Not yet looked up: a row may stand for many releases, or none.
 */
export function planRows(batch: Batch, typed: Axes): readonly BatchRow[] {
  const featureAxis = typed.features === undefined ? readFeatureAxis(batch.features) : [typed.features];
  const depsAxis = typed.deps === undefined ? readAxis(batch.deps) : [typed.deps];
  const dependenciesAxis =
    typed.dependencies === undefined ? readAxis(batch.dependencies) : [typed.dependencies];
  const rows = listReleases(batch, typed).flatMap(({path, selection, options}) =>
    featureAxis.flatMap((features) =>
      depsAxis.flatMap((deps) =>
        dependenciesAxis.flatMap((dependencies): readonly BatchRow[] => {
          const row = {path, ...selection, ...define({features, deps, dependencies}), options};
          const matching = findExcludes(batch, row);
          const isGone = matching.some(({selection: which}) => Object.keys(which).length === 0);
          if (isGone) return [];
          return [{...row, excluded: matching.map((each) => ({...each.selection, path: each.path}))}];
        }),
      ),
    ),
  );
  const includes = typed.selection === undefined ? (batch.include ?? []) : [];
  return [
    ...rows,
    ...includes.map(({features, deps, dependencies, ...rest}, index): BatchRow => {
      const {selection, options} = splitSelection(rest);
      const asked = {
        features: typed.features ?? (features === undefined ? undefined : readFeatures(features)),
        deps: typed.deps ?? deps,
        dependencies: typed.dependencies ?? dependencies,
      };
      return {path: ['include', index], ...selection, ...define(asked), options, excluded: []};
    }),
  ];
}

interface NamedRelease {
  readonly path: Path;
  readonly selection: ReleaseSelection;
  readonly options: RowOptions;
}

function listReleases({releases}: Batch, {selection}: Axes): readonly NamedRelease[] {
  if (selection !== undefined) return [{path: [], selection, options: {}}];
  if (releases === undefined) return [];
  if (!Array.isArray(releases))
    return [{path: ['releases'], selection: {cdh: [String(releases)]}, options: {}}];
  return releases.map((release, index) => {
    const path = ['releases', index];
    if (typeof release !== 'object') return {path, selection: {cdh: [String(release)]}, options: {}};
    return {path, ...splitSelection(release)};
  });
}

function splitSelection(release: {
  readonly cdh?: Texts | undefined;
  readonly spark2?: Texts | undefined;
  readonly ref?: string | number | undefined;
  readonly 'newest-of'?: 'minor' | 'major' | undefined;
  readonly [option: string]: unknown;
}): {readonly selection: ReleaseSelection; readonly options: RowOptions} {
  const {cdh, spark2, ref, 'newest-of': newestOf, ...options} = release;
  return {
    selection: define({
      cdh: cdh === undefined ? undefined : readTexts(cdh),
      spark2: spark2 === undefined ? undefined : readTexts(spark2),
      ref: ref === undefined ? undefined : String(ref),
      newestOf,
    }),
    options,
  };
}

function findExcludes({exclude = []}: Batch, row: Omit<BatchRow, 'excluded'>): readonly NamedRelease[] {
  return exclude.flatMap(({features, deps, dependencies, ...rest}, index) => {
    const fits =
      (features === undefined ||
        renderSet(readFeatures(features)) === renderSet(row.features ?? [defaultFeature])) &&
      (deps === undefined || deps === (row.deps ?? 'provided')) &&
      (dependencies === undefined || dependencies === (row.dependencies ?? 'auto'));
    return fits ? [{path: ['exclude', index], ...splitSelection(rest)}] : [];
  });
}

type Texts = string | number | readonly (string | number)[];

function readTexts(value: Texts): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** Without the axis there is one combination, which leaves it to the defaults. */
function readAxis<T extends string>(axis: T | readonly T[] | undefined): readonly (T | undefined)[] {
  if (axis === undefined) return [undefined];
  return typeof axis === 'string' ? [axis] : axis;
}

function readFeatureAxis(axis: Batch['features']): readonly (readonly FeatureName[] | undefined)[] {
  if (axis === undefined) return [undefined];
  if (typeof axis === 'string') return [readFeatures(axis)];
  return (axis as readonly (string | readonly string[])[]).map(readFeatures);
}

function readFeatures(value: string | readonly string[]): readonly FeatureName[] {
  const words = typeof value === 'string' ? value.split(',').map((word) => word.trim()) : value;
  return featureNames.filter((name) => words.includes(name));
}

function renderSet(features: readonly FeatureName[]): string {
  return [...new Set(features)].sort().join();
}

/** Without the fields that hold nothing. */
function define<T extends object>(fields: T): {[K in keyof T]?: Exclude<T[K], undefined>} {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
