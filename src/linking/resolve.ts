// Finds the member that a reference means, as the JVM does (JVMS 5.4.3.2 to 5.4.3.4). Pure.
import {flags} from './class-file.ts';
import {packageOf, type Known, type Line} from './known-classes.ts';

export type Resolution =
  | {readonly status: 'found'; readonly owner: Known; readonly access: number}
  | {readonly status: 'missing'}
  /** It may be in a class above of which nothing is known. */
  | {readonly status: 'undecided'; readonly unknown: string};

/** @param line Of the class that the reference names. */
export function resolveMember({classes, interfaces, unknown}: Line, key: string): Resolution {
  // A constructor is never inherited; an interface's line ends in java.lang.Object, whose public methods it has too.
  const own = key.startsWith('<') ? classes.slice(0, 1) : classes;
  for (const owner of own) {
    const access = owner.file.members.get(key);
    if (access !== undefined) return {status: 'found', owner, access};
  }
  if (key.startsWith('<')) return {status: 'missing'};
  const isMethod = key.includes('(');
  for (const owner of interfaces) {
    const access = owner.file.members.get(key);
    if (access !== undefined && !(isMethod && (access & (flags.static | flags.private)) !== 0))
      return {status: 'found', owner, access};
  }
  const [first] = unknown;
  return first === undefined ? {status: 'missing'} : {status: 'undecided', unknown: first};
}

/**
 * Why a class may not use a member that is there (JVMS 5.4.4); undefined when it may.
 * @param isBelow Whether the caller extends the class that has the member.
 */
export function findBarrier(
  access: number,
  owner: string,
  caller: string,
  isBelow: () => boolean,
): 'private' | 'visible in its own package alone' | 'protected' | undefined {
  if ((access & flags.public) !== 0 || owner === caller) return undefined;
  if ((access & flags.private) !== 0) return 'private';
  if (packageOf(owner) === packageOf(caller)) return undefined;
  if ((access & flags.protected) === 0) return 'visible in its own package alone';
  return isBelow() ? undefined : 'protected';
}
