// Owns what drawings on a time axis are made of. Places across are shares of the width, so that a drawing fits any screen and
// its text keeps its size; places down are pixels. Knows no build and no query.
import {html, type Insert, type Markup} from './html.ts';

export interface Scale {
  readonly startMs: number;
  readonly endMs: number;
  /** Per cent of the width, within the drawing. */
  readonly place: (atMs: number) => number;
}

export function planScale(startMs: number, endMs: number): Scale {
  const spanMs = Math.max(1, endMs - startMs);
  return {
    startMs,
    endMs: startMs + spanMs,
    place: (atMs) => Math.min(100, Math.max(0, ((atMs - startMs) / spanMs) * 100)),
  };
}

/** Short, since a page may have ten thousand of them. */
export function percent(value: number): string {
  return `${Number(value.toFixed(2))}%`;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const distances = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * second),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * minute),
  ...[1, 2, 3, 6, 12, 24, 48, 96, 168].map((count) => count * hour),
];

/** @returns Round distances from the beginning, at most `most` of them, and never none. */
export function planTicks({startMs, endMs}: Scale, most = 8): readonly number[] {
  const spanMs = endMs - startMs;
  const distance = distances.find((each) => spanMs / each <= most) ?? Math.ceil(spanMs / most);
  return Array.from({length: Math.floor(spanMs / distance) + 1}, (_, index) => index * distance);
}

/** `0`, `30s`, `5m`, `1h 30m`: since the beginning. */
export function renderTick(sinceMs: number): string {
  if (sinceMs === 0) return '0';
  const seconds = Math.round(sinceMs / second);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m ${seconds % 60}s`;
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}

/** Lines from top to bottom, and what they stand for above them. */
export function renderAxis(scale: Scale, heightPx: number, most?: number): Markup {
  const ticks = planTicks(scale, most);
  return html`<g class="axis" aria-hidden="true"
    >${ticks.map((sinceMs) => {
      const x = scale.place(scale.startMs + sinceMs);
      const isLast = x > 92;
      return html`<line x1="${percent(x)}" x2="${percent(x)}" y1="16" y2="${heightPx}" /><text
          x="${percent(x)}"
          y="11"
          ${isLast ? html` class="end"` : ''}
          >${renderTick(sinceMs)}</text
        >`;
    })}</g
  >`;
}

export interface Bar {
  readonly startMs: number;
  readonly endMs: number;
  readonly y: number;
  readonly heightPx: number;
  /** Class names: what it is, and how it ended. */
  readonly kind: string;
  /** Shown where the pointer rests. */
  readonly title?: string | undefined;
  /** Written into it, as far as there is room. */
  readonly label?: string | undefined;
}

/** Never so thin that it is not seen. */
const leastPercent = 0.12;

export function renderBar(scale: Scale, {startMs, endMs, y, heightPx, kind, title, label}: Bar): Markup {
  const x = scale.place(startMs);
  const width = Math.max(leastPercent, scale.place(endMs) - x);
  const tip: Insert = title === undefined ? '' : html`<title>${title}</title>`;
  const rect = html`<rect
    class="${kind}"
    x="${percent(x)}"
    y="${y}"
    width="${percent(width)}"
    height="${heightPx}"
    >${tip}</rect
  >`;
  if (label === undefined || width < 1.5) return rect;
  return html`${rect}<svg
      x="${percent(x)}"
      y="${y}"
      width="${percent(width)}"
      height="${heightPx}"
      class="in"
    >
      <text x="4" y="${heightPx / 2 + 4}">${label}</text>
    </svg>`;
}

/** The first lane that is free at that time; `ends` is what was given so far. */
export function takeLane(ends: number[], startMs: number, endMs: number): number {
  const found = ends.findIndex((end) => end <= startMs);
  const lane = found === -1 ? ends.length : found;
  ends[lane] = endMs;
  return lane;
}

/** Where a bar's words stand: after it where there is room, else before it, else at its end. @param from Per cent of the width, as is `to`. */
export function placeWords(
  from: number,
  to: number,
): {readonly x: number; readonly dx: number; readonly kind: string} {
  if (to < 72) return {x: to, dx: 5, kind: ''};
  if (from > 28) return {x: from, dx: -5, kind: 'end'};
  return {x: to, dx: -5, kind: 'end inside'};
}
