// What an interruption while dists are sent means for the run.
import {expect, test} from 'vitest';
import {publishDists} from '../../src/batch/publish-dists.ts';
import type {Report} from '../../src/batch/report.ts';
import type {Session} from '../../src/batch/session.ts';
import {systemClock} from '../../src/core/clock.ts';
import {exitCodes, InterruptedError} from '../../src/core/errors.ts';

test('Ctrl-C ends it with its own code, and says nothing of the dists that were still to come', async () => {
  const lines: unknown[] = [];
  const interrupted = new InterruptedError('SIGINT');
  const session = {
    exec: () => Promise.reject(interrupted),
    clock: systemClock,
    terminal: {signal: AbortSignal.abort(interrupted)},
  } as unknown as Session;
  const dists = new Map([
    ['a', '/dists/dist-a'],
    ['b', '/dists/dist-b'],
  ]);
  const report = {emit: (event: unknown) => lines.push(event)} as unknown as Report;
  const wish = {publish: 'user@host:/srv', force: false};
  expect(await publishDists(session, dists, wish, report)).toBe(exitCodes.interrupted);
  expect(lines).toEqual([]);
});
