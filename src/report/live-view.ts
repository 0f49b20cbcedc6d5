// Owns the live view: one task a step, with its current line and time. The only door to listr2, which draws and does
// nothing else: its tasks wait for promises that our events settle.
import {
  DefaultRenderer,
  Listr,
  ListrDefaultRendererLogLevels as Level,
  ListrEventManager,
  type ListrTaskWrapper,
  Spinner,
} from 'listr2';
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

type Wrapper = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof DefaultRenderer>;
type DrawnTasks = ConstructorParameters<typeof DefaultRenderer>[0];
type TaskEnd = 'done' | 'failed' | 'skipped';

/** Lines as listr2 lays them out; cutting them to the width is the screen's work, at the moment of drawing. */
class Frame extends DefaultRenderer {
  protected override format(message: string, icon: string, level: number): string[] {
    return [`${'  '.repeat(level)}${icon} ${message}`];
  }
}

interface Row {
  readonly name: string;
  readonly ended: Promise<TaskEnd>;
  readonly end: (how: TaskEnd) => void;
  wrapper?: Wrapper;
  /** Set when its step started. */
  sinceMs?: number;
  isEnded: boolean;
  /** Whether its line is a message about progress, which log lines must not replace. */
  hasProgress: boolean;
  /** Modules that are at work, and since when that is known: their times go on. */
  modules?:
    {readonly all: readonly ModuleAtWork[]; readonly counter: string; readonly atMs: number} | undefined;
  /** Its current line, until listr2 has it. */
  line?: string;
  /** What the title says behind the name. */
  note: string;
}

interface BuildView {
  readonly steps: readonly string[];
  rows: readonly Row[];
  machine?: string | undefined;
  attempt: number;
}

/** More than any terminal has: to measure a row takes long, and rows are drawn ten times a second. */
const widestLine = 1_000;
const destroyName = 'Destroy machine';

export function createTerminalReporter(options: TerminalOptions): TerminalReporter {
  const {output, now} = options;
  const screen = createScreen(output);
  const style = createStyle(options.hasColor);
  const spinner = new Spinner();
  const tasks: DrawnTasks = [];
  const frame = new Frame(tasks, {spinner, ...planLook(style)}, new ListrEventManager());
  const builds = new Map<string, BuildView>();
  let batch: BatchView | undefined;
  let isFinished = false;
  let isClosed = false;

  const renderLines = (): readonly string[] => {
    if (batch !== undefined) {
      const rows = Math.max(2, (output.rows ?? 24) - 1);
      return batch.render({nowMs: now().getTime(), rows, spinner: spinner.fetch(), style});
    }
    for (const {rows} of builds.values()) rows.forEach((row) => updateTitle(row, now().getTime(), style));
    frame.create(); // Only what was laid out once listens to its task's output.
    for (const {rows} of builds.values()) rows.forEach((row) => handOverLine(row, now().getTime()));
    const text = frame.create();
    return text === '' ? [] : text.split('\n');
  };
  const draw = (): void => {
    if (!isClosed) screen.draw(renderLines());
  };
  const startBuild = (buildId: string, view: BuildView): void => {
    view.rows.forEach((row) => row.end('skipped'));
    view.attempt += 1;
    view.rows = [...view.steps, destroyName].map(createRow);
    const rows = view.rows.map(planTask);
    const title = view.attempt === 1 ? buildId : `${buildId}, attempt ${view.attempt}`;
    const isNested = view.attempt > 1;
    const list = new Listr(
      isNested ? [{title, task: (_, wrapper) => wrapper.newListr(rows, {exitOnError: false})}] : rows,
      {renderer: 'silent', registerSignalListeners: false, exitOnError: false},
    );
    tasks.push(...(list.tasks as unknown as DrawnTasks));
    void list.run().catch(() => undefined);
    builds.set(buildId, view);
  };
  const update = (event: Event): void => {
    if (event.type === 'run.started' && event.builds.length > 1) batch = createBatchView();
    if (event.type === 'run.finished') isFinished = true;
    batch?.update(event);
    if (event.type === 'build.started' && batch === undefined) {
      startBuild(event.buildId, {steps: event.steps, rows: [], attempt: 0});
    } else if (event.type === 'log.line') {
      if (event.level === 'warn' || options.verbose)
        screen.printAbove(renderLogLine(event, style, batch !== undefined));
      const view = event.buildId === undefined ? undefined : builds.get(event.buildId);
      const row = view?.rows.find(({name}) => name === (event.step ?? ''));
      if (row !== undefined && !row.hasProgress) row.line = event.line;
    } else if ('buildId' in event) {
      const view = builds.get(event.buildId);
      if (view !== undefined) updateBuild(event, view, () => startBuild(event.buildId, view));
    }
  };
  const close = (): void => {
    if (isClosed) return;
    spinner.stop();
    output.off('resize', draw);
    screen.finish(batch !== undefined && isFinished ? [] : renderLines()); // The table comes instead.
    isClosed = true;
  };
  output.on('resize', draw);
  spinner.start(draw);
  return {subscriber: update, close};
}

