// Runs one build: attempts, time limits, watchers, and what became of it. Knows no release and no terminal.
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import type {Clock} from '../core/clock.ts';
import {describeError} from '../core/errors.ts';
import {tailOf} from '../core/lines.ts';
import {runSteps, type Outcome, type StepReport} from '../core/steps.ts';
import type {BuildContext, BuildInputs, BuildTools} from './build-context.ts';
import {BuildTimeoutError, diagnose, MachineGoneError, type Diagnosis} from './failures.ts';
import type {BuildPlan} from './build-plan.ts';
import type {ProgressEstimate} from './progress.ts';
import {destroyStepName, openStepName, planLastSteps, planSteps} from './recipe.ts';
import {summarise, type BuildResult} from './build-result.ts';
import {findTellingLines} from './telling-lines.ts';
import {isWorthFetchingAgain} from './unfetched.ts';
import {watchHost} from './watch-host.ts';

export {findRunExitCode, type BuildResult} from './build-result.ts';

export interface RunOptions {
  readonly clock: Clock;
  /** Aborted by the operator, with an InterruptedError. */
  readonly signal: AbortSignal;
  /** What the host could give one machine at the most. */
  readonly maxMemoryMib: number;
  readonly logFolder: string;
  /** By step, from earlier builds of the same kind. */
  readonly estimates: Readonly<Record<string, ProgressEstimate>>;
  /** Called with the redacted lines of this build; returns how to stop listening. */
  readonly onLogLine: (listener: (line: string) => void) => () => void;
  /** Machines that its run has at once. */
  readonly jobs?: number | undefined;
}

/** Builds; again when the network was at fault, or, once, with more memory when that was too little. */
export async function runBuild(
  inputs: BuildInputs,
  tools: BuildTools,
  options: RunOptions,
): Promise<BuildResult> {
  const {plan} = inputs;
  const {clock} = options;
  const startMs = clock.monotonicMs();
  const course: Course = {
    steps: planSteps({plan}),
    given: {},
    isFetchable: ({step, error}, {isNoted}) => isNoted === true && isWorthFetchingAgain(step, error),
  };
  await begin(course, plan, tools, options);
  let {memoryMib} = plan.machine;
  let retries = plan.retry;
  for (;;) {
    const made = await attempt(inputs, tools, options, {
      ...course,
      given: {memoryMib},
    });
    const {context, outcome, diagnosis} = made;
    const more = Math.min(memoryMib * 2, options.maxMemoryMib);
    // A machine that is kept for a look at the failure is the end of it.
    if (
      outcome.leaks.length === 0 &&
      diagnosis !== undefined &&
      !options.signal.aborted &&
      context.isKept !== true
    ) {
      if (diagnosis.needsMoreMemory && memoryMib === plan.machine.memoryMib && more > memoryMib) {
        say(tools, plan, `${diagnosis.message} Trying once more with ${more} MiB.`);
        memoryMib = more;
        continue;
      }
      if (diagnosis.isRetryable && retries > 0) {
        retries -= 1;
        say(tools, plan, `${diagnosis.message} Trying again.`);
        continue;
      }
    }
    return end(made, tools, options, clock.monotonicMs() - startMs);
  }
}

/**
 * Ends a build whose machine was kept because its dist could not be fetched. A machine that still has it stays,
 * whatever goes wrong, and also when the operator interrupts: it was there before.
 * @param given What the steps that came before had set.
 */
export async function finishBuild(
  inputs: BuildInputs,
  given: Partial<BuildContext>,
  tools: BuildTools,
  options: RunOptions & {readonly canKeepArtifacts: boolean},
): Promise<BuildResult> {
  const {plan} = inputs;
  const startMs = options.clock.monotonicMs();
  const course: Course = {
    steps: planLastSteps(options),
    given,
    isFetchable: ({step, status, error}, {published}) =>
      published === undefined &&
      (status === 'cancelled' || step === openStepName || isWorthFetchingAgain(step, error)) &&
      !(error instanceof MachineGoneError),
  };
  await begin(course, plan, tools, options);
  const made = await attempt(inputs, tools, options, course);
  return end(made, tools, options, options.clock.monotonicMs() - startMs);
}

async function begin(
  {steps}: Course,
  plan: BuildPlan,
  tools: BuildTools,
  {logFolder}: RunOptions,
): Promise<void> {
  await mkdir(logFolder, {recursive: true, mode: 0o700});
  const dist = join(plan.output, plan.dist);
  tools.emit({
    type: 'build.started',
    ...{buildId: plan.buildId, dist, host: tools.owner.host},
    steps: steps.map(({name}) => name),
  });
}

