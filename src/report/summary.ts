// Owns the text at the end of a run: one build in full, several as a table. Pure: what it says was gathered by others.
import type {BuildOutcome, MachineEnd, RunOutcome} from './collector.ts';
import type {DistBrief} from './dist-brief.ts';
import {findWidths, renderTable} from '../core/table.ts';
import {plainStyle, type Style} from './style.ts';
import {renderDuration, renderPrintable, renderPrintableText, renderSize} from '../core/text.ts';

export interface SummaryContext {
  /** By path of the dist, for those that are there. */
  readonly dists: ReadonlyMap<string, DistBrief>;
  /** Path of the log by build id. */
  readonly logs: ReadonlyMap<string, string>;
  /** More to say about a build, one line each: whose dependencies, which patches, the smoke's answer. */
  readonly notes?: ReadonlyMap<string, readonly string[]>;
  readonly columns: number;
  readonly style?: Style;
}

/** Ends with a newline. The empty text when the run had no builds. */
export async function renderSummary(run: RunOutcome, context: SummaryContext): Promise<string> {
  const [first, ...rest] = run.builds;
  if (first === undefined) return '';
  const style = context.style ?? plainStyle;
  const lines =
    rest.length === 0
      ? [...renderBuild(first, context, style), ...renderMachines(first.machines, style)]
      : await renderBatch(run, context, style);
  return `\n${lines.join('\n')}\n`;
}

function renderBuild(build: BuildOutcome, context: SummaryContext, style: Style): readonly string[] {
  const notes = (context.notes?.get(build.buildId) ?? []).filter((note) => note !== '');
  return [
    ...renderHead(build, context, style),
    ...notes.map((note) => `  ${note}`),
    ...renderSteps(build, style),
    ...renderFailure(build, context, style),
  ];
}

function renderHead(build: BuildOutcome, context: SummaryContext, style: Style): readonly string[] {
  const {dist, status, durationMs} = build;
  const brief = dist === undefined ? undefined : context.dists.get(dist);
  const contents = brief === undefined ? [] : renderContents(brief);
  if (status === undefined) return [`${style('bad', '✗')} ${build.buildId} did not come to an end.`];
  switch (status) {
    case 'built':
      return [`${style('good', '✓')} ${style('strong', dist ?? build.buildId)}`, ...contents];
    case 'up-to-date':
      return [
        `${style('good', '✓')} ${style('strong', dist ?? build.buildId)} is up to date; nothing was built.`,
        ...contents,
      ];
    case 'skipped':
      return [`${style('warn', '-')} ${build.buildId} was skipped.`];
    case 'cancelled':
      return [`${style('warn', '⊘')} ${build.buildId} was cancelled after ${renderDuration(durationMs)}.`];
    case 'failed':
      return [`${style('bad', '✗')} ${build.buildId} failed after ${renderDuration(durationMs)}.`];
  }
}

function renderContents(brief: DistBrief): readonly string[] {
  const jars = brief.mainJars.map((jar) => `    ${jar.path} (${renderSize(jar.bytes)})`);
  const scripts = brief.scripts.length === 0 ? 'none of the known ones' : brief.scripts.join(', ');
  return [
    `  ${renderSize(brief.bytes)} in ${brief.files} files, ${brief.jars} ${brief.jars === 1 ? 'jar' : 'jars'}${jars.length === 0 ? '' : ', mainly'}`,
    ...jars,
    `  scripts: ${scripts}`,
  ];
}

function renderSteps(build: BuildOutcome, style: Style): readonly string[] {
  if (build.steps.length === 0) return [];
  const total = {step: 'in all', status: 'done' as const, durationMs: build.durationMs};
  const rows = [...build.steps, total].map(({step, status, durationMs}) => [
    ...[step, renderDuration(durationMs)],
    ...(status === 'done' ? [] : [style('bad', status)]),
  ]);
  return renderTable(rows, {right: [1], least: [0, 7]}).map((line) => `  ${line}`);
}

