// The limits that an operator sets for the cache. Pure.
import type {PruneLimits} from './prune.ts';

export interface LimitOptions {
  readonly keepDays?: number | undefined;
  /** Bytes. */
  readonly maxSize?: number;
}

export function planLimits({keepDays, maxSize}: LimitOptions): PruneLimits {
  return {
    keepDays,
    maxBytes: maxSize,
  };
}
