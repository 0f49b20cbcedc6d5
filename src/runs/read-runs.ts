// Reads the events that runs left, or leave at this moment. Knows nothing of what they mean.
import {createReadStream} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {Event} from '../core/events.ts';
import {readNames} from '../core/presence.ts';

/** @returns Ids, newest first. Throws only when the folder cannot be read. */
export async function listRuns(folder: string): Promise<readonly string[]> {
  const names = await readNames(folder);
  return names
    .flatMap((name) => /^([\w-]+)\.ndjson$/.exec(name)?.[1] ?? [])
    .sort()
    .reverse();
}

/**
 * Calls for each event, oldest first. A line that is not whole, as a killed process leaves it, or of a later version is
 * skipped: a record of the past stops nobody from building.
 * @param wants Looks at the beginning of a line, which names the type, before it is read: most lines are of no interest to most readers.
 */
export async function readRun(
  file: string,
  onEvent: (event: Event) => void,
  wants: (head: string) => boolean = () => true,
): Promise<void> {
  const lines = createInterface({input: createReadStream(file), crlfDelay: Infinity});
  for await (const line of lines) {
    if (!wants(line.slice(0, 60))) continue;
    const event = parseEvent(line);
    if (event !== undefined) onEvent(event);
  }
}

/** @returns undefined for what is no event. */
export function parseEvent(line: string): Event | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return undefined;
    const {type, at, runId} = value as Partial<Event>;
    const isEvent =
      typeof type === 'string' && typeof runId === 'string' && !Number.isNaN(Date.parse(at ?? ''));
    return isEvent ? (value as Event) : undefined;
  } catch {
    return undefined;
  }
}

/** All of one run. */
export async function readAll(folder: string, runId: string): Promise<readonly Event[]> {
  const events: Event[] = [];
  await readRun(join(folder, `${runId}.ndjson`), (event) => events.push(event));
  return events;
}
