// Runs a short list of steps and always cleans up, in reverse. Knows nothing of what the steps do.
import type {Clock} from './clock.ts';
import {BuildError, InterruptedError} from './errors.ts';
import {orStopped, settleMs} from './stop.ts';

export interface StepContext {
  /** Aborted when the build is to stop; the reason says why: an InterruptedError, or that its time is over. */
  readonly signal: AbortSignal;
  /** Aborts that signal with this reason; needed by steps with a time limit of their own. */
  readonly fail?: (reason: unknown) => void;
  readonly clock: Clock;
  /** Called when a step starts and when it ended. */
  readonly onStep: (report: StepReport) => void;
}

export type StepReport =
  | {readonly type: 'started'; readonly step: string}
  | {
      readonly type: 'finished';
      readonly step: string;
      readonly status: 'done' | 'failed' | 'cancelled';
      readonly durationMs: number;
      /** Why it did not come to its end. */
      readonly error?: unknown;
    };

export interface Step<C extends StepContext> {
  readonly name: string;
  /**
   * May throw; then no later step runs, and its own cleanup runs as well. Once the signal is aborted it has
   * some seconds to settle; then it is left alone, whatever it hangs in, and the cleanups run.
   */
  run(context: C): Promise<void>;
  /** A step that takes longer fails; generous, for what has no other limit. Default: the run's own end. */
  readonly timeoutMs?: number;
  /** How long it may take to settle after an abort, where a few seconds are too little. */
  readonly graceMs?: number;
  /** Name under which the cleanup is reported, where operators wait for it. */
  readonly cleanupName?: string;
  /** Must be idempotent and may throw: what it could not undo is a leak. Gets a fresh signal with a deadline of its own. */
  cleanup?(context: C, signal: AbortSignal): Promise<void>;
}

interface Leak {
  readonly step: string;
  readonly error: unknown;
}

export type Outcome = {readonly leaks: readonly Leak[]} & (
  | {readonly status: 'done'}
  | {readonly status: 'failed' | 'cancelled'; readonly step: string; readonly error: unknown}
);

/** A step did not come to its end. */
export class StepTimeoutError extends BuildError {
  constructor(step: string, timeoutMs: number) {
    super(
      `The step "${step}" did not end within ${Math.round(timeoutMs / 60_000)} minutes.`,
      'Look at the disks and network mounts of this host (df, dmesg), then type the same command again.',
    );
  }
}

export interface Limits {
  /** For each cleanup, from its own start. */
  readonly cleanupTimeoutMs?: number;
  /** For the step that runs when the run is aborted. */
  readonly graceMs?: number;
}

export async function runSteps<C extends StepContext>(
  steps: readonly Step<C>[],
  context: C,
  {cleanupTimeoutMs = 300_000, graceMs = settleMs}: Limits = {},
): Promise<Outcome> {
  const begun: Step<C>[] = [];
  const failure = await runForward(steps, context, begun, graceMs);
  const leaks: Leak[] = [];
  for (const step of begun.reverse()) {
    const error = await cleanUp(step, context, cleanupTimeoutMs);
    if (error !== undefined) leaks.push({step: step.name, error});
  }
  return failure === undefined ? {status: 'done', leaks} : {...failure, leaks};
}

/** @returns What it threw, if it did. */
async function cleanUp<C extends StepContext>(
  step: Step<C>,
  context: C,
  timeoutMs: number,
): Promise<unknown> {
  if (step.cleanup === undefined) return undefined;
  const deadline = new AbortController();
  const startMs = context.clock.monotonicMs();
  const name = step.cleanupName;
  const report = (status: 'done' | 'failed'): void => {
    if (name !== undefined)
      context.onStep({
        type: 'finished',
        step: name,
        status,
        durationMs: context.clock.monotonicMs() - startMs,
      });
  };
  if (name !== undefined) context.onStep({type: 'started', step: name});
  // Not AbortSignal.timeout, whose timer does not keep the process from ending while a cleanup hangs.
  const limit = setTimeout(
    () => deadline.abort(new Error(`Cleaning up "${name ?? step.name}" took too long.`)),
    timeoutMs,
  );
  try {
    await orStopped(step.cleanup(context, deadline.signal), deadline.signal, 0);
    report('done');
    return undefined;
  } catch (error) {
    report('failed');
    return error ?? new Error('unknown');
  } finally {
    clearTimeout(limit);
  }
}

async function runForward<C extends StepContext>(
  steps: readonly Step<C>[],
  context: C,
  begun: Step<C>[],
  graceMs: number,
): Promise<{status: 'failed' | 'cancelled'; step: string; error: unknown} | undefined> {
  for (const step of steps) {
    const startMs = context.clock.monotonicMs();
    const report = (status: 'done' | 'failed' | 'cancelled', error?: unknown): void =>
      context.onStep({
        type: 'finished',
        step: step.name,
        status,
        durationMs: context.clock.monotonicMs() - startMs,
        error,
      });
    if (context.signal.aborted) {
      const error: unknown = context.signal.reason;
      return {status: error instanceof InterruptedError ? 'cancelled' : 'failed', step: step.name, error};
    }
    begun.push(step); // Before it runs: a step that fails half-way has something to clean up.
    context.onStep({type: 'started', step: step.name});
    try {
      await runOne(step, context, graceMs);
      report('done');
    } catch (error) {
      // `as`: the type checker does not see that waiting lets the signal change.
      const cause: unknown = (context.signal.aborted as boolean) ? context.signal.reason : error;
      const status = cause instanceof InterruptedError ? 'cancelled' : 'failed';
      report(status, cause);
      return {status, step: step.name, error: cause};
    }
  }
  return undefined;
}

async function runOne<C extends StepContext>(step: Step<C>, context: C, graceMs: number): Promise<void> {
  const {timeoutMs} = step;
  const limit =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => context.fail?.(new StepTimeoutError(step.name, timeoutMs)), timeoutMs);
  try {
    await orStopped(step.run(context), context.signal, step.graceMs ?? graceMs);
  } finally {
    clearTimeout(limit);
  }
}
