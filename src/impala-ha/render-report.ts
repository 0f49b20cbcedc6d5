// The page of a proxy: who answered, what was cut and lost, when it was noticed, on a time axis. Pure; the same make as the page of builds.
import {renderDuration} from '../core/text.ts';
import {percent, planScale, renderAxis} from '../page/drawing.ts';
import {html, type Insert, type Markup} from '../page/html.ts';
import {renderStatus, renderTable, type Status} from '../page/widgets.ts';
import type {CheckResult, DrilledDaemon, HaResult, StatusResult} from './page-results.ts';

const good = (word: string): Status => ({tone: 'good', mark: '✓', word});
const bad = (word: string): Status => ({tone: 'bad', mark: '✗', word});
const idle = (word: string): Status => ({tone: 'idle', mark: '–', word});

export function renderReport(results: readonly HaResult[]): Markup {
  const faults = results.flatMap(listFaults);
  return html`<header>
      <p class="maker">impala-ha</p>
      <h1>
        ${faults.length === 0 ? renderHead(results) : html`<span class="bad">${faults.join(', ')}</span>`}
      </h1>
    </header>
    ${results.map(renderResult)}`;
}

function renderHead(results: readonly HaResult[]): string {
  const isAnswered = results.some(
    ({kind, result}) =>
      kind === 'drill' || (kind === 'check' && result.frontends.some(({status}) => status === 'ok')),
  );
  if (isAnswered) return 'Every query was answered';
  return results.some(({kind}) => kind === 'status') ? 'Every daemon is up' : 'Nothing was asked';
}

/** In a few words each, for the head. */
function listFaults({kind, result}: HaResult): readonly string[] {
  switch (kind) {
    case 'check': {
      const failed = result.frontends.filter(({status}) => status === 'failed');
      return failed.map(({frontend}) => `${frontend} fails`);
    }
    case 'drill': {
      const lost = result.daemons.reduce((sum, daemon) => sum + daemon.lost, 0);
      const stopped = result.daemons.filter(({failure}) => failure !== undefined);
      const words = lost === 0 ? [] : [`${lost} ${lost === 1 ? 'query' : 'queries'} lost`];
      return [...words, ...stopped.map(({daemon}) => `the drill of ${daemon} ended early`)];
    }
    case 'status':
      return result.servers
        .filter(({isUp}) => !isUp)
        .map(({server, frontend, status}) => `${server} of ${frontend} is ${status}`);
  }
}

function renderResult({kind, result}: HaResult, index: number): Markup {
  switch (kind) {
    case 'check':
      return renderCheck(result, `check-${index}`);
    case 'drill':
      return html`<section aria-labelledby="drill-${index}">
        <h2 id="drill-${index}">Drill: each daemon stopped while clients query</h2>
        ${renderDrillTable(result.daemons)}${result.daemons.map(renderCourse)}
      </section>`;
    case 'status':
      return renderServers(result, `status-${index}`);
  }
}

