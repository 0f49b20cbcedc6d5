// Owns the time of day and waiting. Everything that needs them takes a Clock, so tests need not wait.
import {setTimeout as delay} from 'node:timers/promises';

export interface Clock {
  now(): Date;
  /** Milliseconds from a fixed point that never jumps; for durations. */
  monotonicMs(): number;
  /** Rejects with an AbortError as soon as the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep: async (milliseconds, signal) => {
    await delay(milliseconds, undefined, signal === undefined ? {} : {signal});
  },
};
