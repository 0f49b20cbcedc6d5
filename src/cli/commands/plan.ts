// `plan`: everything decided and printed; nothing booted, nothing written but the mirror of the source.
import {renderJson} from '../../core/printable.ts';
import {exitCodes, UsageError, type ExitCode} from '../../core/errors.ts';
import {createRedactor, redactDeep} from '../../core/redact.ts';
import {readBatch} from '../../batch/batch-options.ts';
import {openSessionFor} from '../../batch/arguments.ts';
import {describePlan} from '../../batch/describe-plan.ts';
import {runPreflight} from '../../batch/preflight.ts';
import {renderPlan} from '../../report/plan-text.ts';
import type {Invocation} from '../invocation.ts';
import type {BuildOptions, OutputOptions} from '../../batch/build-options.ts';
import type {Terminal} from '../../core/terminal.ts';

/** @param words `plan batch.yaml`, or `plan` put before what would be typed: `plan batch batch.yaml`. */
export async function run(
  terminal: Terminal,
  options: BuildOptions & OutputOptions,
  words: readonly string[],
  {typed}: Invocation,
): Promise<ExitCode> {
  const [file, ...rest] = ['batch', 'build'].includes(words[0] ?? '') ? words.slice(1) : words;
  if (rest.length > 0 || (file === undefined && words[0] === 'batch'))
    throw new UsageError(
      'plan takes the options of a build, or one batch file.',
      'Type: build-spark plan batch <file>',
    );
  const requested =
    file === undefined
      ? {rows: [{options}], options}
      : await readBatch(file, {options, typed, cwd: terminal.cwd});
  const session = await openSessionFor(terminal, requested.rows);
  const preflight = await runPreflight(session, requested.rows, {
    boots: false,
    onWait: (line) => terminal.stderr.write(`${line}\n`),
    jobs: requested.options.jobs,
  });
  const {builds, skipped, jobs, warnings, choices, secrets} = preflight;
  const redact = createRedactor(secrets);
  const described = await Promise.all(builds.map((build) => describePlan(build, session.paths)));
  if (options.json === true) {
    const rows = described.map((plan) => ({...plan, dependenciesReason: choices.get(plan.buildId)?.reason}));
    const all = {builds: rows, skipped, jobs: jobs.jobs, warnings};
    terminal.stdout.write(`${renderJson(redactDeep(all, redact))}\n`);
    return exitCodes.done;
  }
  const texts = described.map((plan) => renderPlan(plan, preflight));
  terminal.stdout.write(redact(texts.join('\n')));
  for (const {tag, reason} of skipped) terminal.stdout.write(`skipped  ${tag}: ${reason}\n`);
  for (const line of warnings) terminal.stdout.write(`warning  ${line}\n`);
  if (builds.length > 1) {
    const {reason = ''} = jobs;
    const atOnce = jobs.jobs === 1 ? 'one after the other' : `${jobs.jobs} machines at once`;
    terminal.stdout.write(`${builds.length} builds, ${atOnce}${reason === '' ? '' : ` (${reason})`}\n`);
  }
  return exitCodes.done;
}
