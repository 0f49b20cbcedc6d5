// `source`: the source trees exactly as they would be built, written under --output. Boots nothing.
import {lstat, mkdir, rename} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {renderRelease} from '../../catalogue/ref-facts.ts';
import {exitCodes, UsageError, type ExitCode} from '../../core/errors.ts';
import {replaceFolder} from '../../core/files.ts';
import {removeTree} from '../../core/mounts.ts';
import {checkOutputFolder} from '../../distribution/publish.ts';
import {prepareSource} from '../../source/prepare.ts';
import {openSessionFor} from '../../batch/arguments.ts';
import {runPreflight} from '../../batch/preflight.ts';
import type {BuildOptions, OutputOptions} from '../../batch/build-options.ts';
import type {Session} from '../../batch/session.ts';
import type {Terminal} from '../../core/terminal.ts';

export async function run(terminal: Terminal, options: BuildOptions & OutputOptions): Promise<ExitCode> {
  const session = await openSessionFor(terminal, [{options}]);
  const say = (line: string): void => void terminal.stderr.write(`${line}\n`);
  const {builds, request, warnings, choices} = await runPreflight(session, [{options}], {
    boots: false,
    onWait: say,
  });
  for (const {reason, isMissing} of choices.values()) if (isMissing === true) say(`warning  ${reason}`);
  for (const line of warnings) say(`warning  ${line}`);
  await checkOutputFolder(request.output, session);
  for (const {plan, source, dependencyPlan} of builds) {
    const target = join(plan.output, `source-${renderRelease(plan.tag)}`);
    if ((await exists(target)) && !request.force) {
      throw new UsageError(`${target} is there already.`, 'Type the same with --force to replace it.');
    }
    const prepared = await prepareSource(session, {
      source,
      commit: plan.commit,
      script: plan.script,
      features: plan.features,
      edits: dependencyPlan.edits,
      patches: plan.patches,
      signal: terminal.signal,
    });
    try {
      await moveFolder(session, prepared.folder, target);
    } finally {
      await prepared.discard();
    }
    const {status, kept} = prepared.undelete;
    const row = {
      tag: plan.tag,
      commit: plan.commit,
      source: target,
      undelete: {status, kept},
      edits: prepared.edits,
      patches: prepared.patches,
    };
    terminal.stdout.write(
      options.json === true
        ? `${JSON.stringify(row)}\n`
        : `${target}: ${status === 'nothing' ? 'nothing is to be undeleted' : `${plan.script} keeps ${kept.join(', ')}`}; ` +
            `${prepared.edits.length} edits of ours, ${prepared.patches.length} patches of yours\n`,
    );
  }
  return exitCodes.done;
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** The cache and the output may be on different file systems: then it is copied beside the target first. */
async function moveFolder({exec, terminal}: Session, from: string, to: string): Promise<void> {
  const beside = `${to}.partial`;
  await mkdir(dirname(to), {recursive: true});
  await removeTree(beside);
  await rename(from, beside).catch(() => exec(['cp', '-a', from, beside], {signal: terminal.signal}));
  await replaceFolder(beside, to);
}
