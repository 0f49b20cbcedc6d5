// How the cache and a prune of it read on a terminal. Pure: knows no file and no clock.
import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';
import type {OwnCache} from '../batch/own-cache.ts';
import {unknownKind, type ListedEntry} from '../store/inventory.ts';
import type {DiskUse, PlannedRemoval, PruneResult} from '../store/prune.ts';
import {renderSize} from '../core/text.ts';
import {findWidths, renderTable, type Layout} from '../core/table.ts';

/** `cache ls --json`. */
export function describeInventory({folder, entries, disk}: OwnCache): object {
  const {cacheBytes: totalBytes, limitBytes, freeBytes, diskBytes} = disk;
  const rows = entries.map(({kind, name, bytes, lastUsedMs, usedBy, paths}) => {
    const lastUsedAt = lastUsedMs === undefined ? null : new Date(lastUsedMs).toISOString();
    return {kind, name, bytes, lastUsedAt, usedBy, paths};
  });
  return {folder, entries: rows, totalBytes, limitBytes, freeBytes, diskBytes};
}

export interface TableOptions {
  readonly nowMs: number;
  /** Undefined for a pipe: nothing is shortened then. */
  readonly columns: number | undefined;
}

const gap = 2;
/** `cache ls`, lines without a newline at the end. */
export function renderInventory(
  entries: readonly ListedEntry[],
  disk: DiskUse,
  options: TableOptions,
): readonly string[] {
  const summary = `${renderSize(disk.cacheBytes)} in all; pruned to ${renderSize(disk.limitBytes)}; ${renderSize(disk.freeBytes)} free on its disk`;
  if (entries.length === 0) return ['The cache is empty.', summary];
  const rows = entries.map((entry) => [
    entry.kind,
    entry.name,
    renderSize(entry.bytes),
    renderAge(entry.lastUsedMs, options.nowMs),
    renderUsers(entry.usedBy),
  ]);
  const hasUnknown = entries.some(({kind}) => kind === unknownKind);
  return [
    ...fitTable([['KIND', 'NAME', 'SIZE', 'LAST USED', 'IN USE BY'], ...rows], options.columns),
    '',
    summary,
    ...(hasUnknown ? ['Unknown entries were not put there by build-spark, which never removes them.'] : []),
  ];
}

/** `cache prune --json`. */
export function describePrune(result: PruneResult, isDryRun: boolean): object {
  const {removed, busy, failed, kept, freedBytes, limits} = result;
  return {
    dryRun: isDryRun,
    removed: removed.map(({entry: {kind, name, bytes}, reason}) => ({kind, name, bytes, reason})),
    busy: busy.map(({kind, name, bytes}) => ({kind, name, bytes})),
    failed: failed.map(({entry: {kind, name}, error}) => ({kind, name, message: error.message})),
    freedBytes,
    totalBytes: kept.reduce((sum, {bytes}) => sum + bytes, 0),
    limitBytes: limits.maxBytes ?? null,
    keepDays: limits.keepDays ?? null,
  };
}

/** `cache prune`. */
export function renderPrune(
  result: PruneResult,
  {isDryRun, ...options}: TableOptions & {readonly isDryRun: boolean},
): readonly string[] {
  const {removed, busy, failed, kept, freedBytes, limits} = result;
  const left = kept.reduce((sum, {bytes}) => sum + bytes, 0);
  const rows = removed.map(({entry, reason}) => [
    entry.kind,
    entry.name,
    renderSize(entry.bytes),
    renderReason(reason, entry, options.nowMs),
  ]);
  const isOver = limits.maxBytes !== undefined && left > limits.maxBytes;
  const used = kept.filter(({usedBy}) => usedBy.length > 0);
  return [
    ...(rows.length === 0
      ? [isDryRun ? 'Nothing would be removed.' : 'Nothing to prune.']
      : fitTable([['KIND', 'NAME', 'SIZE', 'WHY'], ...rows], options.columns)),
    ...busy.map(({kind, name}) => `${kind} ${name} is kept: something began to use it just now.`),
    ...failed.map(({entry, error}) => `${entry.kind} ${entry.name} could not be removed: ${error.message}`),
    '',
    `${renderSize(freedBytes)} ${isDryRun ? 'would be freed' : 'freed'}, ${renderSize(left)} ${isDryRun ? 'would be kept' : 'kept'}` +
      (limits.maxBytes === undefined ? '' : ` (limit ${renderSize(limits.maxBytes)})`),
    ...(isOver && used.length > 0
      ? [
          `Still above the limit: ${used.length === 1 ? 'one entry is' : `${used.length} entries are`} in use.`,
        ]
      : []),
  ];
}

function renderReason(reason: PlannedRemoval['reason'], entry: ListedEntry, nowMs: number): string {
  switch (reason) {
    case 'left behind':
      return 'left by an earlier prune';
    case 'old':
    case 'limit':
      return `last used ${renderAge(entry.lastUsedMs, nowMs)}`;
  }
}

/** `just now`, `12 min ago`, `5 h ago`, `3 d ago`. */
export function renderAge(atMs: number | undefined, nowMs: number): string {
  if (atMs === undefined) return 'unknown';
  const minutes = Math.floor((nowMs - atMs) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return `${Math.floor(minutes / 1440)} d ago`;
}

function renderUsers([first, ...others]: readonly string[]): string {
  if (first === undefined) return '-';
  return others.length === 0 ? first : `${first} +${others.length}`;
}

/** Sizes stand right, all else left. The name gives way, in its middle; then the last column, at its end. */
function fitTable(rows: readonly (readonly string[])[], columns: number | undefined): readonly string[] {
  const layout: Layout = {gap, right: [2], measure: stringWidth};
  const widths = [...findWidths(rows, layout)];
  const last = widths.length - 1;
  const total = widths.reduce((sum, width) => sum + width + gap, -gap);
  let excess = columns === undefined ? 0 : Math.max(0, total - columns);
  for (const [column, least] of [
    [last, 24],
    [1, 16],
    [last, 8],
  ] as const) {
    const cut = Math.min(excess, Math.max(0, (widths[column] ?? 0) - least));
    widths[column] = (widths[column] ?? 0) - cut;
    excess -= cut;
  }
  const cells = rows.map((row) =>
    row.map((cell, column) =>
      cliTruncate(cell, widths[column] ?? 0, {position: column === 1 ? 'middle' : 'end'}),
    ),
  );
  return renderTable(cells, layout);
}
