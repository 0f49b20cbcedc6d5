// Owns the live view of several builds: one line each, and one for all. Pure but for what it remembers of the events.
import type {BuildStatus, Event} from '../core/events.ts';
import type {Style, Tone} from './style.ts';
import {renderDuration, renderPrintable, renderRemaining} from '../core/text.ts';
import {padToWidth, truncateToWidth} from './width.ts';

interface BatchFrame {
  readonly nowMs: number;
  /** At most so many lines; what is over or waits is counted instead of listed where they are too few. */
  readonly rows: number;
  readonly spinner: string;
  readonly style: Style;
}

export interface BatchView {
  readonly update: (event: Event) => void;
  readonly render: (frame: BatchFrame) => readonly string[];
}

interface Build {
  readonly buildId: string;
  sinceMs?: number;
  step?: {readonly name: string; readonly sinceMs: number};
  message?: string;
  end?: {readonly status: BuildStatus; readonly durationMs: number; readonly reason: string};
}

const widestId = 34;
const marks: Readonly<Record<BuildStatus, readonly [string, Tone]>> = {
  built: ['✓', 'good'],
  'up-to-date': ['✓', 'good'],
  failed: ['✗', 'bad'],
  skipped: ['-', 'warn'],
  cancelled: ['⊘', 'warn'],
};

export function createBatchView(): BatchView {
  const builds = new Map<string, Build>();
  let progress: (Event & {readonly type: 'run.progress'}) | undefined;
  const update = (event: Event): void => {
    if (event.type === 'run.started') {
      for (const buildId of event.builds) builds.set(buildId, {buildId});
    } else if (event.type === 'run.progress') progress = event;
    else if ('buildId' in event) {
      const build = builds.get(event.buildId) ?? {buildId: event.buildId};
      builds.set(event.buildId, build);
      updateBuild(build, event);
    }
  };
  return {update, render: (frame) => renderView([...builds.values()], progress, frame)};
}

function updateBuild(build: Build, event: Event): void {
  const atMs = Date.parse(event.at);
  switch (event.type) {
    case 'build.started':
      build.sinceMs = atMs;
      return;
    case 'step.started':
      build.step = {name: event.step, sinceMs: atMs};
      delete build.message;
      return;
    case 'step.progress': {
      const left = event.remainingMs === undefined ? '' : `, ${renderRemaining(event.remainingMs)}`;
      build.message = `${event.message}${left}`;
      return;
    }
    case 'build.finished': {
      const {status, durationMs, failure} = event;
      build.end = {status, durationMs, reason: failure?.message.split('\n')[0] ?? ''};
      return;
    }
    case 'build.planned':
    case 'build.measured':
    case 'cache.asked':
    case 'wait.started':
    case 'wait.finished':
    case 'run.started':
    case 'run.progress':
    case 'run.finished':
    case 'log.line':
    case 'step.finished':
    case 'machine.created':
    case 'machine.destroyed':
    case 'machine.leaked':
      return;
  }
}

function renderView(
  builds: readonly Build[],
  progress: (Event & {readonly type: 'run.progress'}) | undefined,
  frame: BatchFrame,
): readonly string[] {
  const idWidth = Math.min(widestId, Math.max(...builds.map(({buildId}) => buildId.length), 1));
  const ended = builds.filter(({end}) => end !== undefined);
  const running = builds.filter(({end, sinceMs}) => end === undefined && sinceMs !== undefined);
  const waiting = builds.filter(({end, sinceMs}) => end === undefined && sinceMs === undefined);
  const line = (build: Build): string => renderBuild(build, idWidth, frame);
  const last = renderTotal(builds.length, ended.length, running.length, progress, frame);
  const all = [...ended.map(line), ...running.map(line), ...waiting.map(line), last];
  if (all.length <= frame.rows) return all;
  // First what waits is only counted, then what went well, then all that is over.
  const short = [...ended.map(line), ...running.map(line), last];
  if (short.length <= frame.rows) return short;
  const bad = ended.filter(({end}) => end?.status === 'failed').map(line);
  const tight = [...bad, ...running.map(line), last];
  return tight.length <= frame.rows ? tight : [...running.map(line), last].slice(-frame.rows);
}

function renderBuild(
  {buildId, step, message, end, sinceMs}: Build,
  idWidth: number,
  {nowMs, spinner, style}: BatchFrame,
): string {
  const id = padToWidth(truncateToWidth(buildId, idWidth), idWidth);
  if (end !== undefined) {
    const [mark, tone] = marks[end.status];
    const time = end.durationMs === 0 ? '' : `  ${renderDuration(end.durationMs)}`;
    const reason = end.reason === '' ? '' : `  ${renderPrintable(end.reason.slice(0, 1_000))}`;
    return `${style(tone, mark)} ${id}  ${end.status}${time}${reason}`;
  }
  if (sinceMs === undefined || step === undefined) return style('dim', `  ${id}  waiting`);
  const time = renderDuration(nowMs - step.sinceMs);
  const what = message === undefined ? '' : `  ${renderPrintable(message.slice(0, 1_000))}`;
  return `${style('warn', spinner)} ${id}  ${step.name} ${style('dim', `${time}${what}`)}`;
}

function renderTotal(
  total: number,
  ended: number,
  running: number,
  progress: (Event & {readonly type: 'run.progress'}) | undefined,
  {nowMs, style}: BatchFrame,
): string {
  const waiting = total - ended - running;
  const left =
    progress?.remainingMs === undefined
      ? ''
      : `, ${renderRemaining(Math.max(0, progress.remainingMs - (nowMs - Date.parse(progress.at))))}`;
  return style('strong', `${ended} of ${total} done, ${running} running, ${waiting} waiting${left}`);
}
