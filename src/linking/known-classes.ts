// What is known of each class that a dist can meet on a cluster: the dist's own, the cluster's, the JDK's. Pure.
import type {ClassFile} from './class-file.ts';

/** Whose members are looked at. The order matters: the first that fits. */
const groups = [
  {name: 'hive', title: 'Hive', pattern: /^org\/apache\/(?:hadoop\/)?hive\//},
  {name: 'yarn', title: 'YARN', pattern: /^org\/apache\/hadoop\/yarn\//},
  {name: 'hadoop', title: 'Hadoop', pattern: /^org\/apache\/hadoop\/(?!hbase\/)/},
] as const;

export type GroupName = (typeof groups)[number]['name'];

export const groupNames: readonly GroupName[] = groups.map(({name}) => name);

export const groupTitle = (group: GroupName): string =>
  groups.find(({name}) => name === group)?.title ?? group;

export function findGroup(className: string): GroupName | undefined {
  if (!className.startsWith('org/apache/h')) return undefined; // Asked of every class: the quick way out.
  return groups.find(({pattern}) => pattern.test(className))?.name;
}

export interface Known {
  readonly from: 'dist' | 'cluster' | 'jdk';
  readonly file: ClassFile;
  /** Of a class of which the cluster has several copies: the members that not all of them have. */
  readonly disputed?: ReadonlySet<string>;
}

/** As the JVM of the Thriftserver finds it: the dist's own before the cluster's. */
export type Lookup = (name: string) => Known | undefined;

/** Several copies as one that has whatever any of them has: which of them is loaded, only the class path decides. */
export function mergeCopies(copies: readonly ClassFile[]): Omit<Known, 'from'> | undefined {
  const [first] = copies;
  if (first === undefined || copies.length === 1) return first === undefined ? undefined : {file: first};
  const members = new Map(copies.toReversed().flatMap((copy) => [...copy.members]));
  const disputed = [...members.keys()].filter((key) => copies.some((copy) => !copy.members.has(key)));
  const interfaces = [...new Set(copies.flatMap((copy) => copy.interfaces))];
  return {file: {...first, interfaces, members}, disputed: new Set(disputed)};
}

export interface Line {
  /** The class itself, then what it extends, up to java.lang.Object or to the first that is not known. */
  readonly classes: readonly Known[];
  /** What these implement, and what those extend. */
  readonly interfaces: readonly Known[];
  /** Names above it of which nothing is known. */
  readonly unknown: readonly string[];
}

export function findLine(start: Known, lookup: Lookup): Line {
  const classes: Known[] = [];
  const unknown: string[] = [];
  let next: Known | undefined = start;
  while (next !== undefined && !classes.includes(next)) {
    classes.push(next);
    const {superName}: ClassFile = next.file;
    next = superName === undefined ? undefined : lookup(superName);
    if (superName !== undefined && next === undefined) unknown.push(superName);
  }
  return {classes, unknown, interfaces: findInterfaces(classes, lookup, unknown)};
}

/** What classes implement, and what that extends. @param unknown Gets the names of which nothing is known. */
export function findInterfaces(
  classes: readonly Known[],
  lookup: Lookup,
  unknown: string[] = [],
): readonly Known[] {
  const found = new Map<string, Known>();
  const queue = classes.flatMap(({file}) => file.interfaces);
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    if (found.has(name) || unknown.includes(name)) continue;
    const known = lookup(name);
    if (known === undefined) unknown.push(name);
    else {
      found.set(name, known);
      queue.push(...known.file.interfaces);
    }
  }
  return [...found.values()];
}

export const packageOf = (className: string): string => className.slice(0, className.lastIndexOf('/') + 1);
