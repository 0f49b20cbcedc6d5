// How commands of this host get root's rights. Pure; asks for no password.
import type {Argv} from './exec.ts';

/** Prefixes what needs root on this provider; the password was asked for at the start, if at all. */
export type AsRoot = (argv: Argv) => Argv;

export function createAsRoot(isRoot: boolean): AsRoot {
  return (argv) => (isRoot ? argv : ['sudo', '-n', ...argv]);
}
