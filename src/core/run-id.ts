// What a run is called in its events.
import {randomBytes} from 'node:crypto';

/** Short and in the order of time: `20261122T201500-3f9a`. */
export function createRunId(now: Date): string {
  return `${now.toISOString().replaceAll(/[-:]|\..*/g, '')}-${randomBytes(2).toString('hex')}`;
}
