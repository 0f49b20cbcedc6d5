// Runs a short list of steps and always cleans up, in reverse. Knows nothing of what the steps do.
import type {Clock} from './clock.ts';
import {describeError, InterruptedError} from './errors.ts';

export interface StepContext {
  /** Aborted when the build is to stop; the reason says why: an InterruptedError, or that its time is over. */
  readonly signal: AbortSignal;
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
    };

export interface Step<C extends StepContext> {
  readonly name: string;
  /** May throw; then no later step runs, and its own cleanup runs as well. */
  run(context: C): Promise<void>;
  /** Name under which the cleanup is reported, where operators wait for it. */
  readonly cleanupName?: string;
  /** Must be idempotent and may throw: what it could not undo is a leak. Gets a fresh signal with a deadline of its own. */
  cleanup?(context: C, signal: AbortSignal): Promise<void>;
}

export interface Leak {
  readonly step: string;
  readonly error: unknown;
}

export type Outcome = {readonly leaks: readonly Leak[]} & (
  | {readonly status: 'done'}
  | {readonly status: 'failed' | 'cancelled'; readonly step: string; readonly error: unknown}
);

/** @param cleanupTimeoutMs For each cleanup, from its own start. */
export async function runSteps<C extends StepContext>(
  steps: readonly Step<C>[],
  context: C,
  cleanupTimeoutMs = 300_000,
): Promise<Outcome> {
  const begun: Step<C>[] = [];
  const failure = await runForward(steps, context, begun);
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
  const deadline = AbortSignal.timeout(timeoutMs);
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
  try {
    await Promise.race([step.cleanup(context, deadline), rejectOn(deadline, name ?? step.name)]);
    report('done');
    return undefined;
  } catch (error) {
    report('failed');
    return error ?? new Error('unknown');
  }
}

async function runForward<C extends StepContext>(
  steps: readonly Step<C>[],
  context: C,
  begun: Step<C>[],
): Promise<{status: 'failed' | 'cancelled'; step: string; error: unknown} | undefined> {
  for (const step of steps) {
    const startMs = context.clock.monotonicMs();
    const report = (status: 'done' | 'failed' | 'cancelled'): void =>
      context.onStep({
        type: 'finished',
        step: step.name,
        status,
        durationMs: context.clock.monotonicMs() - startMs,
      });
    if (context.signal.aborted) {
      const error: unknown = context.signal.reason;
      return {status: error instanceof InterruptedError ? 'cancelled' : 'failed', step: step.name, error};
    }
    begun.push(step); // Before it runs: a step that fails half-way has something to clean up.
    context.onStep({type: 'started', step: step.name});
    try {
      await step.run(context);
      report('done');
    } catch (error) {
      // `as`: the type checker does not see that waiting lets the signal change.
      const cause: unknown = (context.signal.aborted as boolean) ? context.signal.reason : error;
      const status = cause instanceof InterruptedError ? 'cancelled' : 'failed';
      report(status);
      return {status, step: step.name, error: cause};
    }
  }
  return undefined;
}

function rejectOn(signal: AbortSignal, name: string): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener(
      'abort',
      () => reject(new Error(`Cleaning up "${name}" took too long: ${describeError(signal.reason)}`)),
      {
        once: true,
      },
    );
  });
}
