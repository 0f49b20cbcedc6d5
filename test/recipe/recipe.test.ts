import {describe, expect, test} from 'vitest';
import type {BuildContext} from '../../src/recipe/build-context.ts';
import {planBuild} from '../../src/recipe/build-plan.ts';
import {planSteps, renderMachineId} from '../../src/recipe/recipe.ts';
import {parseRequest} from '../../src/recipe/build-request.ts';
import {InterruptedError, LeakError} from '../../src/core/errors.ts';
import type {EventBody} from '../../src/core/events.ts';
import {runSteps, type Step} from '../../src/core/steps.ts';
import type {JournalEntry} from '../../src/machine/journal.ts';
import type {Machine, MachineSpec} from '../../src/machine/machine.ts';
import {createTestClock} from '../core/fixtures.ts';
import {alive} from '../machine/fixtures.ts';
import {facts} from './facts.ts';

const plan = planBuild(facts, parseRequest({cdh: ['5.7.0'], output: '/out'}), 'none');
const machineChoice = {provider: 'fake', box: {name: 'fake'}, memoryMib: 2048, cpus: 1};

const find = (name: string): Step<BuildContext> => {
  const step = planSteps({plan}).find((each) => each.name === name);
  if (step === undefined) throw new Error(`No step ${name}`);
  return step;
};
const boot = find('Boot machine');

interface Recording {
  readonly calls: string[];
  readonly events: EventBody[];
  readonly entries: Map<string, JournalEntry>;
  readonly controller: AbortController;
  readonly context: BuildContext;
}

function record(
  up: (attempt: number) => Promise<void> = () => Promise.resolve(),
  destroy: () => Promise<void> = () => Promise.resolve(),
): Recording {
  const calls: string[] = [];
  const events: EventBody[] = [];
  const entries = new Map<string, JournalEntry>();
  const controller = new AbortController();
  let attempts = 0;
  const createMachine = (spec: MachineSpec): Machine =>
    ({
      spec,
      up: () => {
        calls.push('up');
        return up(++attempts);
      },
      destroy: () => {
        calls.push('destroy');
        return destroy();
      },
    }) as unknown as Machine;
  const tools = {
    createMachine,
    newSuffix: () => `00000${attempts}`,
    emit: (event: EventBody) => {
      if (event.type !== 'log.line') events.push(event);
    },
    owner: alive,
    paths: {machines: '/machines'},
    journal: {
      write: (entry: JournalEntry) => {
        calls.push(entry.keepUntil === undefined ? 'journal.open' : 'journal.keep');
        entries.set(entry.id, entry);
        return Promise.resolve();
      },
      close: (id: string) => {
        calls.push('journal.close');
        entries.delete(id);
        return Promise.resolve();
      },
      read: (id: string) => Promise.resolve(entries.get(id)),
    },
  };
  const context = {
    plan,
    machineChoice,
    tools,
    provision: {},
    memoryMib: 2048,
    estimates: {},
    moduleMs: {},
    signal: controller.signal,
    clock: createTestClock(),
    onStep: () => undefined,
  } as unknown as BuildContext;
  return {calls, events, entries, controller, context};
}

const failing = (name: string, error = new Error('no')): Step<BuildContext> => ({
  name,
  run: () => Promise.reject(error),
});

