// Where events come from while they happen, as an interface; and the runs' own folder as one. A queue can be another.
import {watch} from 'node:fs';
import {mkdir, open} from 'node:fs/promises';
import {join} from 'node:path';
import {hasErrorCode, HostError} from '../core/errors.ts';
import type {Event} from '../core/events.ts';
import {splitLines} from '../core/lines.ts';
import {listRuns, parseEvent} from './read-runs.ts';

export interface EventFeed {
  /** For people: `the runs of this host`. */
  readonly name: string;
  /**
   * Gives all events that are known, oldest first within a run, then each as it comes. Events that were given once
   * may be given again. Settles once the signal is given; rejects when it cannot go on.
   */
  readonly follow: (onEvents: (events: readonly Event[]) => void, signal: AbortSignal) => Promise<void>;
}

/** @throws HostError when the kernel has no watch left. */
function openWatch(
  folder: string,
  signal: AbortSignal,
  onChange: (name: string | null) => void,
): ReturnType<typeof watch> {
  try {
    return watch(folder, {signal}, (_, name) => onChange(name));
  } catch (error) {
    if (!hasErrorCode(error, 'ENOSPC', 'EMFILE')) throw error;
    throw new HostError(
      `${folder} cannot be watched: this host has no inotify watch left.`,
      'Raise fs.inotify.max_user_watches and fs.inotify.max_user_instances by sysctl, or leave --live out.',
      {cause: error},
    );
  }
}

/**
 * Follows the files that runs write. The kernel tells of changes, so that nothing is asked for again and again.
 * @param wants Which runs; all without it.
 */
export function createFolderFeed(folder: string, wants: (runId: string) => boolean = () => true): EventFeed {
  const ends = new Map<string, number>();
  /** @returns What was added to the file since the last look, whole lines alone. */
  const readNew = async (runId: string): Promise<readonly Event[]> => {
    const from = ends.get(runId) ?? 0;
    const handle = await open(join(folder, `${runId}.ndjson`)).catch(() => undefined);
    if (handle === undefined) return [];
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of handle.createReadStream({start: from, autoClose: false}))
        chunks.push(chunk as Buffer);
      const bytes = Buffer.concat(chunks);
      const whole = bytes.subarray(0, bytes.lastIndexOf(10) + 1);
      ends.set(runId, from + whole.length);
      const events: Event[] = [];
      const lines = splitLines((line) => {
        const event = parseEvent(line);
        if (event !== undefined) events.push(event);
      });
      lines.write(whole);
      lines.end();
      return events;
    } finally {
      await handle.close();
    }
  };
  const follow: EventFeed['follow'] = async (onEvents, signal) => {
    await mkdir(folder, {recursive: true, mode: 0o700});
    const changed = new Set<string>();
    let isReading = false;
    const readChanged = async (): Promise<void> => {
      if (isReading) return;
      isReading = true;
      while (changed.size > 0 && !signal.aborted) {
        const batch = [...changed];
        changed.clear();
        for (const runId of batch) {
          const events = await readNew(runId);
          if (events.length > 0) onEvents(events);
        }
      }
      isReading = false;
    };
    await new Promise<void>((resolve, reject) => {
      const watcher = openWatch(folder, signal, (name) => {
        const runId = /^([\w-]+)\.ndjson$/.exec(name ?? '')?.[1];
        if (runId === undefined || !wants(runId)) return;
        changed.add(runId);
        void readChanged().catch(reject);
      });
      watcher.once('close', resolve);
      watcher.once('error', reject);
      // After the watch has begun, so that nothing that is written meanwhile is missed.
      listRuns(folder)
        .then((ids) => {
          for (const runId of ids.filter(wants).reverse()) changed.add(runId);
          return readChanged();
        })
        .catch(reject);
    });
  };
  return {name: 'the runs of this host', follow};
}
