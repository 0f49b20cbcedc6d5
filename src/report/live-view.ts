// Owns the live view of one build: a line a step, with its time and what it does at this moment.
import type {Event, ModuleAtWork, Subscriber} from '../core/events.ts';
import {createBatchView, type BatchView} from './batch-view.ts';
import {createScreen, type TerminalOutput} from './screen.ts';
import {createStyle, type Style, type Tone} from './style.ts';
import {renderDuration, renderModules, renderPrintable, renderRemaining} from '../core/text.ts';

export interface TerminalOptions {
  readonly output: TerminalOutput & {
    on(event: 'resize', listener: () => void): unknown;
    off(event: 'resize', listener: () => void): unknown;
  };
  readonly hasColor: boolean;
  readonly verbose: boolean;
  readonly now: () => Date;
}

export interface TerminalReporter {
  readonly subscriber: Subscriber;
  /** Leaves the last state on the screen and stops drawing. Idempotent. */
  readonly close: () => void;
}

type RowState = 'waiting' | 'running' | 'done' | 'failed' | 'skipped';

/** A step. */
interface Row {
  readonly name: string;
  state: RowState;
  /** Set when its step started. */
  sinceMs?: number;
  /** Whether its line is a message about progress, which log lines must not replace. */
  hasProgress: boolean;
  /** Modules that are at work, and since when that is known: their times go on. */
  modules?:
    {readonly all: readonly ModuleAtWork[]; readonly counter: string; readonly atMs: number} | undefined;
  /** What it does at this moment. */
  line: string;
  /** What stands behind its name, or its time. */
  note: string;
}

interface BuildView {
  readonly steps: readonly string[];
  /** Of each attempt; the last is the one that runs. */
  readonly attempts: Row[][];
  /** Whether its machine was there and is not any more. */
  isMachineGone: boolean;
}

/** More than any terminal has: to measure a row takes long, and rows are drawn ten times a second. */
const widestLine = 1_000;
const frameMs = 100;
const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const destroyName = 'Destroy machine';

export function createTerminalReporter(options: TerminalOptions): TerminalReporter {
  const {output, now} = options;
  const screen = createScreen(output);
  const style = createStyle(options.hasColor);
  const builds = new Map<string, BuildView>();
  let batch: BatchView | undefined;
  let frames = 0;
  let isFinished = false;
  let isClosed = false;

  const renderLines = (): readonly string[] => {
    const frame = {nowMs: now().getTime(), spinner: spinner[frames % spinner.length] ?? '', style};
    if (batch !== undefined) return batch.render({...frame, rows: Math.max(2, (output.rows ?? 24) - 1)});
    return [...builds].flatMap(([buildId, view]) => renderBuild(buildId, view, frame));
  };
  const draw = (): void => {
    if (!isClosed) screen.draw(renderLines());
  };
  const update = (event: Event): void => {
    if (event.type === 'run.started' && event.builds.length > 1) batch = createBatchView();
    if (event.type === 'run.finished') isFinished = true;
    batch?.update(event);
    if (event.type === 'build.started' && batch === undefined) {
      builds.set(event.buildId, {
        steps: event.steps,
        attempts: [createRows(event.steps)],
        isMachineGone: false,
      });
    } else if (event.type === 'log.line') {
      if (event.level === 'warn' || options.verbose)
        screen.printAbove(renderLogLine(event, style, batch !== undefined));
      const view = event.buildId === undefined ? undefined : builds.get(event.buildId);
      const row = view === undefined ? undefined : findRow(view, event.step ?? '');
      if (row?.hasProgress === false) row.line = event.line;
    } else if ('buildId' in event) {
      const view = builds.get(event.buildId);
      if (view !== undefined) updateBuild(event, view);
    }
  };
  const tick = (): void => {
    frames += 1;
    draw();
  };
  const timer = setInterval(tick, frameMs);
  const close = (): void => {
    if (isClosed) return;
    clearInterval(timer);
    output.off('resize', draw);
    screen.finish(batch !== undefined && isFinished ? [] : renderLines()); // The table comes instead.
    isClosed = true;
  };
  output.on('resize', draw);
  return {subscriber: update, close};
}

function createRows(steps: readonly string[]): Row[] {
  return [...steps, destroyName].map((name) => ({
    name,
    state: 'waiting',
    hasProgress: false,
    line: '',
    note: '',
  }));
}

function findRow({attempts}: BuildView, name: string): Row | undefined {
  return attempts.at(-1)?.find((row) => row.name === name);
}

