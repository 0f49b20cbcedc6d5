// Writes the source trees of a run exactly as they would be built, under its output.
import {mkdir, rename} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {renderRelease} from '../catalogue/ref-facts.ts';
import {UsageError} from '../core/errors.ts';
import {replaceFolder} from '../core/files.ts';
import {removeTree} from '../core/mounts.ts';
import {isTaken} from '../core/presence.ts';
import {checkOutputFolder} from '../distribution/publish.ts';
import {prepareSource, type PreparedSource} from '../source/prepare.ts';
import type {PlannedBuild} from './plan-run.ts';
import type {Preflight} from './preflight.ts';
import type {Session} from './session.ts';

export interface WrittenSource extends Pick<PreparedSource, 'undelete' | 'edits' | 'patches'> {
  readonly plan: PlannedBuild['plan'];
  readonly folder: string;
}

/** One after the other. @throws UsageError when something is there and nobody insists. */
export async function* writeSources(
  session: Session,
  {builds, request}: Pick<Preflight, 'builds' | 'request'>,
): AsyncGenerator<WrittenSource> {
  await checkOutputFolder(request.output, session);
  for (const {plan, source, dependencyPlan} of builds) {
    const folder = join(plan.output, `source-${renderRelease(plan.tag)}`);
    if ((await isTaken(folder)) && !request.force) {
      throw new UsageError(`${folder} is there already.`, 'Type the same with --force to replace it.');
    }
    const {commit, script, features, patches} = plan;
    const prepared = await prepareSource(session, {
      ...{source, commit, script, features, patches},
      edits: dependencyPlan.edits,
      signal: session.terminal.signal,
    });
    try {
      await moveFolder(session, prepared.folder, folder);
    } finally {
      await prepared.discard();
    }
    yield {...prepared, plan, folder};
  }
}

/** The cache and the output may be on different file systems: then it is copied beside the target first. */
async function moveFolder({exec, terminal}: Session, from: string, to: string): Promise<void> {
  const beside = `${to}.partial`;
  await mkdir(dirname(to), {recursive: true});
  await removeTree(beside);
  await rename(from, beside).catch(() => exec(['cp', '-a', from, beside], {signal: terminal.signal}));
  await replaceFolder(beside, to);
}
