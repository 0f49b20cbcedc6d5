// What became of a build, in words and as an exit code. Pure.
import {
  describeError,
  exitCodes,
  ExpectedError,
  InterruptedError,
  LeakError,
  type ExitCode,
} from '../core/errors.ts';
import type {BuildStatus, Failure} from '../core/events.ts';
import type {Outcome} from '../core/steps.ts';
import type {BuildContext} from './build-context.ts';
import type {Diagnosis} from './failures.ts';
import type {BuildPlan} from './build-plan.ts';

export interface BuildResult {
  readonly plan: BuildPlan;
  readonly status: BuildStatus;
  /** Absolute path of the dist, when there is one. */
  readonly dist?: string | undefined;
  readonly durationMs: number;
  readonly durations: Readonly<Record<string, number>>;
  /** Of Maven's modules, in ms. */
  readonly moduleMs: Readonly<Record<string, number>>;
  readonly failure?: Failure | undefined;
  readonly exitCode: ExitCode;
  /** Name of the machine that was kept for a look at the failure. */
  readonly keptMachine?: string;
}

export function summarise(
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
    failure: {
      kind,
      ...(describeFetchable(context, message, outcome.status === 'cancelled') ?? {message, hint}),
      step: outcome.step,
    },
    exitCode: findExitCode(outcome.error),
  };
}

/** How to get a dist that is whole in its machine. */
function describeFetchable(
  {isFetchable, keptUntil, machine, plan}: BuildContext,
  message: string,
  isCancelled: boolean,
): Pick<Failure, 'message' | 'hint'> | undefined {
  if (isFetchable !== true || keptUntil === undefined) return undefined;
  const command = `build-spark fetch ${plan.buildId}`;
  const end = /[.!?]$/.test(message) ? '' : '.';
  return {
    message: `${message}${end}\nThe dist itself is made and not lost: its machine ${machine?.spec.id ?? ''} is kept until ${keptUntil}.`,
    hint: `${isCancelled ? 'Type' : 'Fix that, then type'}: ${command} (or, into another folder: ${command} --output <folder>)`,
  };
}

function findExitCode(error: unknown): ExitCode {
  if (error instanceof InterruptedError) return exitCodes.interrupted;
  return error instanceof ExpectedError ? error.exitCode : exitCodes.failed;
}

/** For a whole run: a leak wins over everything; several different failures are just "failed". */
export function findRunExitCode(results: readonly BuildResult[]): ExitCode {
  const codes = new Set(results.map(({exitCode}) => exitCode).filter((code) => code !== exitCodes.done));
  for (const code of [exitCodes.leaked, exitCodes.interrupted]) if (codes.has(code)) return code;
  const [only = exitCodes.done] = codes;
  return codes.size > 1 ? exitCodes.failed : only;
}
