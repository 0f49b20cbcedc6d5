// `cache`: what outlives the machines, its size and its users; and pruning it.
import {renderJson} from '../../core/printable.ts';
import {pruneCache, readCache} from '../../batch/own-cache.ts';
import {systemClock} from '../../core/clock.ts';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {
  describeInventory,
  describePrune,
  renderInventory,
  renderPrune,
  type TableOptions,
} from '../../report/cache-table.ts';
import type {LimitOptions} from '../../store/prune-limits.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import type {Terminal} from '../../core/terminal.ts';
import {pickAction} from '../action.ts';

interface CacheOptions extends OutputOptions, LimitOptions {
  readonly dryRun?: boolean;
}

export async function run(terminal: Terminal, options: CacheOptions, action = 'ls'): Promise<ExitCode> {
  return pickAction('cache', {ls: list, prune}, action)(terminal, options);
}

async function list(terminal: Terminal, options: CacheOptions): Promise<ExitCode> {
  const cache = await readCache(terminal, options);
  if (options.json === true) terminal.stdout.write(`${renderJson(describeInventory(cache))}\n`);
  else print(terminal, renderInventory(cache.entries, cache.disk, planTable(terminal)));
  return exitCodes.done;
}

async function prune(terminal: Terminal, options: CacheOptions): Promise<ExitCode> {
  const isDryRun = options.dryRun === true;
  const result = await pruneCache(terminal, {...options, isDryRun});
  if (result === undefined) return exitCodes.done;
  const {failed} = result;
  if (options.json === true) terminal.stdout.write(`${renderJson(describePrune(result, isDryRun))}\n`);
  else if (options.quiet !== true || failed.length > 0)
    print(terminal, renderPrune(result, {...planTable(terminal), isDryRun}));
  return failed.length === 0 ? exitCodes.done : exitCodes.host;
}

function planTable({stdout}: Terminal): TableOptions {
  // A pipe has no width, whatever the types say.
  return {nowMs: systemClock.now().getTime(), columns: stdout.isTTY ? stdout.columns : undefined};
}

function print({stdout}: Terminal, lines: readonly string[]): void {
  stdout.write(lines.map((line) => `${line}\n`).join(''));
}
