// `inspect`: what a ref of any source is, read from its files.
import {inspectRef} from '../../catalogue/inspect.ts';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {parseSource} from '../../source/location.ts';
import {openMirror} from '../../source/mirror.ts';
import type {OutputOptions} from '../options.ts';
import {openSession} from '../session.ts';
import type {Terminal} from '../terminal.ts';

interface InspectOptions extends OutputOptions {
  readonly ref: string;
  readonly source?: string;
}

export async function run(terminal: Terminal, options: InspectOptions): Promise<ExitCode> {
  const session = await openSession(terminal, {});
  const source = parseSource(options.source ?? 'https://github.com/cloudera/spark', terminal.cwd);
  const mirror = openMirror(source, session);
  const found = await mirror.resolve(options.ref, {
    signal: terminal.signal,
    onLine: (line) => terminal.stderr.write(`${line}\n`),
  });
  const facts = await inspectRef((await mirror.open(found.commit, terminal.signal)).read, found);
  if (options.json === true) {
    terminal.stdout.write(`${JSON.stringify(facts)}\n`);
    return exitCodes.done;
  }
  const {thriftserver, sparkr, parent, removal} = facts;
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
    [
      'Thriftserver',
      `${thriftserver.status}${thriftserver.reason === undefined ? '' : `: ${thriftserver.reason}`}`,
    ],
    ['SparkR', `${sparkr.status}${sparkr.reason === undefined ? '' : `: ${sparkr.reason}`}`],
  ];
  terminal.stdout.write(rows.map(([name, text]) => `${name.padEnd(13)} ${text}\n`).join(''));
  return exitCodes.done;
}
