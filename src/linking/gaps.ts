// What a dist names and a cluster lacks. Pure.
import {flags, splitKey} from './class-file.ts';
import type {DistClasses, Use} from './dist-classes.ts';
import {
  findGroup,
  findLine,
  packageOf,
  type GroupName,
  type Known,
  type Line,
  type Lookup,
} from './known-classes.ts';
import {findBarrier, resolveMember} from './resolve.ts';

export interface Gap {
  readonly group: GroupName;
  /**
   * class: it is not there · member: it is there without this member · access: the member may not be used from there ·
   * shape: an interface became a class, or the other way round · abstract: a class of the dist lacks a method that it
   * must have · final: it extends or overrides what may not be · override: its method overrides nothing there.
   */
  readonly kind: 'class' | 'member' | 'access' | 'shape' | 'abstract' | 'final' | 'override';
  /** Of the cluster, but for members that a class of the dist should inherit. With dots. */
  readonly class: string;
  readonly name?: string;
  /** As the JVM writes it: `(Ljava/lang/String;)V`. */
  readonly descriptor?: string;
  /** What is wrong, as the end of a sentence about the class or member. */
  readonly reason: string;
  /** Classes of the dist that meet it, with dots. */
  readonly callers: readonly string[];
}

export interface Findings {
  readonly gaps: readonly Gap[];
  /** Members and classes that were looked at, by group. */
  readonly checked: ReadonlyMap<GroupName, number>;
  /** Members of which nothing can be said, by the class above them that is not known. */
  readonly undecided: ReadonlyMap<string, number>;
  /** Members that only some of several copies of a class have: `org.apache.hadoop.mapred.JobConf.getX()V`. */
  readonly disputed: readonly string[];
}

export function findReferenceGaps({uses}: Pick<DistClasses, 'uses'>, lookup: Lookup): Findings {
  const gaps: Gap[] = [];
  const checked = new Map<GroupName, number>();
  const undecided = new Map<string, number>();
  const disputed: string[] = [];
  const isBelow = makeIsBelow(lookup);
  for (const [owner, ofOwner] of uses) {
    const known = lookup(owner);
    // What the dist has in Hive's packages is its own, unless it inherits from the cluster.
    const line = known === undefined ? undefined : findLine(known, lookup);
    const group = known?.from === 'dist' ? findBase(line) : findGroup(owner);
    if (group === undefined) continue;
    const gap = (kind: Gap['kind'], reason: string, callers: readonly string[], key?: string): void => {
      if (callers.length > 0) gaps.push(makeGap(group, kind, owner, reason, callers, key));
    };
    if (known === undefined || line === undefined) {
      count(checked, group, ofOwner.length);
      gap('class', renderMissingClass(ofOwner), [...new Set(ofOwner.flatMap(({callers}) => callers))]);
      continue;
    }
    if (known.from === 'cluster' && (known.file.access & flags.public) === 0) {
      const strangers = ofOwner
        .filter(({key}) => key !== undefined)
        .flatMap(({callers}) => callers.filter((caller) => packageOf(caller) !== packageOf(owner)));
      gap('access', 'is visible in its own package alone', [...new Set(strangers)]);
    }
    for (const use of ofOwner) {
      const {key, callers} = use;
      if (key === undefined) {
        if (known.from === 'cluster') count(checked, group);
        continue;
      }
      const found = resolveMember(line, key);
      if (known.from === 'dist' && found.status === 'found' && found.owner.from !== 'cluster') continue;
      count(checked, group);
      if (found.status === 'undecided') count(undecided, dotted(found.unknown));
      else if (found.status === 'missing') gap('member', renderMissingMember(key, line), callers, key);
      else {
        gap('shape', ...findWrongShape(use, known), key);
        const at = found.owner.file.name;
        if (found.owner.from === 'cluster') {
          const barred = callers.map((caller) => ({
            caller,
            barrier: findBarrier(found.access, at, caller, () => isBelow(caller, at)),
          }));
          const [first] = barred.flatMap(({barrier}) => barrier ?? []);
          const who = barred.filter(({barrier}) => barrier !== undefined).map(({caller}) => caller);
          gap('access', `is ${first ?? ''}${at === owner ? '' : ` in ${dotted(at)}`}`, who, key);
        }
        if (found.owner.disputed?.has(key) === true) disputed.push(`${dotted(at)}.${key}`);
      }
    }
  }
  return {gaps, checked, undecided, disputed};
}

export function makeGap(
  group: GroupName,
  kind: Gap['kind'],
  owner: string,
  reason: string,
  callers: readonly string[],
  key?: string,
): Gap {
  const at = {group, kind, class: dotted(owner)};
  return {...at, ...(key === undefined ? {} : splitKey(key)), reason, callers: callers.map(dotted).sort()};
}

const dotted = (name: string): string => name.replaceAll('/', '.');

/** The group of the nearest class or interface of the cluster above a class of the dist. */
export function findBase(line: Line | undefined): GroupName | undefined {
  for (const {from, file} of [...(line?.classes ?? []), ...(line?.interfaces ?? [])]) {
    const group = from === 'cluster' ? findGroup(file.name) : undefined;
    if (group !== undefined) return group;
  }
  return undefined;
}

function makeIsBelow(lookup: Lookup): (caller: string, owner: string) => boolean {
  return (caller, owner) => {
    const known = lookup(caller);
    if (known === undefined) return true;
    const {classes, unknown} = findLine(known, lookup);
    return unknown.length > 0 || classes.some(({file}) => file.name === owner);
  };
}

/** Called as a method of an interface where there is a class, or the other way round. Nobody is named when all is well. */
function findWrongShape({isInterface, callers}: Use, {file}: Known): [string, readonly string[]] {
  const isOne = (file.access & flags.interface) !== 0;
  if (isInterface === undefined || isInterface === isOne) return ['', []];
  return [`is called as ${describeShape(isInterface)}, and is ${describeShape(isOne)} there`, callers];
}

const describeShape = (isInterface: boolean): string =>
  isInterface ? 'a method of an interface' : 'a method of a class';

function renderMissingClass(uses: readonly Use[]): string {
  const members = uses.filter(({key}) => key !== undefined).length;
  return members === 0
    ? 'is not there'
    : `is not there, of which ${members} ${members === 1 ? 'member is' : 'members are'} used`;
}

function renderMissingMember(key: string, {classes, interfaces}: Line): string {
  const prefix = key.slice(0, key.search(/[(:]/) + 1);
  const others = [...classes, ...interfaces]
    .filter(({from}) => from === 'cluster')
    .flatMap(({file}) => [...file.members.keys()].filter((other) => other.startsWith(prefix)))
    .map((other) => splitKey(other).descriptor);
  if (others.length === 0) return 'is not there';
  const shown = [...new Set(others)].slice(0, 3);
  return `is there only as ${shown.join(', ')}${others.length > shown.length ? ' and others' : ''}`;
}

function count<K>(counts: Map<K, number>, key: K, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
