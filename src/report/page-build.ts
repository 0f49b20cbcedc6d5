// Writes all that is known of one build: its time beside earlier ones, steps and modules, what the caches had, what it was
// made with, what its dist says of itself; of one that failed first why, and what to type. Pure.
import {renderDuration, renderSize} from '../core/text.ts';
import {percent, placeWords, planScale, renderAxis, renderBar} from '../page/drawing.ts';
import {html, renderId, type Insert, type Markup} from '../page/html.ts';
import {renderCopy, renderFacts, renderStatus, renderTable, renderTime} from '../page/widgets.ts';
import type {BuildModel} from '../runs/run-model.ts';
import type {ShownBuild} from './page-data.ts';
import {kindOf} from './page-timeline.ts';
import {
  durationOf,
  releaseOf,
  renderChange,
  renderReleaseName,
  renderVariant,
  statusOf,
} from './page-words.ts';

export interface CardOptions {
  readonly nowMs: number;
  /** Of a page with very many builds: drawings are left to the tables. */
  readonly isBrief: boolean;
}

export function renderBuild(build: ShownBuild, options: CardOptions): Markup {
  const {last, told, dist, earlier} = build;
  const status = statusOf(last.status);
  const ms = durationOf(last.status === 'up-to-date' ? told : last, options.nowMs);
  const change =
    told.status === 'built'
      ? renderChange(
          ms,
          earlier.map(({durationMs}) => durationMs),
        )
      : undefined;
  return html`<details
    class="build ${status.tone}"
    id="${renderId('b', last.buildId)}"
    data-build="${last.buildId}"
    data-release="${releaseOf(build)}"
    data-host="${last.host}"
    data-status="${last.status}"
  >
    <summary>
      ${renderStatus(status)} <span class="id">${last.buildId}</span>
      <span class="variant">${renderVariant(told)}</span>
      <span class="num">${ms === 0 ? '' : renderDuration(ms)}</span>
      <span class="num size">${dist === undefined ? '' : renderSize(dist.bytes)}</span>
      <span class="hits">${renderHits(told)}</span>
    </summary>
    <div class="inside">
      ${renderFailure(build)} ${renderProgress(last)}
      ${renderFacts([
        ['release', renderReleaseName(releaseOf(build))],
        [
          'commit',
          told.plan?.commit === undefined
            ? undefined
            : html`<code>${told.plan.commit.slice(0, 12)}</code> of ${told.plan.tag}`,
        ],
        ['compiled against', told.plan?.choice ?? told.plan?.dependencies],
        ['host', last.host],
        ['begun', told.startMs === undefined ? undefined : html`${renderTime(told.startMs)} UTC`],
        ['time', ms === 0 ? undefined : `${renderDuration(ms)}${change === undefined ? '' : `, ${change}`}`],
        ['peak memory', renderMemory(told)],
        ['size', dist === undefined ? undefined : `${renderSize(dist.bytes)} in ${dist.files} files`],
        [
          'patches',
          told.plan === undefined
            ? undefined
            : told.plan.patches.length === 0
              ? 'none'
              : told.plan.patches.join(', '),
        ],
      ])}
      ${renderEarlier(build, ms)} ${renderSteps(told, options)} ${renderCaches(told)} ${renderArguments(told)}
      ${renderSmoke(build)} ${renderDist(build)} ${renderWarnings(told)}
      ${
        told.plan === undefined
          ? ''
          : html`<h3>Once more</h3>
              ${renderCopy(told.plan.command, `the command for ${last.buildId}`)}`
      }
    </div>
  </details> `;
}

