// Owns the time of day and waiting. Everything that needs them takes a Clock, so tests need not wait.
import {hrtime} from 'node:process';

export interface Clock {
  now(): Date;
  /** Milliseconds from a fixed point that never jumps; for durations. */
  monotonicMs(): number;
  /** Rejects with an AbortError as soon as the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => Number(hrtime.bigint()) / 1e6, // `performance` loads fifteen modules of Node's.
  sleep: async (milliseconds, signal) => {
    const {setTimeout: delay} = await import('node:timers/promises');
    await delay(milliseconds, undefined, signal === undefined ? {} : {signal});
  },
};
