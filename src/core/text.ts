// Owns how durations, sizes and foreign text look in a terminal. Knows nothing of events, nor of columns: see width.ts.
import type {ModuleAtWork} from './events.ts';
import {cutLine, stripControls} from './printable.ts';

/** `0.4s`, `12s`, `4m 05s`, `1h 02m`: never wider than seven columns below 100 hours. */
export function renderDuration(durationMs: number): string {
  if (durationMs < 950) return `${(Math.max(0, durationMs) / 1000).toFixed(1)}s`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${pad(seconds % 60)}s`;
  return `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`;
}

/** A guess, so no seconds above a minute: `about 40s left`, `about 6 min left`. */
export function renderRemaining(remainingMs: number): string {
  if (remainingMs < 55_000) return `about ${Math.max(5, Math.ceil(remainingMs / 5_000) * 5)}s left`;
  const minutes = Math.round(remainingMs / 60_000);
  if (minutes < 60) return `about ${minutes} min left`;
  return `about ${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m left`;
}

/**
 * What is at work, each for how long: `Core (4 min), YARN (10s)`. Seconds only where they matter.
 * @param sinceMs From the moment when that was known; what was ending then is over after a minute.
 */
export function renderModules(modules: readonly ModuleAtWork[], sinceMs: number): string {
  const busy = modules.filter(({isEnding}) => isEnding !== true || sinceMs < 60_000);
  return (busy.length > 0 ? busy : modules)
    .map(({name, elapsedMs}) => `${name} (${renderElapsed(elapsedMs + sinceMs)})`)
    .join(', ');
}

function renderElapsed(durationMs: number): string {
  return durationMs < 120_000 ? renderDuration(durationMs) : `${Math.floor(durationMs / 60_000)} min`;
}

/** Decimal units, as disks and downloads have them: `137 MB`, `4.2 kB`. */
export function renderSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 9.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit] ?? ''}`;
}

/** On a screen or in a CI server's log; in the log files a line is longer. */
const shownLength = 64 * 1024;

/** What a build or a tool printed, for people: it must not steer the terminal, and no line of it goes on for ever. */
export function renderPrintable(text: string): string {
  return cutLine(stripControls(text), shownLength);
}

/** The same for text of several lines, such as a message. */
export function renderPrintableText(text: string): string {
  return text.split('\n').map(renderPrintable).join('\n');
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
