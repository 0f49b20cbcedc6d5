// A dist that an operator names: whether it is what its manifest says, and holds what was asked.
import {resolve} from 'node:path';
import type {Terminal} from '../core/terminal.ts';
import {verifyDist, type Verdict} from '../distribution/verify-dist.ts';

/** Changes nothing. */
export async function verifyNamedDist({cwd, signal}: Terminal, dist: string): Promise<Verdict> {
  return verifyDist(resolve(cwd, dist), {}, signal);
}
