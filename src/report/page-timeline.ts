// Draws a run on a time axis: hosts, their machines, steps, Maven's modules within them, waits, how many machines at once,
// and which builds one after the other made the run as long as it was. Pure.
import {html, renderId, type Insert, type Markup} from '../page/html.ts';
import {percent, planScale, renderAxis, renderBar, takeLane, type Scale} from '../page/drawing.ts';
import {renderStatus, renderTable, renderTime} from '../page/widgets.ts';
import {renderDuration} from '../core/text.ts';
import {unknownHost, type BuildModel, type RunModel} from '../runs/run-model.ts';
import {findCriticalPath, renderPath, type Begun} from './critical-path.ts';
import {durationOf, renderVariant, statusOf} from './page-words.ts';

/** What kind of work a step is, for its colour. */
export function kindOf(step: string): string {
  if (/source|home/i.test(step)) return 'source';
  if (/machine|Provision/.test(step)) return 'machine';
  if (step === 'Make distribution') return 'maven';
  if (step === 'Set up Maven' || step === 'Smoke query') return 'check';
  return 'dist';
}

const labelPx = 16;
const stepsPx = 18;
const modulePx = 5;
const gapPx = 12;
const axisPx = 20;
/** Beyond it, modules are only in each build's own drawing. */
const mostWithModules = 60;

export function renderTimeline(run: RunModel, nowMs: number, isOpen: boolean): Markup {
  const endMs = run.endMs ?? Math.max(run.lastMs, isOpen && isRunning(run) ? nowMs : 0);
  const begun = listBegun(run, endMs);
  const scale = planScale(run.startMs, endMs);
  const path = findCriticalPath(begun);
  const hosts = [...new Set(begun.map(({build}) => build.host ?? unknownHost))];
  return html`<details class="run" id="${renderId('run', run.runId)}" ${isOpen ? html` open` : ''}>
    <summary>
      <span class="when">${renderTime(run.startMs)} UTC</span> <span class="what">${summariseRun(run)}</span>
      <span class="time">${renderDuration(endMs - run.startMs)}</span>
    </summary>
    <p class="command"><code>${run.command}</code></p>
    <div class="legend" aria-hidden="true">
      <span class="source">source</span><span class="machine">machine</span
      ><span class="check">Maven’s set-up, smoke</span><span class="maven">Make distribution</span
      ><span class="dist">dist</span><span class="wait">waiting</span><span class="path">critical path</span>
    </div>
    <div class="scroll drawing" tabindex="0" role="region" aria-label="Timeline of ${run.runId}">
      ${renderAtOnce(begun, scale, run.jobs)} ${hosts.map((host) => renderHost(host, begun, scale, path))}
    </div>
    ${renderPath(begun, path)}
    <details class="as-table">
      <summary>The same as a table</summary>
      ${renderBuildsTable(run, nowMs)}
    </details>
  </details>`;
}

function isRunning(run: RunModel): boolean {
  return run.endMs === undefined && [...run.builds.values()].some(({status}) => status === 'running');
}

function listBegun(run: RunModel, endMs: number): readonly Begun[] {
  return [...run.builds.values()]
    .flatMap((build) => {
      if (build.startMs === undefined) return [];
      return [{build, startMs: build.startMs, endMs: build.endMs ?? endMs}];
    })
    .sort((a, b) => a.startMs - b.startMs);
}

export function summariseRun(run: RunModel): string {
  const counts = new Map<string, number>();
  for (const {status} of run.builds.values()) {
    const {word} = statusOf(status);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].map(([word, count]) => `${count} ${word}`).join(', ');
}

function renderHost(host: string, all: readonly Begun[], scale: Scale, path: ReadonlySet<string>): Markup {
  const begun = all.filter(({build}) => (build.host ?? unknownHost) === host);
  const hasModules = all.length <= mostWithModules;
  const lanes: number[] = [];
  const placed = begun.map((each) => ({...each, lane: takeLane(lanes, each.startMs, each.endMs)}));
  const threads = hasModules ? Math.max(0, ...begun.map(({build}) => countThreads(build))) : 0;
  const lanePx = labelPx + stepsPx + threads * modulePx + gapPx;
  const height = axisPx + lanes.length * lanePx;
  return html`<h3 class="host" data-host="${host}"><span>${host}</span></h3>
    <svg
      class="timeline"
      data-host="${host}"
      width="100%"
      height="${height}"
      role="img"
      aria-label="${begun.length} builds on ${host}, ${lanes.length} at once at the most; as a table below"
    >
      ${renderAxis(scale, height)}
      ${placed.map(({build, startMs, endMs, lane}) => {
        const y = axisPx + lane * lanePx;
        return renderBuild(build, {startMs, endMs}, y, scale, {
          hasModules,
          isOnPath: path.has(build.buildId),
        });
      })}
    </svg>`;
}