/** Also at the top of the page. */
export function renderFailure({last, log}: ShownBuild, isAbove = false): Insert {
  const {failure, measured, machines, buildId} = last;
  const leaks = machines.filter(({leak}) => leak !== undefined);
  if (failure === undefined && leaks.length === 0) return undefined;
  const lines = measured?.lines ?? [];
  const where = failure?.step === undefined ? '' : html` in <em>${failure.step}</em>`;
  const why =
    failure && html`<p class="why"><strong>${failure.kind}</strong>${where}: ${failure.message}</p>`;
  const remedy = failure && html`<p class="remedy">→ ${failure.hint}</p>`;
  const left = leaks.map(
    ({name, provider, leak}) =>
      html`<p class="why"><strong>leaked</strong>: ${name} may still exist (${provider}): ${leak}</p>`,
  );
  const name = `Lines of the log of ${buildId}${isAbove ? '' : ', with the build'}`;
  const said =
    lines.length > 0 && html`<pre tabindex="0" role="region" aria-label="${name}">${lines.join('\n')}</pre>`;
  const whole = !isAbove && log !== '' && html`<p class="log">whole log: <code>${log}</code></p>`;
  return html`<div class="failure">${[why, remedy, left, said, whole]}</div>`;
}

function renderProgress({progress, status}: BuildModel): Insert {
  if (status !== 'running' || progress === undefined) return undefined;
  const left =
    progress.remainingMs === undefined ? '' : `, about ${renderDuration(progress.remainingMs)} left`;
  return html`<p class="now"><strong>${progress.step}</strong>: ${progress.message}${left}</p>`;
}

function renderHits({caches}: BuildModel): string {
  const asked = caches.filter(({cache}) => cache !== 'dist');
  if (asked.length === 0) return '';
  return `${asked.filter(({result}) => result !== 'miss').length} of ${asked.length} caches`;
}

function renderMemory({measured}: BuildModel): string | undefined {
  if (measured?.peakMemoryBytes === undefined) return undefined;
  const {peakMemoryBytes, memoryMib, oomKills = 0} = measured;
  const of = memoryMib === undefined ? '' : ` of ${renderSize(memoryMib * 1024 ** 2)}`;
  const killed = oomKills === 0 ? '' : `; ${oomKills} processes were killed for want of it`;
  return `${renderSize(peakMemoryBytes)}${of}, page cache included${killed}`;
}

/** The newest on the right. */
function renderEarlier({told, earlier}: ShownBuild, ms: number): Insert {
  if (earlier.length === 0 || ms === 0) return undefined;
  const shown = [told, ...earlier.slice(0, 11)].reverse();
  const most = Math.max(...shown.map(({durationMs}) => durationMs), ms);
  return html`<h3>Beside its earlier builds</h3>
    <svg
      class="earlier"
      width="100%"
      height="40"
      role="img"
      aria-label="Times, oldest first: ${shown.map((each) => renderDuration(each === told ? ms : each.durationMs)).join(', ')}"
    >
      ${shown.map((each, index) => {
        const time = each === told ? ms : each.durationMs;
        const height = Math.max(1, Math.round((time / most) * 38));
        return html`<rect
          class="${each === told ? 'this' : 'that'}"
          x="${index * 22}"
          width="16"
          y="${40 - height}"
          height="${height}"
          ><title>${each.runId}: ${renderDuration(time)}</title></rect
        >`;
      })}
    </svg>`;
}

const rowPx = 18;

