// What the tests of src/core/ and their neighbours share: a clock that never waits, a folder that goes away, an Exec that knows its commands.
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {onTestFinished} from 'vitest';
import type {Clock} from '../../src/core/clock.ts';
import {createExec, type Argv, type CommandResult, type Exec} from '../../src/core/exec.ts';

export const realExec = createExec(process.env);

export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'build-spark-test-'));
  onTestFinished(() => rm(folder, {recursive: true, force: true}));
  return folder;
}

/** Sleeping moves the time on and gives others a turn; nobody waits. */
export function createTestClock(start = Date.parse('2026-11-22T20:00:00Z')): Clock {
  let elapsedMs = 0;
  return {
    now: () => new Date(start + elapsedMs),
    monotonicMs: () => elapsedMs,
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      elapsedMs += milliseconds;
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    },
  };
}

export interface FakeExec {
  readonly exec: Exec;
  /** Command lines in the order in which they ran, words joined by blanks. */
  readonly calls: string[];
}

type Answer = Partial<CommandResult> | Error;

/** @param answers By the whole command line; a list is used up one by one. A command without an answer throws. */
export function createFakeExec(answers: Readonly<Record<string, Answer | readonly Answer[]>>): FakeExec {
  const calls: string[] = [];
  const used = new Map<string, number>();
  const exec = (argv: Argv): Promise<CommandResult> => {
    const line = argv.join(' ');
    calls.push(line);
    const known = answers[line];
    if (known === undefined) return Promise.reject(new Error(`Unexpected command: ${line}`));
    const list: readonly Answer[] = Array.isArray(known) ? (known as readonly Answer[]) : [known as Answer];
    const count = used.get(line) ?? 0;
    used.set(line, count + 1);
    const answer = list[Math.min(count, list.length - 1)] ?? {};
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve({exitCode: 0, stdout: '', stderr: '', ...answer});
  };
  return {exec, calls};
}

/** Waits until something holds; for what another process does. Fails by the test's own time limit. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
