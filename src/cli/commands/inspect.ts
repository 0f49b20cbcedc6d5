// `inspect`: what a ref of any source is, read from its files.
import {catalogueSource} from '../../batch/selection.ts';
import {features} from '../../catalogue/features.ts';
import type {RefFacts} from '../../catalogue/ref-facts.ts';
import {inspectRef} from '../../catalogue/inspect-ref.ts';
import {readCatalogue} from '../../catalogue/release-list.ts';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {parseSource, type SourceLocation} from '../../source/location.ts';
import {openMirror} from '../../source/mirror.ts';
import {checkRef} from '../../source/ref.ts';
import {describeLacks, findUncommitted} from '../../source/warnings.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import {openSession} from '../../batch/session.ts';
import type {Terminal} from '../../core/terminal.ts';

interface InspectOptions extends OutputOptions {
  readonly ref: string;
  readonly source?: string;
  readonly refresh?: boolean;
}

export async function run(terminal: Terminal, options: InspectOptions): Promise<ExitCode> {
  const source = parseSource(options.source ?? catalogueSource, terminal.cwd);
  checkRef(options.ref);
  const {facts, warnings} = await readFacts(terminal, source, options);
  if (options.json === true) {
    terminal.stdout.write(`${JSON.stringify({...facts, warnings})}\n`);
    return exitCodes.done;
  }
  const {parent, removal} = facts;
  const rows: readonly (readonly [string, string])[] = [
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
    ...features.map(({name, title}) => {
      const {status, reason} = facts[name];
      return [title, `${status}${reason === undefined ? '' : `: ${reason}`}`] as const;
    }),
  ];
  for (const line of warnings) terminal.stderr.write(`warning  ${line}\n`);
  terminal.stdout.write(rows.map(([name, text]) => `${name.padEnd(13)} ${text}\n`).join(''));
  return exitCodes.done;
}

interface Inspected {
  readonly facts: RefFacts;
  readonly warnings: readonly string[];
}

/** What the catalogue knows of a tag of its own needs no network, and not even a copy of the source. */
async function readFacts(
  terminal: Terminal,
  source: SourceLocation,
  {ref, refresh = false}: InspectOptions,
): Promise<Inspected> {
  const isKnown = ({tag, commit}: RefFacts): boolean => [tag, `refs/tags/${tag}`, commit].includes(ref);
  const row = source.name === catalogueSource && !refresh ? (await readCatalogue()).find(isKnown) : undefined;
  if (row !== undefined) return {facts: {...row, tag: ref}, warnings: []};
  const session = await openSession(terminal, {});
  const {signal} = terminal;
  const mirror = openMirror(source, session);
  const onLine = (line: string): void => void terminal.stderr.write(`${line}\n`);
  const found = await mirror.resolve(ref, {signal, refresh, mayBeOld: true, onLine});
  const files = await mirror.open(found.commit, signal);
  const {tag, commit, note} = found;
  const facts = await inspectRef(files.read, {tag, commit});
  const lacks = describeLacks(`${tag} of ${source.name}`, files);
  const uncommitted = await findUncommitted(source, session.exec, signal);
  return {facts, warnings: [note, uncommitted, ...lacks].filter((line) => line !== undefined)};
}
