// `source`: the source trees exactly as they would be built, written under --output. Boots nothing.
import {renderJson} from '../../core/printable.ts';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {openSessionFor} from '../../batch/arguments.ts';
import {runPreflight} from '../../batch/preflight.ts';
import {writeSources, type WrittenSource} from '../../batch/write-sources.ts';
import type {BuildOptions, OutputOptions} from '../../batch/build-options.ts';
import type {Terminal} from '../../core/terminal.ts';

export async function run(terminal: Terminal, options: BuildOptions & OutputOptions): Promise<ExitCode> {
  const session = await openSessionFor(terminal, [{options}]);
  const say = (line: string): void => void terminal.stderr.write(`${line}\n`);
  const preflight = await runPreflight(session, [{options}], {boots: false, onWait: say});
  for (const {reason, isMissing} of preflight.choices.values())
    if (isMissing === true) say(`warning  ${reason}`);
  for (const line of preflight.warnings) say(`warning  ${line}`);
  for await (const written of writeSources(session, preflight))
    terminal.stdout.write(options.json === true ? `${renderFacts(written)}\n` : `${renderLine(written)}\n`);
  return exitCodes.done;
}

function renderFacts({plan, folder, undelete, edits, patches}: WrittenSource): string {
  const {status, kept} = undelete;
  const {tag, commit} = plan;
  return renderJson({tag, commit, source: folder, undelete: {status, kept}, edits, patches});
}

function renderLine({plan, folder, undelete, edits, patches}: WrittenSource): string {
  const {status, kept} = undelete;
  const what =
    status === 'nothing' ? 'nothing is to be undeleted' : `${plan.script} keeps ${kept.join(', ')}`;
  return `${folder}: ${what}; ${edits.length} edits of ours, ${patches.length} patches of yours`;
}
