// Owns what a run came to, gathered from its events. Knows no disk and no text.
import type {BuildStatus, Event, Failure, Subscriber} from '../core/events.ts';

interface StepTime {
  readonly step: string;
  readonly status: 'done' | 'failed' | 'cancelled';
  readonly durationMs: number;
}

export interface MachineEnd {
  readonly machine: string;
  readonly provider: string;
  /** `left`: neither destroyed nor leaked: kept on purpose, or its end was never told. */
  readonly end: 'gone' | 'leaked' | 'left';
  /** Of a leak. */
  readonly message?: string;
}

export interface BuildOutcome {
  readonly buildId: string;
  /** Absent when the run ended before the build did. */
  readonly status?: BuildStatus | undefined;
  readonly dist?: string | undefined;
  readonly durationMs: number;
  readonly failure?: Failure | undefined;
  readonly steps: readonly StepTime[];
  readonly machines: readonly MachineEnd[];
}

export interface RunOutcome {
  readonly builds: readonly BuildOutcome[];
  readonly durationMs: number;
}

export interface Collector {
  readonly subscriber: Subscriber;
  readonly outcome: () => RunOutcome;
}

interface Draft {
  readonly end?: Event & {readonly type: 'build.finished'};
  readonly steps: readonly StepTime[];
  readonly machines: ReadonlyMap<string, MachineEnd>;
}

/** Builds keep the order of `run.started`. A step that ran twice (a retry) is there twice. */
export function createCollector(): Collector {
  const builds = new Map<string, Draft>();
  let durationMs = 0;
  const empty: Draft = {steps: [], machines: new Map()};
  const subscriber = (event: Event): void => {
    if (event.type === 'run.finished') durationMs = event.durationMs;
    if (event.type === 'run.started') event.builds.forEach((buildId) => builds.set(buildId, empty));
    if (!('buildId' in event)) return;
    builds.set(event.buildId, addEvent(builds.get(event.buildId) ?? empty, event));
  };
  return {
    subscriber,
    outcome: () => ({
      durationMs,
      builds: [...builds].map(([buildId, draft]) => planOutcome(buildId, draft)),
    }),
  };
}

function addEvent(draft: Draft, event: Event): Draft {
  const end = (value: MachineEnd): Draft => ({
    ...draft,
    machines: new Map(draft.machines).set(value.machine, value),
  });
  switch (event.type) {
    case 'build.finished':
      return {...draft, end: event};
    case 'step.finished': {
      const {step, status, durationMs} = event;
      return {...draft, steps: [...draft.steps, {step, status, durationMs}]};
    }
    case 'machine.created':
      return end({machine: event.machine, provider: event.provider, end: 'left'});
    case 'machine.destroyed':
      return end({machine: event.machine, provider: event.provider, end: 'gone'});
    case 'machine.leaked':
      return end({
        machine: event.machine,
        provider: event.provider,
        end: 'leaked',
        message: event.message,
      });
    case 'run.started':
    case 'run.progress':
    case 'run.finished':
    case 'build.planned':
    case 'build.measured':
    case 'cache.asked':
    case 'wait.started':
    case 'wait.finished':
    case 'build.started':
    case 'step.started':
    case 'step.progress':
    case 'log.line':
      return draft;
  }
}

function planOutcome(buildId: string, {end, steps, machines}: Draft): BuildOutcome {
  return {
    buildId,
    steps,
    machines: [...machines.values()],
    durationMs: end?.durationMs ?? steps.reduce((sum, step) => sum + step.durationMs, 0),
    status: end?.status,
    dist: end?.dist,
    failure: end?.failure,
  };
}
