// The page of this host's builds, section by section: what it came to in one sentence, what failed, the matrix, the timeline, each build. Pure.
import {renderDuration, renderSize} from '../core/text.ts';
import {percent} from '../page/drawing.ts';
import {html, renderId, type Insert, type Markup} from '../page/html.ts';
import {renderStatus, renderTime} from '../page/widgets.ts';
import type {BuildModel} from '../runs/run-model.ts';
import type {PageData, ShownBuild} from './page-data.ts';
import {renderBuild, renderFailure} from './page-build.ts';
import {renderMatrix} from './page-matrix.ts';
import {renderTimeline} from './page-timeline.ts';
import {releaseOf, renderReleaseName, statusOf, statusOrder} from './page-words.ts';

/** Each replaces what the page has under this id. */
export interface PageSection {
  readonly id: string;
  readonly content: Markup;
}

/** Beyond it a build's steps are a table alone. */
const mostDrawn = 200;
const mostTimelines = 10;

export function renderSections(data: PageData): readonly PageSection[] {
  const {runs, nowMs, builds} = data;
  const timelines = runs.slice(0, mostTimelines);
  return [
    {id: 'head', content: renderHead(data)},
    {id: 'failures', content: renderFailures(builds)},
    {id: 'matrix-part', content: renderMatrix(data)},
    {
      id: 'timeline-part',
      content: html`<section id="timeline" aria-labelledby="timeline-title">
        <h2 id="timeline-title">Timeline</h2>
        ${timelines.map((run, index) => renderTimeline(run, nowMs, index === 0))}${
          runs.length > timelines.length
            ? html`<p class="dim">
                ${runs.length - timelines.length} earlier runs are kept:
                <code>build-spark report --run &lt;id&gt;</code> draws one of them.
              </p>`
            : ''
        }
      </section>`,
    },
    {
      id: 'builds-part',
      content: html`<section id="builds" aria-labelledby="builds-title">
        <h2 id="builds-title">Builds</h2>
        ${renderCards(data).map(({content}) => content)}
      </section>`,
    },
  ];
}

/** Of each build by itself: the address of it has the same id. */
export function renderCards({builds, nowMs}: PageData): readonly PageSection[] {
  const options = {nowMs, isBrief: builds.length > mostDrawn};
  return sortBuilds(builds).map((build) => ({
    id: renderId('b', build.last.buildId),
    content: renderBuild(build, options),
  }));
}

/** @returns All of the page's content: the filters stay where they are when a section is replaced. */
export function renderContent(data: PageData): Markup {
  const [head, failures, ...rest] = renderSections(data).map(
    ({id, content}) => html`<div id="${id}" class="part">${content}</div> `,
  );
  return html`${head}${failures}${renderFilters(data)}${rest}`;
}

export function renderTitle({builds}: PageData): string {
  const failed = builds.filter(({last}) => last.status === 'failed').length;
  return `${failed > 0 ? `${failed} failed, ` : ''}${builds.length} ${builds.length === 1 ? 'build' : 'builds'} · build-spark`;
}

const isGood = ({last}: ShownBuild): boolean => last.status === 'built' || last.status === 'up-to-date';

