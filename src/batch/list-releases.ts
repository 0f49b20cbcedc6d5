// Which releases the catalogue has, as they were asked for.
import {defaultFeature} from '../catalogue/features.ts';
import {findGaps, findReleases, type Line} from '../catalogue/find.ts';
import type {RefFacts} from '../catalogue/ref-facts.ts';
import {readCatalogue} from '../catalogue/release-list.ts';

export interface AskedReleases {
  /** Ranges; without both, all. */
  readonly cdh?: string | undefined;
  readonly spark2?: string | undefined;
}

/** @returns Versions of CDH that lie between them and have no tag, as `gaps`. @throws UsageError when none matches. */
export async function listReleases({cdh, spark2}: AskedReleases): Promise<{
  readonly rows: readonly RefFacts[];
  readonly gaps: readonly string[];
}> {
  const catalogue = await readCatalogue();
  const find = (line: Line, range: string | undefined): readonly RefFacts[] =>
    range === undefined ? [] : findReleases(catalogue, line, range, [defaultFeature]).rows;
  const isAll = cdh === undefined && spark2 === undefined;
  const rows = isAll ? catalogue : [...find('cdh', cdh), ...find('spark2', spark2)];
  return {rows, gaps: findGaps(catalogue, rows)};
}
