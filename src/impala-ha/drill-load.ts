// Queries without pause through some ports of the proxy, and what became of each. Knows nothing of who is stopped.
import type {Clock} from '../core/clock.ts';
import {describeFailure, type Ask} from './queries.ts';

export interface Sample {
  readonly frontend: string;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly error?: string | undefined;
}

export interface Load {
  readonly samples: readonly Sample[];
  /** Lets queries that run end. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly clients: number;
  /** Between two queries of one client. */
  readonly pauseMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The type checker does not see that waiting lets a signal change. */
const isOver = (signal: AbortSignal): boolean => signal.aborted;

/** @param ask One query, on a connection of its own, by frontend. */
export function startLoad(
  asks: ReadonlyMap<string, Ask>,
  {clients, pauseMs, clock, signal}: LoadOptions,
): Load {
  const samples: Sample[] = [];
  const ended = new AbortController();
  const work = async (frontend: string, ask: Ask): Promise<void> => {
    while (!ended.signal.aborted && !signal.aborted) {
      const startedMs = clock.monotonicMs();
      try {
        await ask(signal);
        samples.push({frontend, startedMs, endedMs: clock.monotonicMs()});
      } catch (error) {
        if (isOver(signal)) return;
        samples.push({frontend, startedMs, endedMs: clock.monotonicMs(), error: describeFailure(error)});
      }
      await clock.sleep(pauseMs, AbortSignal.any([ended.signal, signal])).catch(() => undefined);
    }
  };
  const workers = [...asks].flatMap(([frontend, ask]) =>
    Array.from({length: clients}, () => work(frontend, ask)),
  );
  return {
    samples,
    stop: async () => {
      ended.abort();
      await Promise.all(workers);
    },
  };
}
