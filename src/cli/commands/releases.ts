// `releases`: the catalogue as a table, with the reason for every no.
import {findReleases} from '../../catalogue/find.ts';
import type {Capability, RefFacts} from '../../catalogue/facts.ts';
import {readCatalogue} from '../../catalogue/releases.ts';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import type {OutputOptions} from '../options.ts';
import type {Terminal} from '../terminal.ts';

interface ReleasesOptions extends OutputOptions {
  readonly cdh?: string;
  readonly spark2?: string;
}

export async function run({stdout}: Terminal, options: ReleasesOptions): Promise<ExitCode> {
  const rows = select(await readCatalogue(), options);
  stdout.write(options.json === true ? `${JSON.stringify(rows.map(describeRow))}\n` : renderTable(rows));
  return exitCodes.done;
}

function select(catalogue: readonly RefFacts[], {cdh, spark2}: ReleasesOptions): readonly RefFacts[] {
  if (cdh === undefined && spark2 === undefined) return catalogue;
  return [
    ...(cdh === undefined ? [] : findReleases(catalogue, 'cdh', cdh, ['thriftserver']).rows),
    ...(spark2 === undefined ? [] : findReleases(catalogue, 'spark2', spark2, ['thriftserver']).rows),
  ];
}

/** The shape that scripts rely on. Every release is built with JDK 8, whatever its poms name. */
function describeRow(row: RefFacts): Readonly<Record<string, unknown>> {
  return {
    tag: row.tag,
    commit: row.commit,
    cdh: row.cdhVersion ?? null,
    spark: row.sparkVersion,
    hadoop: row.hadoopVersion ?? null,
    hive: row.hiveVersion ?? null,
    scala: row.scalaVersion ?? row.scalaBinary,
    jdk: '8',
    thriftserver: describeCapability(row.thriftserver),
    sparkr: describeCapability(row.sparkr),
  };
}

function describeCapability({status, reason}: Capability): Readonly<Record<string, unknown>> {
  return {status, reason: reason ?? null};
}

/** At most 100 columns; the reasons stand once, below, with a letter for each. */
function renderTable(rows: readonly RefFacts[]): string {
  const reasons = [
    ...new Set(
      rows.flatMap(({thriftserver, sparkr}) =>
        [thriftserver.reason, sparkr.reason].filter((reason) => reason !== undefined),
      ),
    ),
  ];
  const mark = ({status, reason}: Capability): string =>
    reason === undefined ? status : `${status} (${reasons.indexOf(reason) + 1})`;
  const lines = rows.map((row) => [
    row.tag,
    row.sparkVersion,
    (row.hadoopVersion ?? '').replace(/-cdh.*/, ''),
    (row.hiveVersion ?? '').replace(/-cdh.*/, ''),
    row.scalaVersion ?? row.scalaBinary,
    mark(row.thriftserver),
    mark(row.sparkr),
  ]);
  const all = [['tag', 'Spark', 'Hadoop', 'Hive', 'Scala', 'Thriftserver', 'SparkR'], ...lines];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? [];
  const table = all.map((line) =>
    line
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${[...table, '', ...reasons.map((reason, index) => `(${index + 1}) ${reason}`)].join('\n')}\n`;
}
