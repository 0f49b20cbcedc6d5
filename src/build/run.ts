// Runs one build: attempts, time limits, watchers, and what became of it. Knows no release and no terminal.
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import type {Clock} from '../core/clock.ts';
import {
  describeError,
  exitCodes,
  ExpectedError,
  InterruptedError,
  LeakError,
  type ExitCode,
} from '../core/errors.ts';
import type {BuildStatus, Failure} from '../core/events.ts';
import {tailOf} from '../core/lines.ts';
import {runSteps, type Outcome} from '../core/steps.ts';
import type {BuildContext, BuildInputs, BuildTools} from './context.ts';
import {BuildTimeoutError, diagnose, type Diagnosis} from './failures.ts';
import type {BuildPlan} from './plan.ts';
import type {ProgressEstimate} from './progress.ts';
import {planSteps} from './recipe.ts';
import {watchHost} from './watch.ts';

export interface BuildResult {
  readonly plan: BuildPlan;
  readonly status: BuildStatus;
  /** Absolute path of the dist, when there is one. */
  readonly dist?: string;
  readonly durationMs: number;
  readonly durations: Readonly<Record<string, number>>;
  /** Of Maven's modules, in ms. */
  readonly moduleMs: Readonly<Record<string, number>>;
  readonly failure?: Failure;
  readonly exitCode: ExitCode;
  /** Name of the machine that was kept for a look at the failure. */
  readonly keptMachine?: string;
}

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
  await mkdir(options.logFolder, {recursive: true, mode: 0o700});
  const steps = planSteps({plan}).map(({name}) => name);
  tools.emit({type: 'build.started', buildId: plan.buildId, dist: join(plan.output, plan.dist), steps});
  let memoryMib = plan.machine.memoryMib;
  let retries = plan.retry;
  for (;;) {
    const {context, outcome, diagnosis} = await attempt(inputs, tools, options, memoryMib);
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
    const result = summarise(plan, context, outcome, diagnosis, clock.monotonicMs() - startMs);
    tools.emit({
      type: 'build.finished',
      buildId: plan.buildId,
      status: result.status,
      durationMs: result.durationMs,
      ...(result.dist === undefined ? {} : {dist: result.dist}),
      ...(result.failure === undefined ? {} : {failure: result.failure}),
    });
    return result;
  }
}

function say(tools: BuildTools, plan: BuildPlan, line: string): void {
  tools.emit({type: 'log.line', buildId: plan.buildId, level: 'warn', line});
}

interface Attempt {
  readonly context: BuildContext;
  readonly outcome: Outcome;
  readonly diagnosis?: Diagnosis;
}

async function attempt(
  inputs: BuildInputs,
  tools: BuildTools,
  options: RunOptions,
  memoryMib: number,
): Promise<Attempt> {
  const {plan} = inputs;
  const own = new AbortController();
  const signal = AbortSignal.any([options.signal, own.signal]);
  const limit = setTimeout(() => own.abort(new BuildTimeoutError(plan.timeoutMs)), plan.timeoutMs);
  const durations: Record<string, number> = {};
  const context: BuildContext = {
    ...inputs,
    tools,
    clock: options.clock,
    signal,
    startedAt: options.clock.now(),
    memoryMib,
    fail: (reason) => own.abort(reason),
    logFolder: options.logFolder,
    durations,
    moduleMs: {},
    estimates: options.estimates,
    onStep: (report) => {
      if (report.type === 'finished') durations[report.step] = Math.round(report.durationMs);
      // Before the cleanups run: they decide whether the machine goes.
      if (report.type === 'finished' && report.status === 'failed')
        context.isKept = plan.onFailure === 'keep';
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
    const outcome = await runSteps(planSteps(context), context);
    for (const leak of outcome.leaks) reportLeak(context, leak.error);
    if (outcome.status === 'done') return {context, outcome};
    const diagnosis = diagnose({
      step: outcome.step,
      error: outcome.error,
      logTail: tail.lines,
      memoryMib,
      proxies: context.provision.proxy,
      ...(context.oomKills === undefined ? {} : {oomKills: context.oomKills}),
    });
    return {context, outcome, diagnosis};
  } finally {
    clearTimeout(limit);
    stopListening();
    stopWatching();
  }
}

function reportLeak({machine, tools, plan}: BuildContext, error: unknown): void {
  if (machine === undefined) {
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

function summarise(
  plan: BuildPlan,
  context: BuildContext,
  outcome: Outcome,
  diagnosis: Diagnosis | undefined,
  durationMs: number,
): BuildResult {
  const common = {
    plan,
    durationMs: Math.round(durationMs),
    durations: context.durations,
    moduleMs: context.moduleMs,
  };
  const dist = context.published === undefined ? {} : {dist: context.published};
  const leaked = context.machine !== undefined && context.isKept !== true;
  if (leaked) {
    const leak = outcome.leaks.map(({error}) => error).find((error) => error instanceof LeakError);
    const failure = {
      kind: 'leaked',
      message: leak?.message ?? `The machine ${context.machine?.spec.id ?? ''} may still exist.`,
      hint: 'Type: build-spark reap',
    };
    return {...common, ...dist, status: 'failed', failure, exitCode: exitCodes.leaked};
  }
  const kept =
    context.isKept === true && context.machine !== undefined ? {keptMachine: context.machine.spec.id} : {};
  if (outcome.status === 'done') return {...common, ...dist, status: 'built', exitCode: exitCodes.done};
  const {kind = 'unknown', message = describeError(outcome.error), hint = ''} = diagnosis ?? {};
  return {
    ...common,
    ...kept,
    status: outcome.status,
    failure: {kind, message, hint, step: outcome.step},
    exitCode: findExitCode(outcome.error),
  };
}

function findExitCode(error: unknown): ExitCode {
  if (error instanceof InterruptedError) return exitCodes.interrupted;
  return error instanceof ExpectedError ? error.exitCode : exitCodes.failed;
}

/** Of a whole run: a leak wins over all; several different failures are just "failed". */
export function findRunExitCode(results: readonly BuildResult[]): ExitCode {
  const codes = new Set(results.map(({exitCode}) => exitCode).filter((code) => code !== exitCodes.done));
  for (const code of [exitCodes.leaked, exitCodes.interrupted]) if (codes.has(code)) return code;
  const [only = exitCodes.done] = codes;
  return codes.size > 1 ? exitCodes.failed : only;
}