function renderFailure(build: BuildOutcome, context: SummaryContext, style: Style): readonly string[] {
  const {failure} = build;
  if (failure === undefined) return [];
  const [first = '', ...rest] = failure.message.split('\n').map(renderPrintable);
  const where = failure.step === undefined ? '' : ` in "${failure.step}"`;
  const log = context.logs.get(build.buildId);
  return [
    `${style('bad', `${failure.kind}${where}:`)} ${first}`,
    ...rest.map((line) => `  ${line}`),
    style('hint', `  → ${renderPrintableText(failure.hint)}`),
    ...(log === undefined ? [] : [`  log: ${log}`]),
  ];
}

function renderMachines(machines: readonly MachineEnd[], style: Style): readonly string[] {
  return machines.map(({machine, provider, end, message}) => {
    switch (end) {
      case 'gone':
        return `${style('good', '✓')} machine ${machine} is gone (${provider} no longer lists it)`;
      case 'left':
        return `${style('warn', '!')} machine ${machine} was kept (${provider}); \`build-spark reap --all\` destroys it`;
      case 'leaked':
        return (
          `${style('bad', '✗')} machine ${machine} may still exist (${provider}): ${renderPrintable(message ?? '')}\n` +
          style('hint', '  → build-spark reap')
        );
    }
  });
}

/** One line a build, then the failures in full, then where the machines went. */
async function renderBatch(
  run: RunOutcome,
  context: SummaryContext,
  style: Style,
): Promise<readonly string[]> {
  const {measureWidth, truncateToWidth} = await import('./width.ts'); // Takes longer to load than all else here.
  const sizes = run.builds.map((build) => renderDistSize(build, context));
  const hasSizes = sizes.some((size) => size !== '');
  const left = run.builds.map((build, index) => [
    ...[build.buildId, statusOf(build)],
    build.durationMs === 0 ? '' : renderDuration(build.durationMs),
    ...(hasSizes ? [sizes[index] ?? ''] : []),
  ]);
  const layout = {least: [5, 0, 7], measure: measureWidth};
  const room = context.columns - findWidths(left, layout).reduce((sum, width) => sum + width + 2, 0);
  const rows = run.builds.map((build, index) => [
    ...(left[index] ?? []),
    // A path is for copying: rather wrapped by the terminal than cut.
    build.failure === undefined
      ? (build.dist ?? '')
      : truncateToWidth(build.failure.message.split('\n')[0] ?? '', Math.max(20, room)),
  ]);
  const paint = (text: string, column: number, row: number): string => {
    const build = run.builds[row];
    return column === 1 && build !== undefined ? style(toneOf(build), text) : text;
  };
  const table = renderTable(rows, {...layout, right: [2, ...(hasSizes ? [3] : [])], paint});
  const failures = run.builds
    .filter((build) => build.status === 'failed')
    .flatMap((build) => ['', style('strong', build.buildId), ...renderFailure(build, context, style)]);
  const machines = run.builds.flatMap((build) => build.machines);
  const gone = machines.filter((machine) => machine.end === 'gone');
  const others = machines.filter((machine) => machine.end !== 'gone');
  const statuses = run.builds.map(statusOf);
  const counts = [...new Set(statuses)].map(
    (status) => `${statuses.filter((one) => one === status).length} ${status}`,
  );
  return [
    ...table,
    ...failures,
    '',
    `${counts.join(', ')}, in ${renderDuration(run.durationMs)}`,
    ...renderGone(gone, others.length === 0, style),
    ...renderMachines(others, style),
  ];
}

function renderDistSize({dist}: BuildOutcome, {dists}: SummaryContext): string {
  const brief = dist === undefined ? undefined : dists.get(dist);
  return brief === undefined ? '' : renderSize(brief.bytes);
}

function renderGone(gone: readonly MachineEnd[], isAll: boolean, style: Style): readonly string[] {
  if (gone.length < 2) return renderMachines(gone, style);
  const providers = [...new Set(gone.map((machine) => machine.provider))].join(', ');
  const who = `${isAll ? 'all ' : ''}${gone.length} machines`;
  return [`${style('good', '✓')} ${who} are gone (${providers} no longer lists them)`];
}

const statusOf = ({status}: BuildOutcome): string => status ?? 'unfinished';

function toneOf(build: BuildOutcome): 'good' | 'bad' | 'warn' {
  if (build.status === 'built' || build.status === 'up-to-date') return 'good';
  return build.status === 'skipped' || build.status === 'cancelled' ? 'warn' : 'bad';
}