function renderSteps(build: BuildModel, {nowMs, isBrief}: CardOptions): Insert {
  const {steps, modules, startMs, endMs = nowMs} = build;
  if (steps.length === 0 || startMs === undefined) return undefined;
  const rows = [
    ...steps.map((step) => ({
      ...step,
      kind: `${kindOf(step.name)}${step.status === 'failed' ? ' failed' : ''}`,
      isModule: false,
    })),
    ...modules.map((module) => ({...module, kind: 'module', isModule: true})),
  ].sort((a, b) => a.startMs - b.startMs || Number(a.isModule) - Number(b.isModule));
  const table = renderTable({
    caption: `Steps of ${build.buildId}`,
    head: ['step', 'time', 'begun after', 'ended'],
    right: [1, 2],
    rows: rows.map((row) => ({
      cells: [
        row.isModule ? `· ${row.name}` : row.name,
        renderDuration((row.endMs ?? endMs) - row.startMs),
        renderDuration(row.startMs - startMs),
        row.isModule ? 'module' : (row.status ?? 'running'),
      ],
    })),
  });
  if (isBrief)
    return html`<details class="as-table">
      <summary>Steps and modules</summary>
      ${table}
    </details>`;
  const scale = planScale(startMs, endMs);
  const height = 20 + rows.length * rowPx;
  return html`<h3>Steps${modules.length === 0 ? '' : ', and Maven’s modules'}</h3>
    <div
      class="scroll drawing"
      tabindex="0"
      role="region"
      aria-label="Drawing of the steps of ${build.buildId}"
    >
      <svg
        class="gantt"
        width="100%"
        height="${height}"
        role="img"
        aria-label="Steps of ${build.buildId} on a time axis; as a table below"
      >
        ${renderAxis(scale, height)}${rows.map((row, index) => {
          const y = 20 + index * rowPx;
          const end = row.endMs ?? endMs;
          const words = `${row.name} ${renderDuration(end - row.startMs)}`;
          const bar = {startMs: row.startMs, endMs: end, y: y + 3, heightPx: rowPx - 6, kind: row.kind};
          const {x, dx, kind} = placeWords(scale.place(row.startMs), scale.place(end));
          const dim = row.isModule && kind !== 'end inside' ? ' dim' : '';
          return html`${renderBar(scale, {...bar, title: words})}<text
              class="${kind}${dim}"
              x="${percent(x)}"
              dx="${dx}"
              y="${y + 13}"
              >${words}</text
            >`;
        })}
      </svg>
    </div>
    <details class="as-table">
      <summary>The same as a table</summary>
      ${table}
    </details>`;
}

const cacheNames = {
  dist: 'the dist itself',
  machine: 'a provisioned machine',
  maven: 'Maven’s artifacts',
  modules: 'compiled modules',
  compiled: 'compiled dependencies',
} as const;

const results = {
  hit: {tone: 'good', mark: '✓', word: 'hit'},
  part: {tone: 'warn', mark: '◑', word: 'in part'},
  miss: {tone: 'idle', mark: '○', word: 'miss'},
} as const;

function renderCaches({buildId, caches}: BuildModel): Insert {
  if (caches.length === 0) return undefined;
  return html`<h3>Caches</h3>
    ${renderTable({
      caption: `Caches of ${buildId}`,
      head: ['cache', 'result', 'what was there, or why not'],
      rows: caches.map(({cache, result, reason}) => ({
        cells: [cacheNames[cache], renderStatus(results[result]), reason],
      })),
    })}`;
}

function renderArguments({plan}: BuildModel): Insert {
  if (plan === undefined || plan.arguments.length === 0) return undefined;
  return html`<h3>Arguments of the distribution script</h3>
    <p class="words">${plan.arguments.map((word) => html`<code>${word}</code> `)}</p>`;
}

function renderSmoke({told, dist}: ShownBuild): Insert {
  const smoke = told.measured?.smoke ?? dist?.smoke;
  if (smoke === undefined) return undefined;
  const show = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return html`<h3>What the smoke query answered</h3>
    ${renderFacts(Object.entries(smoke).map(([name, value]) => [name, show(value)]))}`;
}

function renderDist({last, dist}: ShownBuild): Insert {
  if (dist === undefined) {
    const path = last.dist;
    return path === undefined ? undefined : html`<p class="dim">${path} is no longer there, or moved.</p>`;
  }
  return html`<h3>The dist</h3>
    ${renderFacts([
      ['folder', html`<code>${dist.path}</code>`],
      ['manifest.json', html`<code class="hash">sha256 ${dist.manifestSha256}</code>`],
      [
        'inputs',
        dist.inputsHash === undefined ? undefined : html`<code class="hash">sha256 ${dist.inputsHash}</code>`,
      ],
      [
        'checksums',
        html`<code>SHA256SUMS</code>, of every file; all are read by
          <code>build-spark verify ${dist.path}</code>`,
      ],
      ['made in', `${dist.guest}; box ${dist.box}`],
    ])}`;
}

function renderWarnings({warnings}: BuildModel): Insert {
  if (warnings.length === 0) return undefined;
  return html`<h3>Warnings</h3>
    <ul class="warnings">
      ${warnings.slice(0, 20).map((line) => html`<li>${line}</li>`)}
    </ul>`;
}
