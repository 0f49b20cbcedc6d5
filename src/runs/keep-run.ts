// Writes the events of a run while it goes: `runs/<runId>.ndjson`, from which history, estimates and the page are read.
// Blocking calls, a few for each turn of the event loop, as log-file.ts has it: a SIGKILL loses at most one turn's events.
import {closeSync, mkdirSync, openSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import type {Event, Subscriber} from '../core/events.ts';

export interface KeepOptions {
  /** `paths.runs`; made when the first event comes. */
  readonly folder: string;
  /** Beyond it only what begins and ends is written, and what a build came to. */
  readonly limitBytes?: number;
  /** Called once; no more is written then. */
  readonly onError: (error: unknown) => void;
}

export interface KeptRun {
  readonly subscriber: Subscriber;
  readonly close: () => void;
}

/** Of 1,000 builds some 10 MB are written. */
const defaultLimitBytes = 64 * 1024 ** 2;

function planRunFile(folder: string, runId: string): string {
  return join(folder, `${runId}.ndjson`);
}

/** A run of which no build was begun leaves no file: `build-spark` answers that nothing is to be done hundreds of times a day. */
export function keepRun({folder, limitBytes = defaultLimitBytes, onError}: KeepOptions): KeptRun {
  const early: Event[] = [];
  const shown: Shown = new Map();
  let descriptor: number | undefined;
  let pending = '';
  let bytes = 0;
  let isBroken = false;
  let isScheduled = false;
  const flush = (): void => {
    isScheduled = false;
    if (descriptor === undefined || pending === '') return;
    let rest = Buffer.from(pending);
    pending = '';
    while (rest.length > 0) rest = rest.subarray(writeSync(descriptor, rest));
  };
  const guard = (work: () => void): void => {
    if (isBroken) return;
    try {
      work();
    } catch (error) {
      isBroken = true;
      onError(error);
    }
  };
  const write = (event: Event): void => {
    const line = `${JSON.stringify(event)}\n`;
    if (bytes > limitBytes && !isLasting(event)) return;
    bytes += line.length;
    pending += line;
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => guard(flush));
  };
  const subscriber = (event: Event): void => {
    if (!isKept(event, shown)) return;
    guard(() => {
      if (descriptor !== undefined) {
        write(event);
        return;
      }
      early.push(event);
      if (event.type !== 'build.started' && event.type !== 'wait.started') return;
      mkdirSync(folder, {recursive: true, mode: 0o700});
      descriptor = openSync(planRunFile(folder, event.runId), 'a', 0o600);
      early.splice(0).forEach(write);
    });
  };
  const close = (): void => {
    guard(flush);
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  };
  return {subscriber, close};
}

/** By build; of the run under no name. */
type Shown = Map<string, {readonly text: string; readonly atMs: number}>;

/** As often as this a run is heard of, whatever it does: who reads it takes one that is silent for an hour for killed. */
const heardMs = 600_000;

/** Lines are in the logs; of progress, only which modules are at work. */
function isKept(event: Event, shown: Shown): boolean {
  if (event.type === 'log.line') return event.level === 'warn';
  if (event.type !== 'step.progress' && event.type !== 'run.progress') return true;
  const atMs = Date.parse(event.at);
  const [key, text, isTold] =
    event.type === 'run.progress'
      ? ['', '', false]
      : [
          event.buildId,
          `${event.step} ${event.modules?.map(({name}) => name).join() ?? ''}`,
          event.modules !== undefined,
        ];
  const last = shown.get(key);
  const isDue = last !== undefined && atMs - last.atMs >= heardMs;
  if (last?.text === text && !isDue) return false;
  shown.set(key, {text, atMs: last === undefined || isTold || isDue ? atMs : last.atMs});
  return isTold || isDue;
}

/** Without these nobody could tell what became of a run. */
function isLasting({type}: Event): boolean {
  return type.startsWith('run.') || type.startsWith('build.') || type.startsWith('machine.');
}