/** Events of one build that change its rows. */
function updateBuild(event: Event, view: BuildView, startAgain: () => void): void {
  const find = (name: string): Row | undefined => view.rows.find((row) => row.name === name);
  const atMs = Date.parse(event.at);
  switch (event.type) {
    case 'step.started': {
      if (find(event.step)?.sinceMs !== undefined) startAgain(); // The build is tried again, from this step on.
      const row = find(event.step);
      if (row !== undefined) row.sinceMs = atMs;
      return;
    }
    case 'step.progress': {
      const row = find(event.step);
      if (row === undefined) return;
      row.hasProgress = true;
      row.note = event.remainingMs === undefined ? '' : `, ${renderRemaining(event.remainingMs)}`;
      row.line = event.message;
      if (event.modules === undefined) delete row.modules;
      else row.modules = {all: event.modules, counter: findCounter(event.message), atMs};
      return;
    }
    case 'step.finished': {
      endRow(find(event.step), event.status, event.durationMs);
      if (event.status !== 'done') view.rows.filter(isWaiting).forEach((row) => row.end('skipped'));
      const destroy = find(destroyName);
      const isLast = view.rows.every((row) => row.isEnded || row === destroy);
      if (isLast && destroy !== undefined && view.machine !== undefined) destroy.sinceMs = atMs;
      return;
    }
    case 'machine.created':
      view.machine = event.machine;
      return;
    case 'machine.destroyed':
    case 'machine.leaked': {
      const destroy = find(destroyName);
      const status = event.type === 'machine.destroyed' ? 'done' : 'failed';
      endRow(destroy, status, atMs - (destroy?.sinceMs ?? atMs));
      delete view.machine;
      return;
    }
    case 'build.finished':
      view.rows.forEach((row) => row.end('skipped'));
      return;
    case 'run.started':
    case 'run.progress':
    case 'run.finished':
    case 'build.started':
    case 'log.line':
      return;
  }
}

function isWaiting(row: Row): boolean {
  return row.sinceMs === undefined && row.name !== destroyName;
}

function endRow(row: Row | undefined, status: 'done' | 'failed' | 'cancelled', durationMs: number): void {
  if (row === undefined) return;
  row.note = `${status === 'done' ? '' : `${status} after `}${renderDuration(durationMs)}`;
  row.end(status === 'done' ? 'done' : 'failed');
}

function createRow(name: string): Row {
  let settle: (how: TaskEnd) => void = () => undefined;
  const ended = new Promise<TaskEnd>((resolve) => {
    settle = resolve;
  });
  const row: Row = {
    name,
    ended,
    isEnded: false,
    hasProgress: false,
    note: '',
    end: (how) => {
      row.isEnded = true;
      settle(how);
    },
  };
  return row;
}

/** listr2 runs them one after the other, which is how our steps go; each is over when its event came. */
function planTask(row: Row) {
  return {
    title: row.name,
    task: async (_: unknown, wrapper: Wrapper): Promise<void> => {
      row.wrapper = wrapper;
      const how = await row.ended;
      if (row.note !== '') wrapper.title = `${row.name}  ${row.note}`;
      if (how === 'failed') throw new Error(wrapper.title);
      if (how === 'skipped') wrapper.skip();
    },
  };
}

/** `[7/25] `, or nothing. */
function findCounter(message: string): string {
  return /^\[\d+\/\d+\] /.exec(message)?.[0] ?? '';
}

function handOverLine(row: Row, nowMs: number): void {
  const {modules} = row;
  if (modules !== undefined)
    row.line = `${modules.counter}${renderModules(modules.all, nowMs - modules.atMs)}`;
  // listr2 9.0 throws when a task that is over gets another line.
  if (row.wrapper === undefined || row.line === undefined || row.isEnded) return;
  row.wrapper.output = renderPrintable(row.line.slice(0, widestLine)).trim();
  delete row.line;
}

function updateTitle(row: Row, nowMs: number, style: Style): void {
  if (row.wrapper === undefined || row.sinceMs === undefined || row.isEnded) return;
  row.wrapper.title = `${row.name}  ${style('dim', `${renderDuration(nowMs - row.sinceMs)}${row.note}`)}`;
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

/** Our colours or none, instead of what listr2 finds out about the process by itself. */
function planLook(style: Style) {
  const tones: Partial<Record<Level, Tone>> = {
    [Level.PENDING]: 'warn',
    [Level.COMPLETED]: 'good',
    [Level.FAILED]: 'bad',
    [Level.FAILED_WITH_FAILED_SUBTASKS]: 'bad',
    [Level.COMPLETED_WITH_FAILED_SUBTASKS]: 'bad',
    [Level.COMPLETED_WITH_FAILED_SISTER_TASKS]: 'dim',
    [Level.SKIPPED_WITH_COLLAPSE]: 'dim',
    [Level.WAITING]: 'dim',
  };
  const colors = Object.values(Level).map((level) => {
    const tone = tones[level];
    return [level, (text?: string) => (tone === undefined ? (text ?? '') : style(tone, text ?? ''))] as const;
  });
  return {
    collapseSkips: true,
    collapseErrors: false,
    showErrorMessage: false,
    color: Object.fromEntries(colors) as Record<Level, (text?: string) => string>,
  };
}