function end(
  {context, outcome, diagnosis, lastLines}: Attempt,
  tools: BuildTools,
  {jobs}: RunOptions,
  totalMs: number,
): BuildResult {
  const {plan, memoryMib, machineChoice, peakMemoryBytes, oomKills, smoke} = context;
  const result = summarise(plan, context, outcome, diagnosis, totalMs);
  const {status, durationMs, dist, failure} = result;
  const {buildId} = plan;
  tools.emit({
    type: 'build.measured',
    ...{buildId, status, jobs, memoryMib, cpus: machineChoice.cpus},
    ...{stepMs: result.durations, moduleMs: result.moduleMs, peakMemoryBytes, oomKills, smoke},
    lines: status === 'failed' ? findTellingLines(lastLines) : undefined,
  });
  tools.emit({type: 'build.finished', buildId, status, durationMs, dist, failure});
  return result;
}

function say(tools: BuildTools, plan: BuildPlan, line: string): void {
  tools.emit({type: 'log.line', buildId: plan.buildId, level: 'warn', line});
}

type FinishedStep = Extract<StepReport, {readonly type: 'finished'}>;

/** A whole build, or the end of one. */
interface Course {
  readonly steps: ReturnType<typeof planSteps>;
  readonly given: Partial<BuildContext>;
  /** Whether a dist is left whole in the machine by a step that did not come to its end. */
  readonly isFetchable: (report: FinishedStep, context: BuildContext) => boolean;
}

interface Attempt {
  readonly context: BuildContext;
  readonly outcome: Outcome;
  readonly diagnosis?: Diagnosis;
  /** Of its output. */
  readonly lastLines: readonly string[];
}

async function attempt(
  inputs: BuildInputs,
  tools: BuildTools,
  options: RunOptions,
  {steps, given, isFetchable}: Course,
): Promise<Attempt> {
  const {plan} = inputs;
  const own = new AbortController();
  const signal = AbortSignal.any([options.signal, own.signal]);
  const limit = setTimeout(() => own.abort(new BuildTimeoutError(plan.timeoutMs)), plan.timeoutMs);
  const durations: Record<string, number> = {...given.durations};
  const context: BuildContext = {
    ...inputs,
    tools,
    clock: options.clock,
    signal,
    startedAt: options.clock.now(),
    memoryMib: plan.machine.memoryMib,
    fail: (reason) => own.abort(reason),
    logFolder: options.logFolder,
    moduleMs: {},
    estimates: options.estimates,
    ...given,
    durations,
    onStep: (report) => {
      if (report.type === 'finished') {
        durations[report.step] = Math.round(report.durationMs);
        // Before the cleanups run: they decide whether the machine goes. What they report themselves comes too late.
        if (report.status !== 'done' && report.step !== destroyStepName) {
          context.isFetchable = isFetchable(report, context);
          context.isKept = context.isFetchable || (report.status === 'failed' && plan.onFailure === 'keep');
        }
      }
      tools.emit(
        report.type === 'started'
          ? {type: 'step.started', buildId: plan.buildId, step: report.step}
          : {
              type: 'step.finished',
              buildId: plan.buildId,
              step: report.step,
              status: report.status,
              durationMs: Math.round(report.durationMs),
            },
      );
    },
  };
  const tail = tailOf(4_000);
  const stopListening = options.onLogLine(tail.add);
  const stopWatching = watchHost(context);
  try {
    const outcome = await runSteps(steps, context);
    for (const leak of outcome.leaks) reportLeak(context, leak.error);
    const lastLines = tail.lines;
    if (outcome.status === 'done') return {context, outcome, lastLines};
    const diagnosis = diagnose({
      step: outcome.step,
      error: outcome.error,
      logTail: lastLines,
      memoryMib: context.memoryMib,
      proxies: context.provision.proxy,
      oomKills: context.oomKills,
      freeBytes: context.freeBytes,
    });
    return {context, outcome, diagnosis, lastLines};
  } finally {
    clearTimeout(limit);
    stopListening();
    stopWatching();
  }
}

/** A machine that is kept leaks nothing; then it was a file of the output that could not be removed. */
function reportLeak({machine, isKept, tools, plan}: BuildContext, error: unknown): void {
  if (machine === undefined || isKept === true) {
    say(tools, plan, describeError(error));
    return;
  }
  const {id, provider} = machine.spec;
  tools.emit({
    type: 'machine.leaked',
    buildId: plan.buildId,
    machine: id,
    provider,
    message: describeError(error),
  });
}
