import {describe, expect, onTestFinished, test} from 'vitest';
import {BuildError, InterruptedError, LeakError} from '../../src/core/errors.ts';
import {runSteps, type Step, type StepContext, type StepReport} from '../../src/core/steps.ts';
import {createTestClock, until} from './fixtures.ts';

interface Recording extends StepContext {
  readonly calls: string[];
  readonly reports: StepReport[];
  readonly controller: AbortController;
}

function record(): Recording {
  const controller = new AbortController();
  const reports: StepReport[] = [];
  return {
    calls: [],
    reports,
    controller,
    signal: controller.signal,
    fail: (reason) => controller.abort(reason),
    clock: createTestClock(),
    onStep: (report) => reports.push(report),
  };
}

const step = (name: string, more: Partial<Step<Recording>> = {}): Step<Recording> => ({
  name,
  run: ({calls}) => {
    calls.push(`run ${name}`);
    return Promise.resolve();
  },
  cleanup: ({calls}) => {
    calls.push(`clean ${name}`);
    return Promise.resolve();
  },
  ...more,
});

const failing = (name: string, error: Error): Step<Recording> =>
  step(name, {
    run: ({calls}) => {
      calls.push(`run ${name}`);
      return Promise.reject(error);
    },
  });

describe('runSteps', () => {
  test('runs in order and cleans up in reverse after success', async () => {
    const context = record();
    const outcome = await runSteps([step('a'), step('b'), step('c')], context);
    expect(outcome).toEqual({status: 'done', leaks: []});
    expect(context.calls).toEqual(['run a', 'run b', 'run c', 'clean c', 'clean b', 'clean a']);
  });

  test('a failing step ends the run, is cleaned up itself, and its own error is the one reported', async () => {
    const context = record();
    const error = new BuildError('no', 'hint');
    const outcome = await runSteps([step('a'), failing('b', error), step('c')], context);
    expect(outcome).toEqual({status: 'failed', step: 'b', error, leaks: []});
    expect(context.calls).toEqual(['run a', 'run b', 'clean b', 'clean a']);
  });

  test('a cleanup that throws is a leak of its step, hides no error and stops no other cleanup', async () => {
    const context = record();
    const [error, leak] = [new Error('compile'), new LeakError('still there', 'reap')];
    const outcome = await runSteps(
      [step('a'), step('b', {cleanup: () => Promise.reject(leak)}), failing('c', error)],
      context,
    );
    expect(outcome).toEqual({status: 'failed', step: 'c', error, leaks: [{step: 'b', error: leak}]});
    expect(context.calls.at(-1)).toBe('clean a');
  });

  test('even a cleanup that throws nothing at all counts as a leak', async () => {
    const cleanup = async (): Promise<void> => {
      await Promise.resolve();
      throw undefined as unknown as Error;
    };
    const {leaks} = await runSteps([step('a', {cleanup})], record());
    expect(leaks).toHaveLength(1);
  });

  test.each([
    {reason: new InterruptedError('SIGINT'), status: 'cancelled'},
    {reason: new BuildError('The build took longer than 3 minutes.', ''), status: 'failed'},
  ])(
    '$reason.name as the reason of the abort makes the run $status, and is its error',
    async ({reason, status}) => {
      const context = record();
      const waits = step('waits', {
        run: ({signal, controller}) => {
          controller.abort(reason);
          return new Promise((_resolve, reject) => {
            if (signal.aborted) reject(new Error('ssh was cut'));
          });
        },
      });
      const outcome = await runSteps([waits, step('later')], context);
      expect(outcome).toEqual({status, step: 'waits', error: reason, leaks: []});
      expect(context.reports.at(-1)).toMatchObject({step: 'waits', status});
      expect(context.calls).toEqual(['clean waits']);
    },
  );

  test('an abort between two steps: the next one neither runs nor is cleaned up', async () => {
    const context = record();
    const reason = new InterruptedError('SIGTERM');
    const last = step('a', {
      run: ({controller}) => {
        controller.abort(reason);
        return Promise.resolve();
      },
    });
    const outcome = await runSteps([last, step('b')], context);
    expect(outcome).toMatchObject({status: 'cancelled', step: 'b', error: reason});
    expect(context.calls).toEqual(['clean a']);
  });

  test('cleanups get a signal which the abort of the run has not touched', async () => {
    const context = record();
    let wasAborted: boolean | undefined;
    const a = step('a', {
      run: ({controller}) => {
        controller.abort(new InterruptedError('SIGINT'));
        return Promise.resolve();
      },
      cleanup: (_context, signal) => {
        wasAborted = signal.aborted;
        return Promise.resolve();
      },
    });
    await runSteps([a], context);
    expect(wasAborted).toBe(false);
  });

  test('a cleanup that hangs is given up after its deadline, its signal is aborted, and the others run', async () => {
    const context = record();
    let signalOfB: AbortSignal | undefined;
    const b = step('b', {
      cleanupName: 'Destroy b',
      cleanup: (_context, signal) => {
        signalOfB = signal;
        return new Promise(() => undefined);
      },
    });
    const outcome = await runSteps([step('a'), b], context, {cleanupTimeoutMs: 30});
    expect(outcome.leaks).toMatchObject([
      {step: 'b', error: {message: expect.stringContaining('Destroy b')}},
    ]);
    expect(signalOfB?.aborted).toBe(true);
    expect(context.calls).toEqual(['run a', 'run b', 'clean a']);
    expect(context.reports).toContainEqual(
      expect.objectContaining({type: 'finished', step: 'Destroy b', status: 'failed'}),
    );
  });

  const hanging = (name: string, more: Partial<Step<Recording>> = {}): Step<Recording> =>
    step(name, {
      run: ({calls}) => {
        calls.push(`run ${name}`);
        return new Promise(() => undefined);
      },
      ...more,
    });

  test('a step that hangs and hears no abort is left alone, and the cleanups run', async () => {
    const context = record();
    const reason = new InterruptedError('SIGINT');
    const running = runSteps([step('a'), hanging('b'), step('c')], context, {graceMs: 1});
    await until(() => context.calls.includes('run b'));
    context.controller.abort(reason);
    expect(await running).toEqual({status: 'cancelled', step: 'b', error: reason, leaks: []});
    expect(context.calls).toEqual(['run a', 'run b', 'clean b', 'clean a']);
  });

  test('a step that settles soon after the abort is waited for: nothing is cleaned up under it', async () => {
    const context = record();
    const slow = step('a', {
      run: async ({calls, controller}) => {
        controller.abort(new InterruptedError('SIGINT'));
        await new Promise((resolve) => setTimeout(resolve, 30));
        calls.push('settled');
        throw new Error('my own error');
      },
    });
    await runSteps([slow], context, {graceMs: 20_000});
    expect(context.calls).toEqual(['settled', 'clean a']);
  });

  test('a step that was left alone may throw what it likes', async () => {
    const context = record();
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    onTestFinished(() => void process.off('unhandledRejection', note));
    let throwLate: (error: Error) => void = () => undefined;
    const late = step('a', {
      run: ({controller}) => {
        controller.abort(new InterruptedError('SIGINT'));
        return new Promise((_resolve, reject) => (throwLate = reject));
      },
    });
    await runSteps([late], context, {graceMs: 1});
    throwLate(new Error('too late'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(unhandled).toEqual([]);
  });

  test('a step may have a time limit of its own: it aborts the run, and is its error', async () => {
    const context = record();
    const outcome = await runSteps([step('a'), hanging('b', {timeoutMs: 5})], context, {graceMs: 1});
    expect(outcome).toMatchObject({status: 'failed', step: 'b', error: {name: 'StepTimeoutError'}});
    expect(context.signal.aborted).toBe(true);
    expect(context.calls).toEqual(['run a', 'run b', 'clean b', 'clean a']);
  });

  test('reports each step, and of the cleanups only those with a name', async () => {
    const context = record();
    await runSteps([step('a', {cleanupName: 'Undo a'}), step('b')], context);
    expect(context.reports.map(({type, step: name}) => `${type} ${name}`)).toEqual([
      'started a',
      'finished a',
      'started b',
      'finished b',
      'started Undo a',
      'finished Undo a',
    ]);
  });
});
