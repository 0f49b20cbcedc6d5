// Made-up runs for tests, screenshots and the bench of the page: hosts, waits, caches, modules, failures.
import type {Event, EventBody} from '../../src/core/events.ts';

type EventOf<T extends Event['type']> = Event & {readonly type: T};

export interface RunOptions {
  readonly runId?: string;
  readonly releases?: readonly string[];
  readonly hosts?: readonly string[];
  /** Of one host. */
  readonly jobs?: number;
  readonly startMs?: number;
  /** Build ids, and what became of them instead of being built. */
  readonly ends?: Readonly<Record<string, 'failed' | 'running' | 'cancelled' | 'up-to-date' | 'skipped'>>;
  /** Of each failed build's log. */
  readonly lines?: readonly string[];
  /** Longer or shorter than usual. */
  readonly pace?: number;
}

const steps = [
  ['Prepare source', 7],
  ['Boot machine', 16],
  ['Provision', 4],
  ['Send source', 2],
  ['Set up Maven', 12],
  ['Make distribution', 480],
  ['Smoke query', 45],
  ['Fetch dist', 9],
  ['Verify and publish', 6],
  ['Keep Maven artifacts', 8],
  ['Destroy machine', 5],
] as const;

const modules = [
  ...['Parent POM', 'Launcher', 'Networking', 'Core', 'Streaming', 'Catalyst', 'SQL', 'ML Library'],
  ...['Hive', 'YARN', 'Hive Thrift Server', 'REPL', 'Assembly'],
].map((name) => `Spark Project ${name}`);

export const failureLines: readonly string[] = [
  '[INFO] Compiling 1253 Scala sources to /home/vagrant/spark/core/target/classes',
  '[ERROR] core/src/main/scala/Executor.scala:214: value <init> is not a member of Task',
  '[INFO] BUILD FAILURE',
  '[ERROR] Failed to execute goal compile (scala-compile-first) on project spark-core_2.10',
];

const variants = [
  {id: '-nodeps', features: ['thriftserver'], deps: 'provided'},
  {id: '', features: ['thriftserver'], deps: 'bundled'},
  {id: '-nodeps-R', features: ['sparkr'], deps: 'provided'},
] as const;

/** In the order of time, as a file holds them. */
export function planRun(options: RunOptions = {}): readonly Event[] {
  const {
    runId = '20261127T010000-0001',
    releases = ['cdh5.5.2', 'cdh5.7.0', 'cdh5.12.1', 'cdh5.16.2'],
    hosts = ['build1', 'build2'],
    jobs = 2,
    startMs = Date.UTC(2026, 10, 27, 1),
  } = options;
  const events: Event[] = [];
  const emit = (atMs: number, body: EventBody): void => {
    events.push({...body, at: new Date(Math.round(atMs)).toISOString(), runId});
  };
  const builds = releases.flatMap((release) =>
    variants.map((variant) => ({release, ...variant, buildId: `${release}${variant.id}`})),
  );
  emit(startMs, {
    ...{type: 'run.started', command: 'build-spark batch night.yaml', jobs, host: hosts[0]},
    builds: builds.map(({buildId}) => buildId),
  });
  const slots = hosts.flatMap((host) => Array.from({length: jobs}, () => ({host, freeMs: startMs + 400})));
  builds.forEach((build, index) => {
    const slot = slots.reduce((first, each) => (each.freeMs < first.freeMs ? each : first));
    slot.freeMs = playBuild(emit, build, index, slot, startMs, options);
  });
  const isOver = !Object.values(options.ends ?? {}).includes('running');
  const endMs = Math.max(...slots.map(({freeMs}) => freeMs));
  if (isOver)
    emit(endMs, {
      type: 'run.finished',
      exitCode: options.ends === undefined ? 0 : 1,
      durationMs: endMs - startMs,
    });
  return events.sort((a, b) => a.at.localeCompare(b.at));
}

