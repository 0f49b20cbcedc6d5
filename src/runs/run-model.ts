// What became of a run and of each of its builds, from its events. Pure; knows no page and no file.
import type {BuildStatus, Event} from '../core/events.ts';

type EventOf<T extends Event['type']> = Event & {readonly type: T};

interface Span {
  readonly name: string;
  readonly startMs: number;
  /** Absent: it goes on. */
  endMs?: number;
  status?: EventOf<'step.finished'>['status'];
}

interface Wait {
  readonly startMs: number;
  /** For whom. */
  for: string;
  endMs?: number;
}

interface MachineSpan {
  readonly name: string;
  readonly provider: string;
  readonly startMs: number;
  endMs?: number;
  leak?: string;
}

export interface BuildModel {
  readonly runId: string;
  readonly buildId: string;
  /** `waiting`: not begun; `running`: no end is known; `lost`: nor will it be, since its run was killed. */
  status: BuildStatus | 'running' | 'waiting' | 'lost';
  plan?: EventOf<'build.planned'>;
  host?: string | undefined;
  startMs?: number;
  endMs?: number;
  durationMs: number;
  dist?: string | undefined;
  failure?: EventOf<'build.finished'>['failure'];
  measured?: EventOf<'build.measured'>;
  progress?: EventOf<'step.progress'>;
  readonly steps: Span[];
  /** Of Maven's, within "Make distribution". */
  readonly modules: Span[];
  readonly waits: Wait[];
  readonly caches: EventOf<'cache.asked'>[];
  readonly machines: MachineSpan[];
  readonly warnings: string[];
}

export interface RunModel {
  readonly runId: string;
  command: string;
  host?: string | undefined;
  jobs?: number | undefined;
  startMs: number;
  /** Absent as long as it goes on, and where it was killed. */
  endMs?: number;
  /** Its end was only supposed. */
  isLost?: boolean;
  exitCode?: number;
  /** Of the last event. */
  lastMs: number;
  readonly builds: Map<string, BuildModel>;
  readonly warnings: string[];
}

/** Of builds whose events were kept before they said where they were. */
export const unknownHost = 'this host';

export function createRunModel(runId: string): RunModel {
  return {runId, command: '', startMs: Infinity, lastMs: 0, builds: new Map(), warnings: []};
}

export function readModel(events: readonly Event[]): RunModel {
  const run = createRunModel(events[0]?.runId ?? '');
  for (const event of events) addEvent(run, event);
  return run;
}

/** Changes the model; an event that came before is harmless. */
export function addEvent(run: RunModel, event: Event): void {
  const atMs = Date.parse(event.at);
  if (run.isLost === true) reopen(run);
  run.startMs = Math.min(run.startMs, atMs);
  run.lastMs = Math.max(run.lastMs, atMs);
  if (event.type === 'run.started') {
    run.command = event.command;
    run.host = event.host;
    run.jobs = event.jobs;
    for (const buildId of event.builds) findBuild(run, buildId);
  } else if (event.type === 'run.finished') {
    run.endMs = atMs;
    run.exitCode = event.exitCode;
  } else if ('buildId' in event) addToBuild(findBuild(run, event.buildId), event, atMs);
  else if (event.type === 'log.line' && event.level === 'warn') run.warnings.push(event.line);
}

/** keep-run.ts writes something at least every ten minutes. */
const silentMs = 3_600_000;

/** A run of which nothing has been heard for so long was killed, and with it what it was at. */
export function closeLost(run: RunModel, nowMs: number): void {
  if (run.endMs !== undefined || nowMs - run.lastMs < silentMs) return;
  run.endMs = run.lastMs;
  run.isLost = true;
  for (const build of run.builds.values()) {
    if (build.status !== 'running' && build.status !== 'waiting') continue;
    build.status = 'lost';
    build.durationMs = build.startMs === undefined ? 0 : run.lastMs - build.startMs;
    if (build.startMs !== undefined) build.endMs = run.lastMs;
    for (const open of [build.steps, build.modules, build.waits]) closeAll(open, run.lastMs);
  }
}

/** It was only silent, as a host is that was suspended. */
function reopen(run: RunModel): void {
  delete run.isLost;
  delete run.endMs;
  for (const build of run.builds.values()) {
    if (build.status !== 'lost') continue;
    build.status = build.startMs === undefined ? 'waiting' : 'running';
    build.durationMs = 0;
    delete build.endMs;
    const step = build.steps.at(-1);
    if (step?.status === undefined) delete step?.endMs;
  }
}

