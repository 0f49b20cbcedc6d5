// Reads a build's log, also as it grows. Knows no terminal.
import {stat} from 'node:fs/promises';
import type {Clock} from '../core/clock.ts';
import {UsageError} from '../core/errors.ts';
import {openRegular} from '../core/regular-file.ts';
import {readNames} from '../core/presence.ts';
import {planLogFile} from './log-file.ts';

/** @throws UsageError when there is no log of this build; it names those that there are. */
export async function findLog(folder: string, buildId: string): Promise<string> {
  const known = await readNames(folder);
  if (!known.includes(buildId)) {
    throw new UsageError(
      `There is no log of a build ${buildId}.`,
      known.length === 0
        ? 'Nothing was built here in the last 30 days.'
        : `There are logs of: ${known.join(', ')}`,
    );
  }
  return planLogFile(folder, buildId);
}

export interface FollowOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Whether more may come; asked before each look. */
  readonly isRunning: () => Promise<boolean>;
  readonly write: (bytes: Buffer) => Promise<void>;
}

/** Gives all that is there, then what comes until the build is over or the signal is given. A log begun anew is read anew. */
export async function followLog(file: string, options: FollowOptions): Promise<void> {
  const {clock, signal, isRunning, write} = options;
  let position = await readLog(file, write);
  for (;;) {
    const goesOn = await isRunning();
    await clock.sleep(300, signal).catch(() => undefined);
    const {size} = await stat(file).catch(() => ({size: 0}));
    position = await readLog(file, write, size < position ? 0 : position);
    if (signal.aborted || !goesOn) return;
  }
}

/** @returns Where the next call goes on. */
export async function readLog(file: string, write: FollowOptions['write'], start = 0): Promise<number> {
  let position = start;
  const handle = await openRegular(file);
  for await (const chunk of handle.createReadStream({start})) {
    const bytes = chunk as Buffer;
    position += bytes.length;
    await write(bytes);
  }
  return position;
}
