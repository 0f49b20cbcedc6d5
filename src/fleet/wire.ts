// What happens on a worker, told to its coordinators through the stream of events: steps and machines at once, lines of logs
// in batches. Knows no build.
import {eventSchema} from '../core/event-schema.ts';
import type {Event, Subscriber} from '../core/events.ts';
import type {FleetQueue} from './queue.ts';

/** Name of our own event in the stream. */
export const toldName = 'told';
/** More of a batch are left out: the whole log comes with the dist. */
const linesLimit = 100;
const soonMs = 100;

export interface Told {
  readonly jobId: string;
  readonly worker: string;
  readonly host: string;
  readonly events: readonly Event[];
}

export interface Teller {
  readonly subscriber: Subscriber;
  /** Sends what waits, and returns when all was sent. */
  readonly flush: () => Promise<void>;
}

/** @param jobOf The job that a build belongs to; nothing is told of others. */
export function createTeller(
  {tell, timings}: Pick<FleetQueue, 'tell' | 'timings'>,
  {worker, host}: Pick<Told, 'worker' | 'host'>,
  jobOf: (buildId: string) => string | undefined,
): Teller {
  const lineMs = Math.max(soonMs, timings.lockMs / 12);
  const waiting = new Map<string, Event[]>();
  let timer: {readonly handle: NodeJS.Timeout; readonly atMs: number} | undefined;
  let sending = Promise.resolve();
  const send = (): void => {
    clearTimeout(timer?.handle);
    timer = undefined;
    const batches = [...waiting].map(([job, events]) => ({
      job,
      worker,
      host,
      events: JSON.stringify(cut(events)),
    }));
    waiting.clear();
    // While the server is away one waits and the others gather behind it.
    sending = sending.then(async () => {
      for (const batch of batches) await tell(toldName, batch).catch(() => undefined);
    });
  };
  return {
    subscriber: (event) => {
      const jobId = 'buildId' in event ? jobOf(event.buildId) : undefined;
      if (jobId === undefined) return;
      const events = waiting.get(jobId) ?? [];
      events.push(event);
      waiting.set(jobId, events);
      const inMs = isPatient(event) ? lineMs : soonMs;
      const atMs = performance.now() + inMs;
      if (timer !== undefined && timer.atMs <= atMs) return;
      clearTimeout(timer?.handle);
      timer = {handle: setTimeout(send, inMs), atMs};
    },
    flush: () => {
      send();
      return sending;
    },
  };
}

const isPatient = ({type}: Event): boolean => type === 'log.line' || type === 'step.progress';

/** The last lines of a batch, and of progress only what holds now. */
function cut(events: readonly Event[]): readonly Event[] {
  const lines = events.filter(({type}) => type === 'log.line').slice(-linesLimit);
  const progress = new Map(
    events.flatMap((event) =>
      event.type === 'step.progress' ? [[`${event.buildId} ${event.step}`, event]] : [],
    ),
  );
  const kept = new Set<Event>([...lines, ...progress.values()]);
  return events.filter((event) => !isPatient(event) || kept.has(event));
}

/** @returns undefined for what is not ours. */
export function parseTold(fields: Readonly<Record<string, unknown>>): Told | undefined {
  const {job, worker, host, events} = fields;
  if (typeof job !== 'string' || typeof worker !== 'string' || typeof host !== 'string') return undefined;
  return {jobId: job, worker, host, events: typeof events === 'string' ? parseEvents(events) : []};
}

/** What another version tells, and this one does not know, is left out. */
function parseEvents(text: string): readonly Event[] {
  try {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list)) return [];
    return list.flatMap((one: unknown) => {
      const {data} = eventSchema.safeParse(one);
      return data === undefined ? [] : [data];
    });
  } catch {
    return [];
  }
}