/** Events of one build that change its rows. */
function updateBuild(event: Event, view: BuildView): void {
  const atMs = Date.parse(event.at);
  switch (event.type) {
    case 'step.started': {
      if (event.step !== destroyName && findRow(view, event.step)?.sinceMs !== undefined) {
        skip(view.attempts.at(-1) ?? []); // The build is tried again, from this step on.
        view.attempts.push(createRows(view.steps));
      }
      begin(findRow(view, event.step), atMs);
      return;
    }
    case 'step.progress': {
      const row = findRow(view, event.step);
      if (row === undefined) return;
      const {message, modules, remainingMs} = event;
      row.hasProgress = true;
      row.note = remainingMs === undefined ? '' : `, ${renderRemaining(remainingMs)}`;
      row.line = message;
      row.modules = modules === undefined ? undefined : {all: modules, counter: findCounter(message), atMs};
      return;
    }
    case 'step.finished': {
      const row = findRow(view, event.step);
      const isDestroy = event.step === destroyName;
      const isKept = isDestroy && event.status === 'done' && !view.isMachineGone;
      if (isKept) skip(row === undefined ? [] : [row]);
      else end(row, event.status, event.durationMs);
      const rest = (view.attempts.at(-1) ?? []).filter(({name}) => name !== destroyName);
      if (event.status !== 'done') skip(rest.filter(({sinceMs}) => sinceMs === undefined));
      return;
    }
    case 'machine.created':
    case 'machine.destroyed':
      view.isMachineGone = event.type === 'machine.destroyed';
      return;
    case 'build.finished':
      skip(view.attempts.at(-1) ?? []);
      return;
    case 'build.planned':
    case 'build.measured':
    case 'cache.asked':
    case 'wait.started':
    case 'wait.finished':
    case 'run.started':
    case 'run.progress':
    case 'run.finished':
    case 'build.started':
    case 'log.line':
    case 'machine.leaked':
      return;
  }
}

function begin(row: Row | undefined, atMs: number): void {
  if (row === undefined) return;
  row.sinceMs = atMs;
  row.state = 'running';
}

function end(row: Row | undefined, status: 'done' | 'failed' | 'cancelled', durationMs: number): void {
  if (row === undefined) return;
  row.note = `${status === 'done' ? '' : `${status} after `}${renderDuration(durationMs)}`;
  row.state = status === 'done' ? 'done' : 'failed';
}

/** What has not come to its end will not any more. */
function skip(rows: readonly Row[]): void {
  for (const row of rows) if (!isOver(row)) row.state = 'skipped';
}

function isOver({state}: Row): boolean {
  return state !== 'waiting' && state !== 'running';
}

/** `[7/25] `, or nothing. */
function findCounter(message: string): string {
  return /^\[\d+\/\d+\] /.exec(message)?.[0] ?? '';
}

interface Frame {
  readonly nowMs: number;
  readonly spinner: string;
  readonly style: Style;
}

/** Every attempt but the first below a line of its own. */
function renderBuild(buildId: string, {attempts}: BuildView, frame: Frame): readonly string[] {
  return attempts.flatMap((rows, index) => {
    const lines = rows.flatMap((row) => renderRow(row, frame));
    if (index === 0) return lines;
    return [
      `${frame.style('warn', '❯')} ${buildId}, attempt ${index + 1}`,
      ...lines.map((line) => `  ${line}`),
    ];
  });
}

const marks: Readonly<Record<Exclude<RowState, 'running'>, readonly [string, Tone]>> = {
  waiting: ['◼', 'dim'],
  done: ['✔', 'good'],
  failed: ['✖', 'bad'],
  skipped: ['↓', 'dim'],
};

/** A line, and one below it on what is done at this moment. */
function renderRow(row: Row, {nowMs, spinner, style}: Frame): readonly string[] {
  const {name, state, sinceMs = nowMs, note} = row;
  if (state !== 'running') {
    const [mark, tone] = marks[state];
    const isEnd = state === 'done' || state === 'failed';
    return [`${style(tone, mark)} ${name}${isEnd ? `  ${note}` : ''}`];
  }
  const line = renderPrintable(findLine(row, nowMs).slice(0, widestLine)).trim();
  const time = style('dim', `${renderDuration(nowMs - sinceMs)}${note}`);
  return [`${style('warn', spinner)} ${name}  ${time}`, ...(line === '' ? [] : [`  › ${line}`])];
}

function findLine({modules, line}: Row, nowMs: number): string {
  if (modules === undefined) return line;
  return `${modules.counter}${renderModules(modules.all, nowMs - modules.atMs)}`;
}

function renderLogLine(
  event: Event & {readonly type: 'log.line'},
  style: Style,
  namesBuild: boolean,
): string {
  const build = namesBuild && event.buildId !== undefined ? `${event.buildId}  ` : '';
  const line = `${build}${renderPrintable(event.line)}`;
  return event.level === 'warn' ? `${style('warn', '!')} ${line}` : style('dim', line);
}
