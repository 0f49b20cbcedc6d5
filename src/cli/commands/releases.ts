// `releases`: the catalogue as a table, with the reason for every no, for every patch and for every number that is left out.
import {findGaps, findReleases} from '../../catalogue/find.ts';
import {defaultFeature, featureNames, features} from '../../catalogue/features.ts';
import type {Capability, RefFacts} from '../../catalogue/ref-facts.ts';
import {readCatalogue} from '../../catalogue/release-list.ts';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import type {Terminal} from '../../core/terminal.ts';

interface ReleasesOptions extends OutputOptions {
  readonly cdh?: string;
  readonly spark2?: string;
}

export async function run({stdout}: Terminal, options: ReleasesOptions): Promise<ExitCode> {
  const catalogue = await readCatalogue();
  const rows = select(catalogue, options);
  stdout.write(
    options.json === true
      ? `${JSON.stringify(rows.map(describeRow))}\n`
      : renderTable(rows, findGaps(catalogue, rows)),
  );
  return exitCodes.done;
}

function select(catalogue: readonly RefFacts[], {cdh, spark2}: ReleasesOptions): readonly RefFacts[] {
  if (cdh === undefined && spark2 === undefined) return catalogue;
  return [
    ...(cdh === undefined ? [] : findReleases(catalogue, 'cdh', cdh, [defaultFeature]).rows),
    ...(spark2 === undefined ? [] : findReleases(catalogue, 'spark2', spark2, [defaultFeature]).rows),
  ];
}

/** Every release is built with it, whatever its poms name. */
const jdk = '8';

/** The shape that scripts rely on. */
function describeRow(row: RefFacts): Readonly<Record<string, unknown>> {
  return {
    tag: row.tag,
    commit: row.commit,
    cdh: row.cdhVersion ?? null,
    spark: row.sparkVersion,
    hadoop: row.hadoopVersion ?? null,
    hive: row.hiveVersion ?? null,
    scala: row.scalaVersion ?? row.scalaBinary,
    jdk,
    ...Object.fromEntries(featureNames.map((name) => [name, describeCapability(row[name])])),
  };
}

function describeCapability({status, reason}: Capability): Readonly<Record<string, unknown>> {
  return {status, reason: reason ?? null};
}

const columns = 100;
const headings = [
  'CDH',
  'Spark',
  'Hadoop',
  'Hive',
  'Scala',
  'JDK',
  ...features.map(({title}) => title),
  'tag',
];

/** At most 100 columns; the reasons stand once, below, each with the number that its rows have. */
function renderTable(rows: readonly RefFacts[], gaps: readonly string[]): string {
  const reasons = [
    ...new Set(
      rows.flatMap((row) =>
        featureNames.map((name) => row[name].reason).filter((reason) => reason !== undefined),
      ),
    ),
  ];
  const mark = ({status, reason}: Capability): string =>
    reason === undefined ? status : `${status} (${reasons.indexOf(reason) + 1})`;
  const lines = rows.map((row) => [
    row.cdhVersion ?? '-',
    row.sparkVersion,
    (row.hadoopVersion ?? '-').replace(/-cdh.*/, ''),
    (row.hiveVersion ?? '-').replace(/-cdh.*/, ''),
    row.scalaVersion ?? row.scalaBinary,
    jdk,
    ...featureNames.map((name) => mark(row[name])),
    row.tag,
  ]);
  const all = [headings, ...lines];
  const widths = headings.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  const table = all.map((line) =>
    line
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const notes = [
    ...reasons.map((reason, index) => `(${index + 1}) ${reason}`),
    ...(gaps.length === 0
      ? []
      : [`Not in the list, since Cloudera's source has no tag of theirs: CDH ${gaps.join(', ')}.`]),
  ];
  return `${[...table, '', ...notes.flatMap(wrapNote)].join('\n')}\n`;
}

/** The second line of a note begins under the first word of its text. */
function wrapNote(note: string): readonly string[] {
  const indent = ' '.repeat(/^\(\d+\) /.exec(note)?.[0].length ?? 0);
  const lines: string[] = [];
  for (const word of note.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : `${indent}${word}`);
  }
  return lines;
}