function findBuild(run: RunModel, buildId: string): BuildModel {
  const known = run.builds.get(buildId);
  if (known !== undefined) return known;
  const build: BuildModel = {
    ...{runId: run.runId, buildId, status: 'waiting', host: run.host, durationMs: 0},
    ...{steps: [], modules: [], waits: [], caches: [], machines: [], warnings: []},
  };
  run.builds.set(buildId, build);
  return build;
}

function addToBuild(build: BuildModel, event: Event, atMs: number): void {
  switch (event.type) {
    case 'build.planned':
      build.plan = event;
      return;
    case 'build.started':
      build.status = 'running';
      build.startMs = atMs;
      if (event.host !== undefined) build.host = event.host;
      return;
    case 'build.measured':
      build.measured = event;
      refineModules(build, event.moduleMs);
      return;
    case 'build.finished':
      finish(build, event, atMs);
      return;
    case 'step.started':
      build.steps.push({name: event.step, startMs: atMs});
      delete build.progress;
      return;
    case 'step.progress':
      build.progress = event;
      noteModules(build, event, atMs);
      return;
    case 'step.finished': {
      const step = build.steps.findLast(({name}) => name === event.step);
      if (step !== undefined) Object.assign(step, {endMs: atMs, status: event.status});
      closeAll(build.modules, atMs);
      return;
    }
    case 'wait.started': {
      const open = build.waits.find(({endMs}) => endMs === undefined);
      if (open === undefined) build.waits.push({startMs: atMs, for: event.for});
      else open.for = event.for;
      return;
    }
    case 'wait.finished':
      closeAll(build.waits, atMs);
      return;
    case 'cache.asked':
      // Asked again, as after a boot that failed or when more is known, it is the newest answer that holds.
      keepNewest(build.caches, event);
      return;
    case 'machine.created':
      build.machines.push({name: event.machine, provider: event.provider, startMs: atMs});
      return;
    case 'machine.destroyed':
    case 'machine.leaked': {
      const machine = build.machines.find(({name}) => name === event.machine);
      if (machine === undefined) return;
      if (event.type === 'machine.leaked') machine.leak = event.message;
      else machine.endMs = atMs;
      return;
    }
    case 'log.line':
      if (event.level === 'warn') build.warnings.push(event.line);
      return;
    case 'run.started':
    case 'run.progress':
    case 'run.finished':
      return;
  }
}

function finish(build: BuildModel, event: EventOf<'build.finished'>, atMs: number): void {
  const {status, dist, failure, durationMs} = event;
  build.status = status;
  build.endMs = atMs;
  build.durationMs = durationMs;
  build.dist = dist;
  build.failure = failure;
  delete build.progress;
  for (const open of [build.steps, build.modules, build.waits]) closeAll(open, atMs);
}

function closeAll(spans: readonly {endMs?: number}[], atMs: number): void {
  for (const span of spans) span.endMs ??= atMs;
}

function keepNewest(caches: EventOf<'cache.asked'>[], event: EventOf<'cache.asked'>): void {
  const index = caches.findIndex(({cache}) => cache === event.cache && cache !== 'compiled');
  if (index === -1) caches.push(event);
  else caches[index] = event;
}

/** What is at work begins when it is first named, and has ended when it is named no more. */
function noteModules(build: BuildModel, {modules = []}: EventOf<'step.progress'>, atMs: number): void {
  const names = new Set(modules.map(({name}) => name));
  const step = build.steps.at(-1)?.startMs ?? atMs;
  for (const span of build.modules) if (span.endMs === undefined && !names.has(span.name)) span.endMs = atMs;
  for (const {name, elapsedMs} of modules) {
    const last = build.modules.findLast((span) => span.name === name);
    const startMs = Math.max(step, atMs - elapsedMs);
    if (last?.startMs !== undefined && last.startMs >= step) delete last.endMs;
    else build.modules.push({name, startMs});
  }
}

/** Maven's own summary knows each one's time, which the log in between does not. */
function refineModules(build: BuildModel, moduleMs: Readonly<Record<string, number>>): void {
  const end = build.steps.findLast(({name}) => name === 'Make distribution')?.endMs ?? Infinity;
  for (const span of build.modules) {
    const ms = moduleMs[span.name];
    if (ms !== undefined) span.endMs = Math.min(end, span.startMs + ms);
  }
}
