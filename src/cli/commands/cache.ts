// `cache`: what outlives the machines, its size and its users; and pruning it.
import {readInventory} from '../../store/inventory.ts';
import {pruneToLimit, readDiskUse} from '../../store/prune.ts';
import {exitCodes, UsageError, type ExitCode} from '../../core/errors.ts';
import {renderInventory, renderPrune} from '../../report/cache-table.ts';
import {createKinds} from '../../batch/cache-kinds.ts';
import {planLimits, type LimitOptions} from '../../store/prune-limits.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import {openSession, type Session} from '../../batch/session.ts';
import type {Terminal} from '../../core/terminal.ts';

interface CacheOptions extends OutputOptions, LimitOptions {
  readonly dryRun?: boolean;
}

export async function run(terminal: Terminal, options: CacheOptions, action = 'ls'): Promise<ExitCode> {
  const work = Object.hasOwn(actions, action) ? actions[action as keyof typeof actions] : undefined;
  if (work === undefined)
    throw new UsageError(
      `\`cache ${action}\` is not a command.`,
      'Type: build-spark cache ls or cache prune',
    );
  return work(await openSession(terminal), options);
}

const actions = {ls: list, prune};

async function list(session: Session, options: CacheOptions): Promise<ExitCode> {
  const {paths, clock, terminal} = session;
  const entries = await readInventory(session, createKinds(session));
  const disk = await readDiskUse(paths.cache, entries);
  const limitBytes = options.maxSize ?? disk.limitBytes;
  if (options.json === true) {
    const rows = entries.map(({kind, name, paths: own, bytes, lastUsedMs, usedBy}) => ({
      kind,
      name,
      bytes,
      lastUsedAt: lastUsedMs === undefined ? null : new Date(lastUsedMs).toISOString(),
      usedBy,
      paths: own,
    }));
    const {cacheBytes: totalBytes, freeBytes, diskBytes} = disk;
    terminal.stdout.write(
      `${JSON.stringify({folder: paths.cache, entries: rows, totalBytes, limitBytes, freeBytes, diskBytes})}\n`,
    );
    return exitCodes.done;
  }
  print(session, renderInventory(entries, {...disk, limitBytes}, tableOptions(session, clock.now())));
  return exitCodes.done;
}

async function prune(session: Session, options: CacheOptions): Promise<ExitCode> {
  const {clock, terminal} = session;
  const isDryRun = options.dryRun === true;
  const result = await pruneToLimit(session, createKinds(session), {
    limits: planLimits(options),
    isDryRun,
    signal: terminal.signal,
    waits: true,
  });
  if (result === undefined) return exitCodes.done;
  const {removed, busy, failed, kept, freedBytes, limits} = result;
  if (options.json === true) {
    terminal.stdout.write(
      `${JSON.stringify({
        dryRun: isDryRun,
        removed: removed.map(({entry: {kind, name, bytes}, reason}) => ({kind, name, bytes, reason})),
        busy: busy.map(({kind, name, bytes}) => ({kind, name, bytes})),
        failed: failed.map(({entry: {kind, name}, error}) => ({kind, name, message: error.message})),
        freedBytes,
        totalBytes: kept.reduce((sum, {bytes}) => sum + bytes, 0),
        limitBytes: limits.maxBytes ?? null,
        keepDays: limits.keepDays ?? null,
      })}\n`,
    );
  } else if (options.quiet !== true || failed.length > 0) {
    print(session, renderPrune(result, {...tableOptions(session, clock.now()), isDryRun}));
  }
  return failed.length === 0 ? exitCodes.done : exitCodes.host;
}

function tableOptions({terminal}: Session, now: Date): {nowMs: number; columns: number | undefined} {
  // A pipe has no width, whatever the types say.
  const columns = terminal.stdout.isTTY ? terminal.stdout.columns : undefined;
  return {nowMs: now.getTime(), columns};
}

function print({terminal}: Session, lines: readonly string[]): void {
  terminal.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
