// What is known of releases: all of them as a table or as JSON, one of them line by line. Pure.
import {featureNames, features} from '../catalogue/features.ts';
import type {Capability, RefFacts} from '../catalogue/ref-facts.ts';
import {renderTable} from '../core/table.ts';

/** Every release is built with it, whatever its poms name. */
const jdk = '8';

/** The shape that scripts rely on. */
export function describeRelease(row: RefFacts): Readonly<Record<string, unknown>> {
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
export function renderReleases(rows: readonly RefFacts[], gaps: readonly string[]): string {
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
  const notes = [
    ...reasons.map((reason, index) => `(${index + 1}) ${reason}`),
    ...(gaps.length === 0
      ? []
      : [`Not in the list, since Cloudera's source has no tag of theirs: CDH ${gaps.join(', ')}.`]),
  ];
  return `${[...renderTable([headings, ...lines]), '', ...notes.flatMap(wrapNote)].join('\n')}\n`;
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

/** Of one, what `inspect` read. @returns Lines. */
export function renderRefFacts(facts: RefFacts): readonly string[] {
  const {parent, removal} = facts;
  return renderTable([
    ['tag', `${facts.tag} (${facts.commit})`],
    ['Spark', `${facts.sparkVersion} (${facts.projectVersion})`],
    ['parent', parent === undefined ? 'none' : `${parent.groupId}:${parent.artifactId}:${parent.version}`],
    ['Hadoop, Hive', `${facts.hadoopVersion ?? 'unknown'}, ${facts.hiveVersion ?? 'unknown'}`],
    [
      'Scala, Java',
      `${facts.scalaVersion ?? facts.scalaBinary}, ${facts.javaVersion}; Maven ${facts.mavenMinimum} or newer`,
    ],
    ['script', facts.script],
    [
      'removes',
      removal.status === 'absent' ? 'nothing' : `${removal.scripts.join(', ')} (line ${removal.line})`,
    ],
    ['profiles', facts.profiles.join(', ')],
    ...features.map(({name, title}) => [title, renderCapability(facts[name])]),
  ]);
}

function renderCapability({status, reason}: Capability): string {
  return `${status}${reason === undefined ? '' : `: ${reason}`}`;
}
