// Holds a dist against the classes of a cluster: reads both, finds what does not fit, says it. Knows no command line.
import type {Check} from '../distribution/verify-files.ts';
import {renderList} from '../distribution/verify-files.ts';
import {findClassJars, readDistClasses, type DistClasses} from './dist-classes.ts';
import {listFolder} from '../distribution/folder-listing.ts';
import type {ClassFile} from './class-file.ts';
import type {ClassIndex} from './class-index.ts';
import {findReferenceGaps, type Findings, type Gap} from './gaps.ts';
import {findInheritanceGaps} from './inheritance.ts';
import {readJdkClasses} from './jdk-classes.ts';
import {findGroup, groupNames, groupTitle, mergeCopies, type Known, type Lookup} from './known-classes.ts';

export interface LinkVerdict {
  readonly ok: boolean;
  /** One for each of Hive, YARN and Hadoop that the dist names. */
  readonly checks: readonly Check[];
  readonly gaps: readonly Gap[];
  /** Worth a look, and no failure. */
  readonly notes: readonly string[];
}

/** @param dist Absolute path. */
export async function readDist(dist: string, signal?: AbortSignal): Promise<DistClasses> {
  const {files} = await listFolder(dist);
  return readDistClasses(dist, findClassJars(files.map(({path}) => path)), signal);
}

/** @param where The cluster's classes, for messages: a folder, or a node. */
export async function holdAgainst(
  dist: DistClasses,
  cluster: ClassIndex,
  where: string,
): Promise<LinkVerdict> {
  const jdk = await readJdkClasses();
  const known = await readCluster(dist, cluster, jdk);
  const lookup: Lookup = (name) => {
    const own = dist.classes.get(name);
    if (own !== undefined) return {from: 'dist', file: own};
    const theirs = known.get(name);
    if (theirs !== undefined) return theirs;
    const file = jdk.get(name);
    return file === undefined ? undefined : {from: 'jdk', file};
  };
  const references = findReferenceGaps(dist, lookup);
  const inherited = findInheritanceGaps(dist, lookup);
  const all = joinGaps([...references.gaps, ...inherited]);
  const gaps = all.filter(isOfSpark);
  const checks = renderChecks(references, gaps, dist, where);
  const foreign = all.filter((gap) => !isOfSpark(gap));
  return {ok: checks.every(({ok}) => ok), checks, gaps, notes: renderNotes(references, foreign)};
}

/**
 * Whether Spark itself meets it; Spark 2 has HiveServer2's classes in its own source. Libraries in the dist have optional code for Hadoops of all kinds (Hive's shims, ORC),
 * and Spark's helpers for tests of Hive lie in its main jar: neither runs in a Thriftserver.
 */
function isOfSpark({callers}: Gap): boolean {
  return callers.some((name) => /^org\.apache\.(?:spark\.(?!sql\.hive\.test\.)|hive\.service\.)/.test(name));
}

/** The classes that the dist names, and all that these stand on: a level at a time. */
async function readCluster(
  {classes, uses}: DistClasses,
  cluster: ClassIndex,
  jdk: ReadonlyMap<string, ClassFile>,
): Promise<ReadonlyMap<string, Known>> {
  const known = new Map<string, Known>();
  const asked = new Set<string>();
  const above = function* (files: Iterable<ClassFile>): Generator<string> {
    for (const {superName, interfaces} of files) {
      if (superName !== undefined) yield superName;
      yield* interfaces;
    }
  };
  const choose = (names: Iterable<string>): string[] =>
    [...new Set(names)].filter((name) => !asked.has(name) && !classes.has(name) && !jdk.has(name));
  const named = [...uses.keys()].filter((name) => findGroup(name) !== undefined);
  let wanted = choose([...named, ...above(classes.values())]);
  while (wanted.length > 0) {
    for (const name of wanted) asked.add(name);
    const found = await cluster.find(wanted);
    for (const [name, copies] of found) {
      const merged = mergeCopies(copies);
      if (merged !== undefined) known.set(name, {from: 'cluster', ...merged});
    }
    wanted = choose(above([...found.values()].flat()));
  }
  return known;
}

function renderChecks(
  {checked}: Findings,
  gaps: readonly Gap[],
  dist: DistClasses,
  where: string,
): readonly Check[] {
  const checks = groupNames.flatMap((group): Check[] => {
    const name = `against-${group}`;
    const count = checked.get(group) ?? 0;
    const own = gaps.filter((gap) => gap.group === group);
    if (count === 0 && own.length === 0) return [];
    const what = `${count} members and classes of ${groupTitle(group)} that the dist names`;
    if (own.length === 0) return [{name, ok: true, message: `${what} are in ${where} as it names them`}];
    const verb = own.length === 1 ? 'is' : 'are';
    return [{name, ok: false, message: `${own.length} of ${what} ${verb} missing or different in ${where}`}];
  });
  if (dist.broken.length > 0)
    checks.push({
      name: 'against-read',
      ok: false,
      message: `cannot be read: ${renderList(dist.broken, '; ')}`,
    });
  return checks;
}

function renderNotes({undecided, disputed}: Findings, foreign: readonly Gap[]): readonly string[] {
  const classes = [...new Set(foreign.map(({class: name}) => name))];
  const open = [...undecided].map(([name, count]) => `${name} (${count})`);
  return [
    ...(classes.length === 0
      ? []
      : [
          `not counted, since only libraries in the dist or Spark's helpers for tests name them: ${foreign.length} members and classes of ${renderList(classes)}`,
        ]),
    ...(open.length === 0
      ? []
      : [
          `not looked for: members that may be inherited from a class which is in none of these jars: ${renderList(open)}`,
        ]),
    ...(disputed.length === 0
      ? []
      : [`there are different copies of a class, and not all have it: ${renderList(disputed)}`]),
  ];
}

/** One for each thing, with all who meet it; by class, then by member. */
function joinGaps(gaps: readonly Gap[]): readonly Gap[] {
  const joined = new Map<string, Gap>();
  for (const gap of gaps) {
    const key = [gap.class, gap.name ?? '', gap.descriptor ?? '', gap.kind, gap.reason].join('\0');
    const callers = [...(joined.get(key)?.callers ?? []), ...gap.callers];
    joined.set(key, {...gap, callers: [...new Set(callers)].sort()});
  }
  return [...joined].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, gap]) => gap);
}