function playBuild(
  emit: (atMs: number, body: EventBody) => void,
  {
    buildId,
    release,
    features,
    deps,
  }: {
    readonly buildId: string;
    readonly release: string;
    readonly features: readonly string[];
    readonly deps: string;
  },
  index: number,
  {host, freeMs}: {readonly host: string; readonly freeMs: number},
  runMs: number,
  {ends = {}, lines = failureLines, pace = 1}: RunOptions,
): number {
  const end = ends[buildId];
  const of = {buildId};
  emit(runMs, {
    type: 'build.planned',
    ...{
      ...of,
      release,
      tag: `${release}-release`,
      commit: (index * 7919 + 4096).toString(16).padStart(40, 'c'),
    },
    ...{
      features,
      deps,
      dependencies: 'apache',
      variant: `spark-${deps}`,
      choice: 'Apache’s releases: Cloudera’s repository does not answer.',
    },
    arguments: [
      '--mvn',
      'mvn',
      '--skip-java-test',
      '-B',
      '-Pyarn',
      '-Phive',
      '-Phive-thriftserver',
      '-DskipTests',
    ],
    patches: release > 'cdh5.1' && release < 'cdh5.2' ? ['thriftserver-5.10'] : [],
    command: `build-spark --cdh ${release.slice(3)} --with ${features.join()} --deps ${deps} --output /srv/dists`,
  });
  const dist = `/srv/dists/dist-${buildId}`;
  if (end === 'skipped' || end === 'up-to-date') {
    emit(runMs, {
      type: 'cache.asked',
      ...of,
      cache: 'dist',
      result: end === 'skipped' ? 'miss' : 'hit',
      reason: 'it is there, of the same inputs and whole',
    });
    emit(runMs, {
      type: 'build.finished',
      ...of,
      status: end,
      durationMs: 0,
      ...(end === 'skipped'
        ? {
            failure: {
              kind: 'unsupported',
              message: 'SparkR came with CDH 5.5.',
              hint: 'See: build-spark releases',
            },
          }
        : {dist}),
    });
    return freeMs;
  }
  if (index % 3 === 1) {
    emit(runMs + 500, {
      type: 'wait.started',
      ...of,
      for: `${release}-nodeps, which compiles the modules they share`,
    });
    emit(freeMs, {type: 'wait.finished', ...of, durationMs: freeMs - runMs});
  }
  emit(freeMs, {type: 'build.started', ...of, dist, host, steps: steps.map(([name]) => name)});
  emit(freeMs, {
    type: 'cache.asked',
    ...of,
    cache: 'dist',
    result: 'miss',
    reason: 'there is none in the output folder yet',
  });
  const stepMs: Record<string, number> = {};
  const moduleMs: Record<string, number> = {};
  const machine = {
    ...of,
    machine: `build-spark-${buildId}-${(index * 31 + 4096).toString(16)}`,
    provider: 'lxc',
  };
  let atMs = freeMs;
  for (const [step, seconds] of steps) {
    const isMaven = step === 'Make distribution';
    const shared = isMaven && index % 3 !== 0 ? 0.45 : 1;
    const ms = seconds * 1000 * pace * shared * (1 + ((index * 37) % 23) / 100);
    emit(atMs, {type: 'step.started', ...of, step});
    if (step === 'Boot machine') emit(atMs, {type: 'machine.created', ...machine});
    if (step === 'Provision')
      emit(atMs, {
        type: 'cache.asked',
        ...of,
        cache: 'machine',
        result: 'hit',
        reason: 'it starts from golden-5c1e, provisioned before',
      });
    if (step === 'Prepare source') {
      emit(atMs + 10, {
        type: 'cache.asked',
        ...of,
        cache: 'maven',
        result: index === 0 ? 'part' : 'hit',
        reason: '2357 files, 568 MiB',
      });
      emit(atMs + 20, {
        type: 'cache.asked',
        ...of,
        cache: 'modules',
        result: shared === 1 ? 'miss' : 'part',
        reason:
          shared === 1
            ? 'no variant of this release has been compiled here with the same words'
            : '9 of 13 modules were compiled by another variant',
      });
    }
    const isLast = isMaven && (end === 'failed' || end === 'running' || end === 'cancelled');
    const share = isLast ? 0.4 + (index % 4) / 10 : 1;
    if (isMaven) playModules(emit, {buildId, step}, atMs, ms, share, moduleMs);
    atMs += ms * share;
    if (end === 'running' && isLast) return atMs;
    stepMs[step] = Math.round(ms * share);
    const status = isLast ? (end === 'failed' ? 'failed' : 'cancelled') : 'done';
    emit(atMs, {type: 'step.finished', ...of, step, status, durationMs: Math.round(ms * share)});
    if (isLast) break;
  }
  emit(atMs, {type: 'machine.destroyed', ...machine});
  const status = end === 'failed' || end === 'cancelled' ? end : 'built';
  emit(atMs, {
    type: 'build.measured',
    ...{
      ...of,
      status,
      jobs: 2,
      stepMs,
      moduleMs,
      memoryMib: 6144,
      cpus: 2,
      peakMemoryBytes: 3.9e9 + index * 7e7,
    },
    ...(status === 'built'
      ? {smoke: {ok: true, tables: 3, 'first answer': '1.4 s'}}
      : {lines: status === 'failed' ? lines : undefined}),
  });
  emit(atMs, {
    type: 'build.finished',
    ...{...of, status, durationMs: Math.round(atMs - freeMs)},
    ...(status === 'built' ? {dist} : {failure: failureOf(status)}),
  });
  return atMs + 300;
}

function failureOf(status: 'failed' | 'cancelled'): NonNullable<EventOf<'build.finished'>['failure']> {
  if (status === 'cancelled')
    return {kind: 'interrupted', message: 'It was stopped by SIGINT.', hint: 'Type the same command again.'};
  return {
    ...{kind: 'compile', step: 'Make distribution'},
    message:
      'The source does not compile: core/src/main/scala/Executor.scala:214: value <init> is not a member of Task (1 error).',
    hint: 'Look at the patches that were applied (build-spark source), or leave out --patch.',
  };
}

/** Two at once. */
function playModules(
  emit: (atMs: number, body: EventBody) => void,
  of: {readonly buildId: string; readonly step: string},
  startMs: number,
  ms: number,
  share: number,
  moduleMs: Record<string, number>,
): void {
  const weights = modules.map((_, index) => 1 + ((index * 5) % 7));
  const unit = (ms * 2) / (weights.reduce((sum, weight) => sum + weight, 0) + 8);
  const free = [startMs, startMs];
  const running: {name: string; startMs: number; endMs: number}[] = [];
  modules.forEach((name, index) => {
    const thread = (free[0] ?? 0) <= (free[1] ?? 0) ? 0 : 1;
    const atMs = free[thread] ?? startMs;
    const long = unit * (weights[index] ?? 1);
    if (atMs > startMs + ms * share) return;
    free[thread] = atMs + long;
    running.push({name, startMs: atMs, endMs: atMs + long});
    const now = running.filter((each) => each.endMs > atMs);
    emit(atMs, {
      type: 'step.progress',
      ...of,
      message: `[${index + 1}/${modules.length}] ${now.map((each) => each.name).join(', ')}`,
      fraction: index / modules.length,
      remainingMs: Math.max(0, startMs + ms - atMs),
      modules: now.map((each) => ({name: each.name, elapsedMs: atMs - each.startMs})),
    });
    if (atMs + long <= startMs + ms * share) moduleMs[name] = Math.round(long);
  });
}
