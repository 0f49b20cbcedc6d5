// Two Sparks that an operator names, held against each other.
import {resolve} from 'node:path';
import type {Terminal} from '../core/terminal.ts';
import {compareSparks, type Comparison} from '../proof/compare.ts';

export {renderComparison} from '../proof/render-comparison.ts';

/** Changes nothing. */
export async function compareNamed(
  {cwd, signal}: Terminal,
  left: string,
  right: string,
): Promise<Comparison> {
  return compareSparks(resolve(cwd, left), resolve(cwd, right), signal);
}
