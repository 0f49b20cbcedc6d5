// Owns the log files of a build on the host: build.log with times, maven.log as Maven printed it. Knows no terminal.
import {closeSync, mkdirSync, openSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import type {Event, Subscriber} from '../core/events.ts';
import {folderIdPattern} from '../core/folder-id.ts';
import {renderDuration} from '../core/text.ts';

export interface LogFileOptions {
  /** `paths.logs`; each build gets a folder in it, made when its first line comes. */
  readonly folder: string;
  /** Names of the steps whose log lines are Maven's output. */
  readonly mavenSteps: readonly string[];
  /** Called once a log that cannot be written, such as with ENOSPC; that log then gets no more lines. */
  readonly onError: (error: unknown, id: string) => void;
}

export interface LogFiles {
  readonly subscriber: Subscriber;
  /** Writes what is left and closes. A later event opens its file again. */
  readonly close: () => void;
}

/** At most so much waits in memory; lines wait no longer than until the event loop turns. */
const pendingLimit = 64 * 1024;

/** Where the log of this build is, or will be. */
export function planLogFile(folder: string, buildId: string): string {
  return join(planLogFolder(folder, buildId), 'build.log');
}

/** Maven's output of this build; absent when the build did not come so far. */
export function planMavenLogFile(folder: string, buildId: string): string {
  return join(planLogFolder(folder, buildId), 'maven.log');
}

function planLogFolder(folder: string, id: string): string {
  if (!folderIdPattern.test(id)) throw new Error(`Not a name for a folder: ${JSON.stringify(id)}`);
  return join(folder, id);
}

/**
 * Writes with blocking calls, a few for each turn of the event loop: memory stays flat however fast a build prints,
 * since nothing is read meanwhile, and a SIGKILL loses at most the lines of one turn.
 */
export function createLogFiles({folder, mavenSteps, onError}: LogFileOptions): LogFiles {
  const files = new Map<string, LogFile>();
  const broken = new Set<string>();
  let isScheduled = false;
  const guard = (id: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      broken.add(id);
      onError(error, id);
    }
  };
  const flush = (): void => {
    isScheduled = false;
    for (const file of files.values()) if (!broken.has(file.id)) guard(file.id, () => file.flush());
  };
  const append = (id: string, path: string, line: string): void => {
    if (broken.has(id)) return;
    guard(id, () => {
      const file = files.get(path) ?? openLogFile(id, path);
      files.set(path, file);
      file.add(line);
    });
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(flush);
  };
  const close = (id?: string): void => {
    for (const [path, file] of files) {
      if (id !== undefined && file.id !== id) continue;
      files.delete(path);
      guard(file.id, () => file.close(!broken.has(file.id)));
    }
  };
  const subscriber = (event: Event): void => {
    const line = renderLogLine(event);
    if (line === undefined) return;
    const id = 'buildId' in event ? event.buildId : event.runId;
    append(id, planLogFile(folder, id), `${event.at} ${line}`);
    if (event.type === 'log.line' && event.step !== undefined && mavenSteps.includes(event.step)) {
      append(id, planMavenLogFile(folder, id), event.line);
    }
    if (event.type === 'build.finished') close(id);
  };
  return {subscriber, close: () => close()};
}

interface LogFile {
  readonly id: string;
  readonly add: (line: string) => void;
  readonly flush: () => void;
  readonly close: (isWhole: boolean) => void;
}

function openLogFile(id: string, path: string): LogFile {
  mkdirSync(join(path, '..'), {recursive: true, mode: 0o700});
  const descriptor = openSync(path, 'a', 0o600);
  let pending: string[] = [];
  let length = 0;
  const flush = (): void => {
    let rest = Buffer.from(pending.join(''));
    pending = [];
    length = 0;
    while (rest.length > 0) rest = rest.subarray(writeSync(descriptor, rest));
  };
  return {
    id,
    add: (line) => {
      pending.push(line, '\n');
      length += line.length + 1;
      if (length >= pendingLimit) flush();
    },
    flush,
    close: (isWhole) => {
      try {
        if (isWhole) flush();
      } finally {
        closeSync(descriptor);
      }
    },
  };
}

/** @returns undefined for what a log does not keep: progress is in the lines themselves. */
function renderLogLine(event: Event): string | undefined {
  switch (event.type) {
    case 'log.line':
      return event.level === 'warn' ? `WARN ${event.line}` : event.line;
    case 'build.started':
      return `=== ${event.buildId}: ${event.steps.join(', ')}; to ${event.dist}`;
    case 'step.started':
      return `=== ${event.step}`;
    case 'step.finished':
      return `=== ${event.step}: ${event.status} after ${renderDuration(event.durationMs)}`;
    case 'build.finished': {
      const {failure} = event;
      const why = failure === undefined ? '' : `\n${failure.kind}: ${failure.message}\n${failure.hint}`;
      return `=== ${event.buildId}: ${event.status}${why}`;
    }
    case 'machine.created':
    case 'machine.destroyed':
      return `=== ${event.type} ${event.machine} (${event.provider})`;
    case 'machine.leaked':
      return `=== ${event.type} ${event.machine} (${event.provider}): ${event.message}`;
    case 'build.planned':
    case 'build.measured':
    case 'cache.asked':
    case 'wait.started':
    case 'wait.finished':
    case 'run.started':
    case 'run.progress':
    case 'run.finished':
    case 'step.progress':
      return undefined;
  }
}