function renderBuild(
  build: BuildModel,
  {startMs, endMs}: {readonly startMs: number; readonly endMs: number},
  y: number,
  scale: Scale,
  {hasModules, isOnPath}: {readonly hasModules: boolean; readonly isOnPath: boolean},
): Markup {
  const status = statusOf(build.status);
  const x = scale.place(startMs);
  const width = Math.max(0.3, scale.place(endMs) - x);
  const machines = build.machines.map(({name}) => name).join(', ');
  const top = y + labelPx;
  const modulesTop = top + stepsPx + 1;
  const ends: number[] = [];
  return html`<a
    href="#${renderId('b', build.buildId)}"
    class="${status.tone}${isOnPath ? ' on-path' : ''}"
    data-status="${build.status}"
    data-build="${build.buildId}"
    ><title>
      ${`${build.buildId}: ${status.word}, ${renderDuration(endMs - startMs)}${machines === '' ? '' : `, on ${machines}`}`}</title
    ><svg class="in" x="${percent(x)}" y="${y}" width="${percent(width)}" height="${labelPx}">
      <text x="1" y="12" class="name">${status.mark} ${build.buildId}</text>
      <rect class="edge" x="100%" y="0" width="6" height="${labelPx}" transform="translate(-6)" /></svg
    ><rect
      class="ground"
      x="${percent(x)}"
      y="${top}"
      width="${percent(width)}"
      height="${stepsPx}"
    />${build.steps.map((step) => {
      const end = step.endMs ?? endMs;
      return renderBar(scale, {
        ...{startMs: step.startMs, endMs: end, y: top, heightPx: stepsPx},
        kind: `${kindOf(step.name)}${step.status === 'failed' ? ' failed' : ''}`,
        title: `${step.name}: ${renderDuration(end - step.startMs)}`,
        label: step.name === 'Make distribution' && hasModules ? step.name : undefined,
      });
    })}${
      hasModules
        ? build.modules.map((module) => {
            const end = module.endMs ?? endMs;
            const lane = takeLane(ends, module.startMs, end);
            return renderBar(scale, {
              ...{
                startMs: module.startMs,
                endMs: end,
                y: modulesTop + lane * modulePx,
                heightPx: modulePx - 1,
              },
              kind: 'module',
              title: `${module.name}: ${renderDuration(end - module.startMs)}`,
            });
          })
        : ''
    }${build.waits.map((wait) =>
      renderBar(scale, {
        ...{startMs: wait.startMs, endMs: wait.endMs ?? endMs, y: top + stepsPx - 4, heightPx: 4},
        kind: 'wait',
        title: `waited for ${wait.for}`,
      }),
    )}</a
  >`;
}

function countThreads({modules}: BuildModel): number {
  const ends: number[] = [];
  for (const {startMs, endMs} of modules) takeLane(ends, startMs, endMs ?? Infinity);
  return ends.length;
}

/** Machines that exist at the same time, as steps over the axis. */
function renderAtOnce(begun: readonly Begun[], scale: Scale, jobs: number | undefined): Insert {
  const changes = begun
    .flatMap(({build, endMs}) =>
      build.machines.map((machine) => [machine.startMs, machine.endMs ?? endMs] as const),
    )
    .flatMap(([startMs, endMs]) => [[startMs, 1] as const, [endMs, -1] as const])
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let count = 0;
  const spans = changes.map(([atMs, change], index) => {
    count += change;
    return {startMs: atMs, endMs: changes[index + 1]?.[0] ?? atMs, count};
  });
  const most = Math.max(0, ...spans.map((span) => span.count));
  if (most === 0) return undefined;
  const height = 34;
  const unit = (height - 2) / most;
  return html`<h3 class="host">
      <span>machines at once: ${most} at the most${jobs === undefined ? '' : `, with --jobs ${jobs}`}</span>
    </h3>
    <svg
      class="at-once"
      width="100%"
      height="${height}"
      role="img"
      aria-label="Machines at once, ${most} at the most"
    >
      ${spans
        .filter((span) => span.count > 0 && span.endMs > span.startMs)
        .map((span) =>
          renderBar(scale, {
            ...{
              startMs: span.startMs,
              endMs: span.endMs,
              y: Math.round(height - span.count * unit),
              heightPx: Math.round(span.count * unit),
            },
            kind: 'count',
            title: `${span.count} machines`,
          }),
        )}
    </svg>`;
}

function renderBuildsTable(run: RunModel, nowMs: number): Markup {
  const since = (atMs: number | undefined): string =>
    atMs === undefined ? '' : `+${renderDuration(atMs - run.startMs)}`;
  return renderTable({
    caption: `Builds of ${run.runId}`,
    head: ['build', 'variant', 'status', 'host', 'machine', 'begun', 'time', 'longest step', 'waited for'],
    right: [5, 6],
    rows: [...run.builds.values()].map((build) => {
      const {buildId, status, host, machines, startMs, waits, steps} = build;
      const longest = steps.toSorted((a, b) => lengthOf(b, nowMs) - lengthOf(a, nowMs))[0];
      return {
        attributes: html` data-build="${buildId}" data-status="${status}" data-host="${host}"`,
        cells: [
          html`<a href="#${renderId('b', buildId)}">${buildId}</a>`,
          renderVariant(build),
          renderStatus(statusOf(status)),
          host,
          machines.map(({name}) => name).join(', '),
          since(startMs),
          renderDuration(durationOf(build, nowMs)),
          longest === undefined ? '' : `${longest.name}, ${renderDuration(lengthOf(longest, nowMs))}`,
          waits.map((wait) => wait.for).join('; '),
        ],
      };
    }),
  });
}

function lengthOf(
  {startMs, endMs}: {readonly startMs: number; readonly endMs?: number},
  nowMs: number,
): number {
  return (endMs ?? nowMs) - startMs;
}
