// The file that --spec-out names: looked at before any node is, written when all are done.
import {lstat} from 'node:fs/promises';
import {UsageError} from '../core/errors.ts';
import {writeNew} from '../core/regular-file.ts';
import {renderBalancerSpec} from './balancer-spec.ts';
import type {NodeFacts} from './node-facts.ts';
import type {InstallRequest} from './node-settings.ts';

/** @throws UsageError when anything is there. */
export async function checkSpecOut(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found !== undefined)
    throw new UsageError(`${path} is there already.`, 'Name a new file: --spec-out <file>');
}

export async function writeSpecOut(
  path: string,
  request: InstallRequest,
  nodes: readonly NodeFacts[],
): Promise<void> {
  await writeNew(path, renderBalancerSpec(request, nodes), 0o644);
}