function renderCheck({frontends}: CheckResult, id: string): Markup {
  const words = {ok: good('answers'), failed: bad('fails'), 'not asked': idle('not asked')};
  const rows = frontends.map(({frontend, port, status, reason, answers, spread}) => {
    const good = answers.filter(({error}) => error === undefined);
    const times = good.map(({latencyMs}) => latencyMs).sort((a, b) => a - b);
    const counts = new Map<string, number>();
    for (const {server = 'nobody could tell'} of good) counts.set(server, (counts.get(server) ?? 0) + 1);
    return {
      cells: [
        `${frontend}, port ${port}`,
        renderStatus(words[status]),
        `${good.length} of ${answers.length}`,
        renderShares(counts, good.length),
        spread,
        times.length === 0
          ? ''
          : `${renderMs(times[Math.floor(times.length / 2)])}, ${renderMs(times.at(-1))}`,
        reason,
      ],
    };
  });
  const head = ['frontend', 'status', 'answers', 'who answered', 'spread', 'median, longest', 'why not'];
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">Check: who answered</h2>
    ${renderTable({caption: 'Who answered', head, rows, right: [2]})}
  </section>`;
}

/** As words and as a bar beside them. */
function renderShares(counts: ReadonlyMap<string, number>, all: number): Insert {
  return [...counts].map(
    ([server, count]) =>
      html`<div class="answered">
        ${server} ${count}<svg width="100%" height="5" aria-hidden="true">
          <rect class="maven" width="${percent((count / Math.max(1, all)) * 100)}" height="5" />
        </svg>
      </div>`,
  );
}

const renderMs = (value: number | undefined): string =>
  value === undefined ? '' : value < 10_000 ? `${Math.round(value)} ms` : renderDuration(value);

const seconds = (value: number | undefined): string =>
  value === undefined ? '' : `${(value / 1000).toFixed(1)} s`;

function renderDrillTable(daemons: readonly DrilledDaemon[]): Markup {
  return renderTable({
    caption: 'What was cut and lost',
    head: ['daemon', 'result', 'queries', 'cut', 'lost', 'noticed after', 'back after', 'longest', 'errors'],
    right: [2, 3, 4, 5, 6, 7],
    rows: daemons.map(({daemon, tried, cut, lost, noticedMs, backMs, longestMs, errors, failure}) => ({
      cells: [
        daemon,
        renderStatus(
          failure !== undefined ? bad('ended early') : lost > 0 ? bad('lost some') : good('none lost'),
        ),
        ...[tried, cut, lost, seconds(noticedMs), seconds(backMs), renderMs(longestMs)],
        [...(failure === undefined ? [] : [failure]), ...errors].join('; '),
      ],
    })),
  });
}

const rowPx = 22;

/** A row a port: each query a line from its beginning to its end, those that failed in red and taller. */
function renderCourse({daemon, course}: DrilledDaemon): Insert {
  if (course === undefined) return undefined;
  const {samples, endedMs, stoppingMs, noticedMs, startingMs, backMs} = course;
  const scale = planScale(0, endedMs);
  const ports = [...new Set(samples.map(({frontend}) => frontend))];
  const height = 40 + ports.length * rowPx;
  const moments = [
    ['stopped', stoppingMs],
    ['noticed', noticedMs],
    ['started', startingMs],
    ['back', backMs],
  ] as const;
  const failed = samples.filter(({error}) => error !== undefined).length;
  return html`<h3 class="host"><span>${daemon}: ${samples.length} queries, ${failed} failed</span></h3>
    <div class="scroll drawing" tabindex="0" role="region" aria-label="Course of the drill of ${daemon}">
      <svg
        width="100%"
        height="${height}"
        role="img"
        aria-label="${moments.flatMap(([word, atMs]) => (atMs === undefined ? [] : [`${word} after ${seconds(atMs)}`])).join(', ')}; numbers in the table above"
      >
        ${renderAxis(scale, height)}${
          stoppingMs === undefined
            ? ''
            : html`<rect
                class="gone"
                x="${percent(scale.place(stoppingMs))}"
                y="32"
                width="${percent(scale.place(backMs ?? endedMs) - scale.place(stoppingMs))}"
                height="${height - 32}"
              />`
        }${moments.map(([word, atMs]) => {
          if (atMs === undefined) return '';
          const x = percent(scale.place(atMs));
          return html`<line class="moment" x1="${x}" x2="${x}" y1="16" y2="${height}" /><text
              x="${x}"
              dx="4"
              y="27"
              >${word}</text
            >`;
        })}${ports.map((port, row) => {
          const y = 38 + row * rowPx;
          const own = samples.filter(({frontend}) => frontend === port);
          return html`<text class="dim" x="0" y="${y + 4}">${port}</text>${own.map(
              ({startedMs, endedMs: end, error}) => {
                const x = scale.place(startedMs);
                const width = Math.max(0.15, scale.place(end) - x);
                const isBad = error !== undefined;
                return html`<rect
                  class="${isBad ? 'failed' : 'maven'}"
                  x="${percent(x)}"
                  width="${percent(width)}"
                  y="${isBad ? y + 5 : y + 8}"
                  height="${isBad ? 12 : 6}"
                  >${isBad ? html`<title>${error}</title>` : ''}</rect
                >`;
              },
            )}`;
        })}
      </svg>
    </div>`;
}

function renderServers({servers}: StatusResult, id: string): Markup {
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">Status: every daemon as HAProxy sees it</h2>
    ${renderTable({
      caption: 'Every daemon as HAProxy sees it',
      head: ['daemon', 'frontend', 'status', 'connections now', 'in all', 'since', 'last check'],
      right: [3, 4, 5],
      rows: servers.map(({server, frontend, port, status, isUp, sessions, total, changedS, reason}) => ({
        cells: [
          ...[server, `${frontend}, port ${port}`],
          renderStatus(isUp ? good(status) : bad(status)),
          ...[sessions, total, renderDuration(changedS * 1000), reason],
        ],
      })),
    })}
  </section>`;
}
