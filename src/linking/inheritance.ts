// Where a class of a dist extends or implements one of the cluster and does not fit on it. Pure.
import {flags, splitKey, type ClassFile} from './class-file.ts';
import type {DistClasses} from './dist-classes.ts';
import {findBase, makeGap, type Gap} from './gaps.ts';
import {
  findGroup,
  findInterfaces,
  findLine,
  packageOf,
  type Known,
  type Line,
  type Lookup,
} from './known-classes.ts';

export function findInheritanceGaps(
  {classes, uses}: Pick<DistClasses, 'classes' | 'uses'>,
  lookup: Lookup,
): readonly Gap[] {
  const gaps: Gap[] = [];
  for (const file of classes.values()) {
    if (!mayStandOnCluster(file, lookup)) continue;
    const line = findLine({from: 'dist', file}, lookup);
    if (findBase(line) === undefined) continue;
    const shapes = findShapes(file, lookup);
    gaps.push(...shapes, ...findFinals(file, line), ...findIdle(file, line, uses));
    const isConcrete = (file.access & (flags.abstract | flags.interface)) === 0;
    if (isConcrete && shapes.length === 0) gaps.push(...findAbstract(file, line, lookup));
  }
  return gaps;
}

/** Most classes have nothing but the JDK, Scala or Spark above them. */
function mayStandOnCluster(file: ClassFile, lookup: Lookup): boolean {
  const seen = new Set<string>();
  const queue = [file.superName, ...file.interfaces];
  for (let name = queue.pop(); queue.length > 0 || name !== undefined; name = queue.pop()) {
    if (name === undefined || seen.has(name)) continue;
    seen.add(name);
    const known = lookup(name);
    if (known?.from === 'cluster') return true;
    if (known?.from === 'dist') queue.push(known.file.superName, ...known.file.interfaces);
  }
  return false;
}

function findShapes(file: ClassFile, lookup: Lookup): readonly Gap[] {
  const check = (name: string | undefined, wantsInterface: boolean): readonly Gap[] => {
    const above = name === undefined ? undefined : lookup(name);
    const group = name === undefined ? undefined : findGroup(name);
    if (name === undefined || above?.from !== 'cluster' || group === undefined) return [];
    const isOne = (above.file.access & flags.interface) !== 0;
    if (isOne !== wantsInterface)
      return [
        makeGap(
          group,
          'shape',
          name,
          isOne
            ? 'is an interface there, and is extended as a class'
            : 'is a class there, and is implemented as an interface',
          [file.name],
        ),
      ];
    return (above.file.access & flags.final) === 0
      ? []
      : [makeGap(group, 'final', name, 'is final there, and is extended', [file.name])];
  };
  return [
    ...((file.access & flags.interface) === 0 ? check(file.superName, false) : []),
    ...file.interfaces.flatMap((name) => check(name, true)),
  ];
}

function findFinals(file: ClassFile, {classes}: Line): readonly Gap[] {
  return classes.flatMap(({from, file: above}) => {
    const group = from === 'cluster' ? findGroup(above.name) : undefined;
    if (group === undefined) return [];
    return [...file.members]
      .filter(([key, access]) => {
        const theirs = above.members.get(key) ?? 0;
        return (
          isVirtual(key, access) && (theirs & flags.final) !== 0 && isInherited(key, theirs, above, file)
        );
      })
      .map(([key]) =>
        makeGap(group, 'final', above.name, 'is final there, and is overridden', [file.name], key),
      );
  });
}

/** Methods that the class must have, and that nobody gives it: AbstractMethodError for whoever calls one. */
function findAbstract(file: ClassFile, line: Line, lookup: Lookup): readonly Gap[] {
  const {classes, interfaces, unknown} = line;
  if (unknown.length > 0) return [];
  const implemented = (key: string): boolean =>
    classes.some(({file: each, from}) => isImplementation(each.members.get(key), from)) ||
    interfaces.some(({file: each, from}) => isImplementation(each.members.get(key), from));
  return findOwed(line, lookup).flatMap(({file: above}) => {
    const group = findGroup(above.name);
    if (group === undefined) return [];
    return [...above.members]
      .filter(
        ([key, access]) => isVirtual(key, access) && (access & flags.abstract) !== 0 && !implemented(key),
      )
      .map(([key]) =>
        makeGap(group, 'abstract', above.name, 'is abstract there, and is not implemented', [file.name], key),
      );
  });
}

