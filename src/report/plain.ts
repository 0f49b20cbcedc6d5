// Owns the plain lines for logs and CI: one a step's start and end, one a change of module. Knows no terminal.
import type {Event, ModuleAtWork, Subscriber} from '../core/events.ts';
import {renderDuration, renderModules, renderPrintable, renderRemaining} from '../core/text.ts';

export interface PlainOptions {
  readonly write: (text: string) => void;
  /** Print log lines too. */
  readonly verbose: boolean;
  /** Only what went wrong; the summary is not ours to print. */
  readonly quiet?: boolean;
}

export interface PlainReporter {
  readonly subscriber: Subscriber;
  /** Says what is being waited for when nothing was printed for a minute. Call it now and then. */
  readonly tick: (now: Date) => void;
}

interface BuildState {
  step?: {readonly name: string; readonly sinceMs: number};
  progress?: {readonly message: string; readonly atMs: number};
  /** The newest, also where the message was not printed. */
  modules?:
    {readonly all: readonly ModuleAtWork[]; readonly counter: string; readonly atMs: number} | undefined;
  lastLineMs: number;
  /** Machines that were created and are not yet known to be gone. */
  readonly machines: Set<string>;
}

const progressIntervalMs = 15_000;
const heartbeatMs = 60_000;

/** Lines look like `20:14:41 cdh5.7.0  Boot machine`; the time is UTC, the build's id is there when there are several. */
export function createPlainReporter({write, verbose, quiet = false}: PlainOptions): PlainReporter {
  const builds = new Map<string, BuildState>();
  let hasSeveral = false;
  let finishedCount: number | undefined;
  const print = (event: {readonly at: string; readonly buildId?: string}, text: string): void => {
    const atMs = Date.parse(event.at);
    const state = event.buildId === undefined ? undefined : builds.get(event.buildId);
    if (state !== undefined) state.lastLineMs = atMs;
    const isNamed = event.buildId === undefined || text.startsWith(`${event.buildId}: `);
    const prefix = hasSeveral && !isNamed ? `${event.buildId}  ` : '';
    write(`${event.at.slice(11, 19)} ${prefix}${renderPrintable(text)}\n`);
  };
  const stateOf = (buildId: string, at: string): BuildState => {
    const known = builds.get(buildId);
    if (known !== undefined) return known;
    const state = {lastLineMs: Date.parse(at), machines: new Set<string>()};
    builds.set(buildId, state);
    return state;
  };
  const subscriber = (event: Event): void => {
    if (event.type === 'run.started') hasSeveral = event.builds.length > 1;
    if (event.type === 'run.progress') {
      // It also comes when a build begins, which has a line of its own.
      if (event.finished === finishedCount) return;
      finishedCount = event.finished;
    }
    if ('buildId' in event) updateState(stateOf(event.buildId, event.at), event);
    const line = renderLine(event, verbose, 'buildId' in event ? builds.get(event.buildId) : undefined);
    if (line !== undefined && (!quiet || isTrouble(event))) print(event, line);
  };
  const tick = (now: Date): void => {
    if (quiet) return;
    for (const [buildId, state] of builds) {
      if (state.step === undefined || now.getTime() - state.lastLineMs < heartbeatMs) continue;
      const what = renderWork(state, now.getTime()) ?? state.step.name;
      const since = renderDuration(now.getTime() - state.step.sinceMs);
      print({at: now.toISOString(), buildId}, `… still at it: ${what} (${state.step.name} for ${since})`);
    }
  };
  return {subscriber, tick};
}

function updateState(state: BuildState, event: Event): void {
  if (event.type === 'step.started') {
    state.step = {name: event.step, sinceMs: Date.parse(event.at)};
    delete state.progress;
    delete state.modules;
  } else if (event.type === 'step.progress') {
    const {modules: all, message} = event;
    if (all === undefined) delete state.modules;
    else state.modules = {all, counter: findCounter(message), atMs: Date.parse(event.at)};
  } else if (event.type === 'build.finished') delete state.step;
  else if (event.type === 'machine.created') state.machines.add(event.machine);
  else if (event.type === 'machine.destroyed') state.machines.delete(event.machine);
}

