// Gives up waiting for work that does not notice an abort: a read of a pipe without a writer, a library that hangs.
// Knows nothing of what the work is.
import {asError} from './errors.ts';

/** How long what is aborted may take to end by itself, so that its own error wins and nothing is cleaned under it. */
export const settleMs = 10_000;

/**
 * The work's own end; or, once the signal was aborted and the grace is over, the reason of the abort. What the work
 * throws after that is dropped.
 * @param work Begun already, and told of the signal itself where it can be stopped.
 */
export async function orStopped<T>(work: Promise<T>, signal: AbortSignal, graceMs = settleMs): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      timer = setTimeout(() => reject(asError(signal.reason)), graceMs);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, {once: true});
  });
  try {
    return await Promise.race([work, stopped]); // The race listens to both: neither is ever "unhandled".
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}
