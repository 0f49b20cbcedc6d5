// Events for tests of reporters: one of each type, and a whole build.
import type {Event, EventBody} from '../../src/core/events.ts';

/** @param seconds After 2026-11-22T20:00:00Z. */
export function at(seconds: number, body: EventBody): Event {
  const time = new Date(Date.UTC(2026, 10, 22, 20, 0, 0) + seconds * 1000).toISOString();
  return {...body, at: time, runId: 'run-1'};
}

const buildId = 'cdh5.7.0-1';
const machine = 'build-spark-cdh5.7.0-1';

/** A type that is missing here does not compile. */
export const oneOfEach: {readonly [T in Event['type']]: Event & {readonly type: T}} = {
  'run.started': at(0, {type: 'run.started', command: 'build', builds: [buildId]}) as never,
  'run.progress': at(0, {
    type: 'run.progress',
    total: 2,
    finished: 0,
    running: 1,
    remainingMs: 60_000,
  }) as never,
  'build.started': at(0, {
    type: 'build.started',
    buildId,
    dist: '/tmp/out/dist-cdh5.7.0-nodeps',
    steps: ['Boot machine', 'Make distribution'],
  }) as never,
  'step.started': at(1, {type: 'step.started', buildId, step: 'Make distribution'}) as never,
  'step.progress': at(2, {
    type: 'step.progress',
    buildId,
    step: 'Make distribution',
    message: '[7/25] Spark Project SQL',
    fraction: 0.4,
    remainingMs: 200_000,
  }) as never,
  'log.line': at(3, {
    type: 'log.line',
    buildId,
    step: 'Make distribution',
    level: 'info',
    line: '[INFO] BUILD SUCCESS',
  }) as never,
  'step.finished': at(4, {
    type: 'step.finished',
    buildId,
    step: 'Make distribution',
    status: 'failed',
    durationMs: 3_000,
  }) as never,
  'build.finished': at(5, {
    type: 'build.finished',
    buildId,
    status: 'failed',
    durationMs: 5_000,
    failure: {
      kind: 'disk-full',
      message: 'No space left on device.',
      hint: 'Free some.',
      step: 'Make distribution',
    },
  }) as never,
  'machine.created': at(1, {type: 'machine.created', buildId, machine, provider: 'lxc'}) as never,
  'machine.destroyed': at(4, {type: 'machine.destroyed', buildId, machine, provider: 'lxc'}) as never,
  'machine.leaked': at(4, {
    type: 'machine.leaked',
    buildId,
    machine,
    provider: 'lxc',
    message: 'lxc still lists it.',
  }) as never,
  'build.planned': at(0, {
    type: 'build.planned',
    ...{buildId, release: 'cdh5.7.0', tag: 'cdh5.7.0-release', commit: 'a'.repeat(40)},
    ...{features: ['thriftserver'], deps: 'provided', dependencies: 'apache', variant: 'spark-provided'},
    ...{arguments: ['-Pyarn'], patches: [], command: 'build-spark --cdh 5.7.0'},
  }) as never,
  'wait.started': at(0, {type: 'wait.started', buildId, for: 'another build'}) as never,
  'wait.finished': at(1, {type: 'wait.finished', buildId, durationMs: 1_000}) as never,
  'cache.asked': at(1, {
    type: 'cache.asked',
    ...{buildId, cache: 'maven', result: 'miss', reason: 'there is none'},
  }) as never,
  'build.measured': at(5, {
    type: 'build.measured',
    ...{buildId, status: 'failed', jobs: 1, stepMs: {'Boot machine': 23_000}, moduleMs: {}},
    lines: ['[ERROR] No space left on device'],
  }) as never,
  'run.finished': at(6, {type: 'run.finished', exitCode: 1, durationMs: 6_000}) as never,
};

/** One green build of two steps, as a recipe would emit it. */
export function planGreenBuild(id = buildId): readonly Event[] {
  const vm = `build-spark-${id}`;
  const of = {buildId: id};
  const make = {...of, step: 'Make distribution'};
  return [
    at(0, {
      ...of,
      type: 'build.started',
      dist: `/out/dist-${id}`,
      steps: ['Boot machine', 'Make distribution'],
    }),
    at(1, {...of, type: 'step.started', step: 'Boot machine'}),
    at(1, {...of, type: 'machine.created', machine: vm, provider: 'lxc'}),
    at(5, {...of, type: 'log.line', step: 'Boot machine', level: 'info', line: '==> default: Booting'}),
    at(24, {...of, type: 'step.finished', step: 'Boot machine', status: 'done', durationMs: 23_000}),
    at(24, {...make, type: 'step.started'}),
    at(30, {...make, type: 'step.progress', message: '[1/2] Spark Project Core'}),
    at(31, {...make, type: 'step.progress', message: '[1/2] Spark Project Core, 12 files downloaded'}),
    at(60, {...make, type: 'step.progress', message: '[1/2] Spark Project Core, 40 files downloaded'}),
    at(61, {...make, type: 'step.progress', message: '[2/2] Spark Project SQL', remainingMs: 130_000}),
    at(300, {...make, type: 'step.finished', status: 'done', durationMs: 276_000}),
    at(300, {...of, type: 'step.started', step: 'Destroy machine'}),
    at(305, {...of, type: 'machine.destroyed', machine: vm, provider: 'lxc'}),
    at(305, {...of, type: 'step.finished', step: 'Destroy machine', status: 'done', durationMs: 5_000}),
    at(306, {...of, type: 'build.finished', status: 'built', dist: `/out/dist-${id}`, durationMs: 306_000}),
  ];
}
