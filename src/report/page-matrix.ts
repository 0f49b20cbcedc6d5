// Draws releases × variants: what became of each, and what is missing of all that could be built. Pure.
import {findUnsupported} from '../recipe/build-plan.ts';
import {renderRelease, type RefFacts} from '../catalogue/ref-facts.ts';
import {featureNames} from '../catalogue/features.ts';
import {quoteCommand} from '../core/quote.ts';
import {renderDuration} from '../core/text.ts';
import {html, Markup, renderId, type Insert} from '../page/html.ts';
import {renderCopy, renderStatus} from '../page/widgets.ts';
import type {PageData, ShownBuild} from './page-data.ts';
import {durationOf, releaseOf, renderReleaseName, renderVariant, statusOf} from './page-words.ts';

interface Variant {
  readonly name: string;
  /** One of its builds; they differ in the release alone. */
  readonly example: ShownBuild;
  readonly byRelease: ReadonlyMap<string, ShownBuild>;
}

export function renderMatrix({builds, catalogue, nowMs}: PageData): Markup {
  const variants = listVariants(builds);
  const order = new Map(catalogue.map(({tag}, index) => [renderRelease(tag), index]));
  const releases = [...new Set(builds.map(releaseOf))].sort(
    (a, b) => (order.get(a) ?? Infinity) - (order.get(b) ?? Infinity) || a.localeCompare(b),
  );
  const facts = new Map(catalogue.map((row) => [renderRelease(row.tag), row]));
  const cell = (release: string, {byRelease, example}: Variant): Insert => {
    const build = byRelease.get(release);
    if (build !== undefined) return renderCell(build, nowMs);
    const reason = whyNot(facts.get(release), example);
    return reason === undefined
      ? html`<td><span class="cell empty">not built</span></td>`
      : html`<td><span class="cell empty cannot" title="${reason}">cannot be</span></td>`;
  };
  return html`<section id="matrix" aria-labelledby="matrix-title">
    <h2 id="matrix-title">Releases and variants</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Matrix of releases and variants">
      <table class="matrix">
        <thead>
          <tr>
            <th scope="col">release</th>
            ${variants.map(({name}) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${releases.map(
            (release) =>
              html`<tr data-release="${release}">
                <th scope="row">${renderReleaseName(release)}</th>
                ${variants.map((variant) => cell(release, variant))}
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
    ${renderMissing(variants, catalogue)}
  </section>`;
}

function renderCell(build: ShownBuild, nowMs: number): Markup {
  const {last, told} = build;
  const status = statusOf(last.status);
  const ms = durationOf(last.status === 'up-to-date' ? told : last, nowMs);
  const time = ms === 0 ? '' : html` <span class="time">${renderDuration(ms)}</span>`;
  return html`<td data-status="${last.status}" data-host="${last.host}">
    <a class="cell ${status.tone}" href="#${renderId('b', last.buildId)}">${renderStatus(status)}${time}</a>
  </td>`;
}

function listVariants(builds: readonly ShownBuild[]): readonly Variant[] {
  const variants = new Map<string, {example: ShownBuild; byRelease: Map<string, ShownBuild>}>();
  for (const build of builds) {
    const release = releaseOf(build);
    const base = renderVariant(build.told.plan === undefined ? build.last : build.told);
    // Two of one release that differ in a label alone have columns of their own.
    let name = base;
    for (let more = 2; variants.get(name)?.byRelease.has(release) === true; more++)
      name = `${base} (${more})`;
    const variant = variants.get(name) ?? {example: build, byRelease: new Map<string, ShownBuild>()};
    variant.byRelease.set(release, build);
    variants.set(name, variant);
  }
  return [...variants].map(([name, variant]) => ({name, ...variant}));
}

const isSample = ({told}: ShownBuild): boolean => told.plan?.variant.startsWith('sample') === true;

function pickNames(build: ShownBuild) {
  return featureNames.filter((name) => build.told.plan?.features.includes(name));
}

function whyNot(row: RefFacts | undefined, example: ShownBuild): string | undefined {
  if (row === undefined || isSample(example)) return undefined;
  return findUnsupported(row, pickNames(example));
}

/** Nothing is said of the sample, which is no release. */
function renderMissing(variants: readonly Variant[], catalogue: readonly RefFacts[]): Insert {
  const told = variants.filter(({name, example}) => !isSample(example) && !/\(\d+\)$/.test(name));
  return told.map(({name, example, byRelease}) => {
    const can = catalogue.filter((row) => whyNot(row, example) === undefined);
    const isDone = (row: RefFacts): boolean => {
      const status = byRelease.get(renderRelease(row.tag))?.last.status;
      return status === 'built' || status === 'up-to-date';
    };
    const missing = can.filter((row) => !isDone(row));
    const head = html`${can.length - missing.length} of ${can.length} releases that can be built`;
    if (missing.length === 0)
      return html`<p class="missing">${name}: all ${can.length} releases that can be built are.</p>`;
    const {deps = 'provided', dependencies, variant} = example.told.plan ?? {};
    const names = pickNames(example);
    const command = quoteCommand([
      'build-spark',
      ...missing.flatMap(({tag, cdhVersion}) =>
        tag.startsWith('cdh') && cdhVersion !== undefined
          ? ['--cdh', cdhVersion]
          : ['--spark2', tag.replace(/^spark2-/, '')],
      ),
      ...['--with', names.length === 0 ? 'none' : names.join(','), '--deps', deps],
      // What was chosen by itself may be chosen otherwise on another day; the column is of these.
      ...(dependencies === 'apache' || dependencies === 'cloudera' ? ['--dependencies', dependencies] : []),
      ...(variant?.endsWith('-tests') === true ? ['--compile-tests'] : []),
    ]);
    return html`<details class="missing" id="${renderId('missing', name)}">
      <summary>${name}: ${head}; ${missing.length} missing</summary>
      <p>${missing.map(({tag}) => renderReleaseName(renderRelease(tag))).join(', ')}</p>
      ${renderCopy(command, `the command that builds what is missing of ${name}`)}
    </details>`;
  });
}
