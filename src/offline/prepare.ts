// Gets the caches what the builds of a bundle need: looks at all of them first, then builds each that lacks something once.
import type {BuildOptions, BuildRow} from '../batch/build-options.ts';
import type {PlannedBuild} from '../batch/plan-run.ts';
import type {Preflight} from '../batch/preflight.ts';
import {BuildError, exitCodes, UsageError, type ExitCode} from '../core/errors.ts';
import {fieldOf, keyOf} from '../recipe/option-fields.ts';
import {machineRows, networkRows} from '../recipe/option-table.ts';

export interface Lacking {
  readonly plan: PlannedBuild['plan'];
  /** The end of a sentence. */
  readonly lack: string;
}

export interface Seen {
  readonly preflight: Preflight;
  readonly lacking: readonly Lacking[];
}

export interface PrepareTools {
  /** Decides everything about these rows, and what the caches lack for them. @throws All that is wrong with them. */
  readonly look: (rows: readonly BuildRow[]) => Promise<Seen>;
  readonly build: (rows: readonly BuildRow[]) => Promise<ExitCode>;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** What holds for any build: its machine, its limits, its network. */
const shared: readonly string[] = [...machineRows, ...networkRows]
  .filter((row) => fieldOf(row) !== undefined)
  .map(keyOf);

/**
 * The first command of the README is to work on the other host too: it shows that it can build. Of the options that were
 * given only those fall away that say what is built. Pure.
 */
export function planSample([first]: readonly BuildRow[]): readonly (readonly BuildRow[])[] {
  if (first === undefined || first.options.source === 'sample') return [];
  // A settings.xml may be filled in by -D.
  const kept = first.options.mavenSettings === undefined ? shared : [...shared, 'define'];
  return [[{options: {...keep(first.options, kept), cdh: ['5.7.0'], source: 'sample'}}]];
}

/** Nobody carries a bundle to another host to learn there that its machines cannot install R. */
export function refuseR(builds: readonly Pick<PlannedBuild, 'plan'>[]): void {
  const withR = builds.filter(({plan}) => plan.features.includes('sparkr')).map(({plan}) => plan.buildId);
  if (withR.length === 0) return;
  throw new UsageError(
    `A bundle holds no R, which machines of builds with SparkR install: ${withR.join(', ')}.`,
    'Leave sparkr out of --with.',
  );
}

/** @returns What is decided of each group of rows, once the caches have what its builds need. */
export async function prepareGroups(
  groups: readonly (readonly BuildRow[])[],
  tools: PrepareTools,
): Promise<readonly Preflight[]> {
  // Nobody waits for an hour's build to learn that the next one cannot be planned.
  const seen = [];
  for (const rows of groups) seen.push({rows, ...(await tools.look(rows))});
  const preflights = [];
  for (const {rows, preflight, lacking} of seen)
    preflights.push(lacking.length === 0 ? preflight : await complete(rows, lacking, tools));
  return preflights;
}

async function complete(
  rows: readonly BuildRow[],
  lacking: readonly Lacking[],
  {look, build, say, signal}: PrepareTools,
): Promise<Preflight> {
  for (const {plan, lack} of lacking) say(`${plan.buildId}: ${lack}, so it is built once now`);
  const plans = new Set(lacking.map(({plan}) => plan));
  const code = await build([...plans].map((plan) => narrow(rows, plan)));
  if (code === exitCodes.interrupted) signal.throwIfAborted();
  const again = await look(rows);
  const [left] = again.lacking;
  if (left === undefined) return again.preflight;
  throw new BuildError(
    `${left.plan.buildId} is still not complete: ${left.lack}.`,
    `Build it by itself, and read why: build-spark logs ${left.plan.buildId}`,
  );
}

function keep(options: BuildOptions, keys: readonly string[]): BuildOptions {
  return Object.fromEntries(Object.entries(options).filter(([key]) => keys.includes(key)));
}

/** Just this build, as the row that it came of has it. */
function narrow(
  [first]: readonly BuildRow[],
  {tag, features, deps, compileTests}: PlannedBuild['plan'],
): BuildRow {
  const given = Object.keys(first?.options ?? {}).filter(
    (key) => !['cdh', 'spark2', 'newestOf'].includes(key),
  );
  return {options: {...keep(first?.options ?? {}, given), ref: tag, with: features, deps, compileTests}};
}