describe('the machine of a build', () => {
  test('a failing step still destroys it, and its own error is the one reported', async () => {
    const {calls, context, events} = record();
    const outcome = await runSteps([boot, failing('Compile Spark')], context);
    expect(outcome).toMatchObject({status: 'failed', step: 'Compile Spark', leaks: []});
    expect(calls).toEqual(['journal.open', 'up', 'destroy', 'journal.close']);
    expect(events.map(({type}) => type)).toEqual(['machine.created', 'machine.destroyed']);
  });

  test('a boot that fails is tried once more, on a new machine, after the first is gone', async () => {
    const {calls, context, events} = record((attempt) =>
      attempt === 1 ? Promise.reject(new Error('no boot')) : Promise.resolve(),
    );
    expect(await runSteps([boot], context)).toMatchObject({status: 'done', leaks: []});
    expect(calls).toEqual([
      'journal.open',
      'up',
      'destroy',
      'journal.close',
      'journal.open',
      'up',
      'destroy',
      'journal.close',
    ]);
    const created = events.flatMap((event) => (event.type === 'machine.created' ? [event.machine] : []));
    expect(new Set(created).size).toBe(2);
  });

  test('not a third time', async () => {
    const {calls, context} = record(() => Promise.reject(new Error('no boot')));
    expect(await runSteps([boot], context)).toMatchObject({
      status: 'failed',
      error: {message: 'no boot'},
      leaks: [],
    });
    expect(calls.filter((call) => call === 'up')).toHaveLength(2);
    expect(calls.at(-1)).toBe('journal.close');
  });

  test('an interrupted boot is not tried again', async () => {
    const {calls, context, controller} = record(() => {
      controller.abort(new InterruptedError('SIGINT'));
      return Promise.reject(new Error('vagrant was stopped'));
    });
    expect(await runSteps([boot], context)).toMatchObject({status: 'cancelled', leaks: []});
    expect(calls).toEqual(['journal.open', 'up', 'destroy', 'journal.close']);
  });

  test('one that cannot be destroyed is a leak and stays in the journal', async () => {
    const {context, entries, events} = record(undefined, () =>
      Promise.reject(new LeakError('still listed', 'reap')),
    );
    const outcome = await runSteps([boot, failing('Compile')], context);
    expect(outcome).toMatchObject({step: 'Compile', leaks: [{step: 'Boot machine'}]});
    expect([...entries.keys()]).toEqual([context.machine?.spec.id]);
    expect(events.map(({type}) => type)).not.toContain('machine.destroyed');
  });

  test('the journal knows it, its owner and its folder, before it exists', async () => {
    const {context, entries} = record(() => {
      const [entry] = entries.values();
      expect(entry).toMatchObject({
        buildId: 'cdh5.7.0-nodeps',
        provider: 'fake',
        owner: alive,
        createdAt: '2026-11-22T20:00:00.000Z',
      });
      expect(entry?.directory).toBe(`/machines/${entry?.id}`);
      return Promise.resolve();
    });
    expect(await runSteps([boot], context)).toMatchObject({status: 'done'});
  });

  test('a kept one is not destroyed: the journal says until when it may stay', async () => {
    const {calls, context, entries} = record();
    context.isKept = true;
    await runSteps([boot, failing('Compile')], context);
    expect(calls).toEqual(['journal.open', 'up', 'journal.keep']);
    expect([...entries.values()]).toMatchObject([{keepUntil: '2026-11-22T22:00:00.000Z'}]);
  });

  test('one that cannot be recorded as kept is destroyed: nobody would do it in time', async () => {
    const {calls, context} = record();
    context.isKept = true;
    const {journal} = context.tools;
    const write = journal.write.bind(journal);
    Object.assign(journal, {
      write: (entry: JournalEntry) =>
        entry.keepUntil === undefined ? write(entry) : Promise.reject(new Error('no space left')),
    });
    expect(await runSteps([boot, failing('Compile')], context)).toMatchObject({step: 'Compile', leaks: []});
    expect(calls).toEqual(['journal.open', 'up', 'destroy', 'journal.close']);
    expect(context.isKept).not.toBe(true);
  });
});

test('the steps in their order, the smoke query only where it was asked for', () => {
  const names = (smoke: boolean): readonly string[] =>
    planSteps({plan: {...plan, smoke}}).map(({name}) => name);
  expect(names(false)).toEqual([
    'Prepare source',
    'Boot machine',
    'Provision',
    'Send source',
    'Set up Maven',
    'Make distribution',
    'Fetch dist',
    'Verify and publish',
    'Keep Maven artifacts',
  ]);
  expect(names(true).filter((name) => !names(false).includes(name))).toEqual(['Smoke query']);
});

test.each([
  ['cdh5.7.0-nodeps', 'build-spark-cdh5.7.0-nodeps-0a1b2c'],
  ['cdh5.7.0-nodeps-sql-R-My_Label', 'build-spark-cdh5.7.0-nodeps-sql-r-my-label-0a1b2c'],
  [`x${'y'.repeat(300)}`, `build-spark-x${'y'.repeat(39)}-0a1b2c`],
  [`${'a'.repeat(39)}--b`, `build-spark-${'a'.repeat(39)}-0a1b2c`],
])('%s is a machine called %s', (buildId, id) => {
  expect(renderMachineId(buildId, '0a1b2c')).toBe(id);
  expect(id).toMatch(/^build-spark-[a-z0-9.-]{1,48}$/);
});
