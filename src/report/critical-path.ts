// Which builds of a run, one after the other, made it as long as it was; in words. Pure.
import {html, renderId, type Insert} from '../page/html.ts';
import {renderDuration} from '../core/text.ts';
import type {BuildModel} from '../runs/run-model.ts';

/** A build that was begun, with where it ends on the page. */
export interface Begun {
  readonly build: BuildModel;
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * The builds that one after the other made the run as long as it was: the one that ended last; before it the one that it
 * waited for, or whose end made room for it; and so on.
 */
export function findCriticalPath(begun: readonly Begun[]): ReadonlySet<string> {
  const path = new Set<string>();
  let at = begun.reduce<Begun | undefined>(
    (last, each) => (last === undefined || each.endMs > last.endMs ? each : last),
    undefined,
  );
  while (at !== undefined && !path.has(at.build.buildId)) {
    const {build, startMs} = at;
    path.add(build.buildId);
    const before: readonly Begun[] = begun.filter((each) => each.endMs <= startMs && each.build !== build);
    const awaited = before.find((each) =>
      build.waits.some((wait) => wait.for.startsWith(`${each.build.buildId},`)),
    );
    at =
      awaited ??
      before.reduce<Begun | undefined>(
        (last, each) => (last === undefined || each.endMs > last.endMs ? each : last),
        undefined,
      );
  }
  return path;
}

export function renderPath(begun: readonly Begun[], path: ReadonlySet<string>): Insert {
  const on = begun.filter(({build}) => path.has(build.buildId));
  if (on.length < 2) return undefined;
  const sum = on.reduce((total, {startMs, endMs}) => total + endMs - startMs, 0);
  const shown = on.slice(-12);
  return html`<p class="path-words">
    <strong>Critical path</strong>, ${renderDuration(sum)} in ${on.length} builds:
    ${on.length > shown.length ? '… ' : ''}${shown.map(
      ({build, startMs, endMs}, index) =>
        html`${index === 0 ? '' : ' → '}<a href="#${renderId('b', build.buildId)}">${build.buildId}</a>
          ${renderDuration(endMs - startMs)}`,
    )}
  </p>`;
}