/** Of the JDK's own classes nothing is asked. */
function isImplementation(access: number | undefined, from: Known['from']): boolean {
  if (access === undefined || (access & (flags.static | flags.private)) !== 0) return false;
  return from === 'jdk' || (access & flags.abstract) === 0;
}

/** Whose abstract methods the class owes: what a concrete class of the cluster owes is the cluster's affair. */
function findOwed({classes, interfaces}: Line, lookup: Lookup): readonly Known[] {
  const base = classes.findIndex(({from}) => from === 'cluster');
  const isOpen = base === -1 || ((classes[base]?.file.access ?? 0) & flags.abstract) !== 0;
  const owed = isOpen ? [...classes, ...interfaces] : findInterfaces(classes.slice(0, base), lookup);
  return owed.filter(({from}) => from === 'cluster');
}

/** Methods of Spark's that override nothing in any Hadoop, Apache's included. Seen in 2.4. */
const leftovers = new Set(['org/apache/spark/network/yarn/YarnShuffleService.getRecoveryPath']);

/**
 * The silent trap: Hive's newExecuteStatementOperation got a fifth parameter, and Spark's with four was never called
 * again, so that Hive answered in its place. A class of the dist has methods of a name, the cluster's class above has
 * some too, and none overrides any: the cluster's has changed, or it was never meant to.
 */
function findIdle(file: ClassFile, {classes}: Line, uses: DistClasses['uses']): readonly Gap[] {
  const line = classes.map(({file: each}) => each.name);
  // Who calls the other form means another method by the same name.
  const calls = (key: string): boolean =>
    line.some((owner) => uses.get(owner)?.some((use) => use.key === key && use.callers.includes(file.name)));
  const own = new Set(
    classes.flatMap(({from, file: each}) => (from === 'dist' ? [...each.members.keys()] : [])),
  );
  const mine = [...file.members].filter(
    ([key, access]) => isVirtual(key, access) && (access & flags.synthetic) === 0,
  );
  return [...new Set(mine.map(([key]) => nameOf(key)))].flatMap((name) => {
    if (leftovers.has(`${file.name}.${name}`)) return [];
    const theirs = classes
      .filter(({from}) => from === 'cluster')
      .flatMap(({file: above}) =>
        [...above.members]
          .filter(([key, access]) => nameOf(key) === name && isInherited(key, access, above, file))
          .map(([key, access]) => ({key, access, above: above.name})),
      );
    // An abstract one does not go unnoticed: somebody must implement it.
    const first = theirs.find(({access}) => (access & flags.abstract) === 0);
    const group = first === undefined ? undefined : findGroup(first.above);
    if (first === undefined || group === undefined || theirs.some(({key}) => own.has(key) || calls(key)))
      return [];
    const [key = ''] = mine.map(([each]) => each).filter((each) => nameOf(each) === name);
    const reason = `is what could be overridden there, and the dist has only ${splitKey(key).descriptor}`;
    return [makeGap(group, 'override', first.above, reason, [file.name], first.key)];
  });
}

const nameOf = (key: string): string => key.slice(0, key.search(/[(:]/));

/** A method that can be overridden, or override. */
function isVirtual(key: string, access: number): boolean {
  return key.includes('(') && !key.startsWith('<') && (access & (flags.static | flags.private)) === 0;
}

function isInherited(key: string, access: number, above: ClassFile, file: ClassFile): boolean {
  if (!isVirtual(key, access)) return false;
  return (access & (flags.public | flags.protected)) !== 0 || packageOf(above.name) === packageOf(file.name);
}