function renderHead({runs, builds, nowMs}: PageData): Markup {
  const counts = statusOrder.flatMap((status) => {
    const count = builds.filter(({last}) => last.status === status).length;
    return count === 0 ? [] : [{status, count}];
  });
  const [run] = runs;
  const good = builds.filter(isGood).length;
  const count = (status: BuildModel['status']): number =>
    builds.filter(({last}) => last.status === status).length;
  const [failed, running] = [count('failed'), count('running')];
  const all = good === builds.length;
  if (builds.length === 0)
    return html`<header>
      <p class="maker">build-spark</p>
      <h1>Nothing was built yet</h1>
    </header>`;
  const many = `${builds.length} ${builds.length === 1 ? 'dist' : 'dists'}`;
  const headline = [
    html`${all ? (builds.length === 1 ? 'The dist is there' : `All ${many} are there`) : `${good} of ${many} ${good === 1 ? 'is' : 'are'} there`}`,
    ...(failed > 0 ? [html`, <span class="bad">${failed} failed</span>`] : []),
    ...(running > 0 ? [html`, ${running} running`] : []),
  ];
  let from = 0;
  const bar = counts.map(({status, count: each}) => {
    const x = from;
    const width = (each / builds.length) * 100;
    from += width;
    return html`<rect
      class="${statusOf(status).tone} ${status}"
      x="${percent(x)}"
      width="${percent(width)}"
      height="10"
    />`;
  });
  const hosts = [...new Set(builds.map(({last}) => last.host ?? ''))].filter((host) => host !== '');
  const begun = builds.filter(({told}) => told.startMs !== undefined && told.status !== 'running');
  const bytes = builds.reduce((sum, {dist}) => sum + (dist?.bytes ?? 0), 0);
  const peak = Math.max(0, ...builds.map(({told}) => told.measured?.peakMemoryBytes ?? 0));
  const asked = builds.flatMap(({told}) => told.caches).filter(({cache}) => cache !== 'dist');
  const hits = asked.filter(({result}) => result !== 'miss').length;
  const work = begun.reduce((sum, {told}) => sum + told.durationMs, 0);
  const facts: readonly (readonly [string, string])[] = [
    ...(run === undefined
      ? []
      : [['newest run', renderDuration((run.endMs ?? Math.max(run.lastMs, nowMs)) - run.startMs)] as const]),
    ...(work > 0 ? [['machine time', renderDuration(work)] as const] : []),
    ...(asked.length > 0 ? [['cache hits', `${hits} of ${asked.length}`] as const] : []),
    ...(peak > 0 ? [['peak memory', renderSize(peak)] as const] : []),
    ...(bytes > 0 ? [['dists', renderSize(bytes)] as const] : []),
    ['hosts', hosts.length === 0 ? 'this one' : hosts.length > 3 ? String(hosts.length) : hosts.join(', ')],
  ];
  return html`<header>
    <p class="maker">build-spark</p>
    <h1>${headline}</h1>
    <p class="dim">
      ${runs.length}
      ${runs.length === 1 ? 'run' : 'runs'}${run === undefined ? '' : html`; the newest began ${renderTime(run.startMs)} UTC`}
    </p>
    <svg
      class="share"
      width="100%"
      height="10"
      role="img"
      aria-label="${counts.map(({status, count: each}) => `${each} ${statusOf(status).word}`).join(', ')}"
    >
      ${bar}
    </svg>
    <ul class="counts">
      ${counts.map(({status, count: each}) => html`<li>${renderStatus({...statusOf(status), word: `${each} ${statusOf(status).word}`})}</li>`)}
    </ul>
    <dl class="figures">
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </header>`;
}

/** At the top, with what is needed to go on: nobody should have to look for it. */
function renderFailures(builds: readonly ShownBuild[]): Insert & Markup {
  const failed = builds.filter(
    ({last}) => last.status === 'failed' || last.machines.some(({leak}) => leak !== undefined),
  );
  if (failed.length === 0) return html``;
  const first = failed.slice(0, 20);
  return html`<section aria-labelledby="failures-title">
    <h2 id="failures-title">What failed</h2>
    ${first.map(
      (build) =>
        html`<article
          class="failed"
          data-build="${build.last.buildId}"
          data-release="${releaseOf(build)}"
          data-host="${build.last.host}"
          data-status="${build.last.status}"
        >
          <h3>
            ${renderStatus(statusOf(build.last.status))}
            <a href="#${renderId('b', build.last.buildId)}">${build.last.buildId}</a>
          </h3>
          ${renderFailure(build, true)}
        </article>`,
    )}${failed.length > first.length ? html`<p class="dim">${failed.length - first.length} more failed; they are first among the builds below.</p>` : ''}
  </section>`;
}

function renderFilters({builds}: PageData): Markup {
  const options = (values: readonly (readonly [string, string])[]): Insert =>
    values.map(([value, text]) => html`<option value="${value}">${text}</option>`);
  const statuses = statusOrder.filter((status) => builds.some(({last}) => last.status === status));
  const hosts = [...new Set(builds.flatMap(({last}) => last.host ?? []))].sort();
  const releases = [...new Set(builds.map(releaseOf))];
  return html`<form id="filters" class="filters" role="search" aria-label="Show only some builds">
    <label
      >release
      <input name="release" type="search" list="releases" autocomplete="off" placeholder="all" /></label
    ><datalist id="releases">
      ${options(releases.map((release) => [release, renderReleaseName(release)]))}
    </datalist>
    <label
      >host
      <select name="host">
        <option value="">all</option>
        ${options(hosts.map((host) => [host, host]))}
      </select></label
    >
    <label
      >status
      <select name="status">
        <option value="">all</option>
        ${options(statuses.map((status) => [status, statusOf(status).word]))}
      </select></label
    >
    <button type="reset">All</button> <output id="shown" for="filters"></output>
  </form> `;
}

const rank: Readonly<Record<BuildModel['status'], number>> = {
  ...{failed: 0, lost: 1, running: 2, cancelled: 3, waiting: 4, built: 5, 'up-to-date': 6, skipped: 7},
};

/** Those that failed first; otherwise as they were asked for. */
function sortBuilds(builds: readonly ShownBuild[]): readonly ShownBuild[] {
  return builds.toSorted((a, b) => rank[a.last.status] - rank[b.last.status]);
}

/** For a browser that may have been away for long. */
export function renderAllParts(data: PageData): {
  readonly title: string;
  readonly parts: readonly {readonly id: string; readonly text: string}[];
} {
  return {
    title: renderTitle(data),
    parts: renderSections(data).map(({id, content}) => ({id, text: content.text})),
  };
}
