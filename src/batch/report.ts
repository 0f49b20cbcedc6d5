// What a run tells while it goes, as an interface: who shows and keeps it is chosen by whoever starts the run.
import type {Emit, Subscriber} from '../core/events.ts';
import type {BuildPlan} from '../recipe/build-plan.ts';
import type {Preflight} from './preflight.ts';

export interface Report {
  readonly runId: string;
  readonly emit: Emit;
  /** The redacted output of one build, line by line. */
  readonly onLogLine: (buildId: string) => (listener: (line: string) => void) => () => void;
  /** For whoever emits many lines. */
  readonly whenDrained: () => Promise<void> | undefined;
  /** After `run.finished`. @throws HostError when the file of `--junit` cannot be written. */
  readonly printSummary: () => Promise<void>;
  readonly close: () => void;
}

/** What is said of a run besides what happens in it. */
export type Reported = Pick<Preflight, 'choices' | 'secrets'> & {
  /** Of a run that is gone on with; a new one where it is left out. */
  readonly runId?: string | undefined;
  /** Whether there is something to wait for, where no build is known yet. */
  readonly isLong?: boolean | undefined;
  /** Told of the events too. */
  readonly subscribers?: readonly Subscriber[] | undefined;
  readonly builds: readonly {readonly plan: BuildPlan}[];
  readonly upToDate: readonly {readonly plan: BuildPlan}[];
};