/** All that runs, each with its own time, where that is known. */
function renderWork({modules, progress}: BuildState, nowMs: number): string | undefined {
  if (modules === undefined) return progress?.message;
  const counter = modules.counter === '' ? '' : `${modules.counter} `;
  return `${counter}${renderModules(modules.all, nowMs - modules.atMs)}`;
}

function isTrouble(event: Event): boolean {
  return (
    event.type === 'machine.leaked' ||
    (event.type === 'log.line' && event.level === 'warn') ||
    (event.type === 'build.finished' && event.status === 'failed')
  );
}

function renderLine(event: Event, verbose: boolean, state: BuildState | undefined): string | undefined {
  switch (event.type) {
    case 'run.started': {
      const {builds, jobs = 1} = event;
      const when = `(${event.at.slice(0, 10)}, times are UTC)`;
      if (builds.length < 2) return [event.command, ...builds].join(': ') + ` ${when}`;
      const atOnce = jobs === 1 ? 'one after the other' : `at most ${jobs} at once`;
      return `${event.command}: ${builds.length} builds, ${atOnce}: ${builds.join(', ')} ${when}`;
    }
    case 'run.progress': {
      const {finished, total, remainingMs} = event;
      // The last one is followed by the summary.
      if (finished === 0 ? remainingMs === undefined : finished === total) return undefined;
      const left = remainingMs === undefined ? '' : `, ${renderRemaining(remainingMs)}`;
      return `${finished} of ${total} builds done${left}`;
    }
    case 'build.started':
      return `${event.buildId}: ${event.steps.length} steps to ${event.dist}`;
    case 'step.started':
      return `→ ${event.step}`;
    case 'step.progress':
      return renderProgress(event, state);
    case 'log.line':
      return event.level === 'warn' ? `! ${event.line}` : verbose ? `  ${event.line}` : undefined;
    case 'step.finished': {
      const mark = {done: '✓', failed: '✗', cancelled: '⊘'}[event.status];
      const after = event.status === 'done' ? '' : ` ${event.status} after`;
      const cleaning =
        event.status !== 'done' && state !== undefined && state.machines.size > 0
          ? `; machine ${[...state.machines].join(', ')} is dealt with next`
          : '';
      return `${mark} ${event.step}${after} ${renderDuration(event.durationMs)}${cleaning}`;
    }
    case 'build.finished': {
      const why = event.failure === undefined ? '' : `: ${event.failure.message.split('\n')[0] ?? ''}`;
      return `${event.buildId}: ${event.status} after ${renderDuration(event.durationMs)}${why}`;
    }
    case 'machine.created':
      return `  machine ${event.machine} (${event.provider}) is being created`;
    case 'machine.destroyed':
      return `  machine ${event.machine} is gone (${event.provider} no longer lists it)`;
    case 'machine.leaked':
      return `✗ machine ${event.machine} (${event.provider}) may still exist: ${event.message}`;
    case 'run.finished':
    case 'build.planned':
    case 'build.measured':
    case 'cache.asked':
    case 'wait.started':
    case 'wait.finished':
      return undefined;
  }
}

/** A new module at once; another text for the same one (counts of downloads) at most every 15 seconds. */
function renderProgress(
  event: Event & {readonly type: 'step.progress'},
  state: BuildState | undefined,
): string | undefined {
  const atMs = Date.parse(event.at);
  const last = state?.progress;
  if (last?.message === event.message) return undefined;
  const isSameModule = last !== undefined && findCounter(last.message) === findCounter(event.message);
  if (isSameModule && atMs - last.atMs < progressIntervalMs) return undefined;
  if (state !== undefined) state.progress = {message: event.message, atMs};
  return `  ${event.message}${event.remainingMs === undefined ? '' : `, ${renderRemaining(event.remainingMs)}`}`;
}

function findCounter(message: string): string {
  return /^\[\d+\/\d+\]/.exec(message)?.[0] ?? '';
}
