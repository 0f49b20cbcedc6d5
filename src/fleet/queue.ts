// The only door to BullMQ: which queues there are, and how long what lasts. Knows nothing of what a job is for.
import {
  DelayedError,
  Queue,
  QueueEvents,
  QueueEventsProducer,
  UnrecoverableError,
  WaitingError,
  Worker,
  type BackendFactory,
  type Job,
} from 'bullmq';
import {describeError} from '../core/errors.ts';
import type {Environment} from '../core/terminal.ts';
import type {HostRecord, RunRecord} from './records.ts';
import {openRedis, type QueueAddress, type Redis} from './queue-address.ts';
import type {Pool} from './queue-postgres.ts';

export {DelayedError, UnrecoverableError, WaitingError};
export type {Job};

/** In braces, so that all keys lie in one slot of a cluster. */
export const keyPrefix = '{build-spark}';
const names = {jobs: 'builds', runs: 'runs', hosts: 'hosts'} as const;

/** Priorities: a lower number is taken first. */
export const priorities = {single: 1, batch: 10} as const;

const daySeconds = 86_400;
/** How long what is over is remembered. */
export const keepSeconds = 7 * daySeconds;
/** Entries of the stream of events; Redis cuts it about there. */
export const streamLength = 10_000;

interface Timings {
  /** A worker that says nothing for so long has lost its job. */
  readonly lockMs: number;
  readonly renewMs: number;
  /** How often workers look for jobs whose lock ran out. */
  readonly stalledMs: number;
  /** So often a job may lose its worker; once more, and it has failed. */
  readonly maxStalledCount: number;
  /** Until a job that was given back is offered again. */
  readonly giveBackMs: number;
  /** How often a worker looks for dists that nobody has fetched in time. */
  readonly sweepMs: number;
  /** How often a coordinator asks for what an event may have failed to tell. */
  readonly askMs: number;
}

/** Makes all times shorter, for tests: `0.02` is a lock of 1.2 s. */
const paceVariable = 'BUILD_SPARK_QUEUE_PACE';

export function planTimings(env: Environment): Timings {
  const pace = Number(env[paceVariable] ?? '1');
  return {
    lockMs: 60_000 * pace,
    renewMs: 15_000 * pace,
    stalledMs: 15_000 * pace,
    maxStalledCount: 5,
    giveBackMs: 15_000 * pace,
    sweepMs: daySeconds * 1_000 * pace,
    askMs: 30_000 * pace,
  };
}

type Fields = Readonly<Record<string, string>>;

export interface EventStream {
  /** BullMQ's events of jobs, and our own. */
  readonly on: (name: string, listener: (fields: Fields, id: string) => void) => void;
  readonly close: () => Promise<void>;
}

export interface FleetQueue {
  readonly address: QueueAddress;
  readonly timings: Timings;
  readonly jobs: Queue;
  readonly runs: Queue<RunRecord>;
  readonly hosts: Queue<HostRecord>;
  /** Puts an event of our own into the stream of the jobs. */
  readonly tell: (eventName: string, fields: Readonly<Record<string, string>>) => Promise<void>;
  /** @param lastId Goes on after this event; from now on where it is left out. The caller closes it. */
  readonly listen: (lastId?: string) => Promise<EventStream>;
  /** Begins when it is told to run. The caller closes it. */
  readonly work: (
    name: string,
    concurrency: number,
    process: (job: Job, token: string, signal: AbortSignal) => Promise<unknown>,
  ) => Worker;
  /** Where in the stream of events is now, for `listen`. */
  readonly readPosition: () => Promise<string | undefined>;
  /** Names of the workers that are connected. */
  readonly listWorkers: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}

/** @param onTrouble Told when the server goes away, and when it is back. @throws HostError when it is not there. */
export async function openQueue(
  address: QueueAddress,
  env: Environment,
  onTrouble: (line: string) => void,
): Promise<FleetQueue> {
  const timings = planTimings(env);
  const server = await openServer(address, onTrouble);
  // BullMQ's overloads are for one kind of server or the other; what is used of it here is the same for both.
  const common = {connection: server.connection as Redis, prefix: keyPrefix};
  const backend = server.backend as undefined;
  const quiet = <T extends {on(event: 'error', listener: (error: Error) => void): unknown}>(one: T): T => {
    one.on('error', () => undefined); // Without a listener Node ends the process; the connection itself says what is wrong.
    return one;
  };
  const keep = {age: keepSeconds};
  const defaultJobOptions = {removeOnComplete: keep, removeOnFail: keep, attempts: 1};
  const streams = {events: {maxLen: streamLength}};
  const few = {events: {maxLen: 100}};
  const jobs = quiet(new Queue(names.jobs, {...common, defaultJobOptions, streams}, backend));
  const runs = quiet(new Queue<RunRecord>(names.runs, {...common, streams: few}, backend));
  const hosts = quiet(new Queue<HostRecord>(names.hosts, {...common, streams: few}, backend));
  const producer = quiet(new QueueEventsProducer(names.jobs, common, backend));
  return {
    ...{address, timings, jobs, runs, hosts},
    tell: (eventName, fields) => producer.publishEvent({eventName, ...fields}, streamLength),
    listen: async (lastId) => {
      const events = quiet(
        new QueueEvents(
          names.jobs,
          {...common, ...(lastId === undefined ? {} : {lastEventId: lastId})},
          backend,
        ),
      );
      await events.waitUntilReady();
      // Its types know BullMQ's own events alone.
      const emitter = events as unknown as {readonly on: EventStream['on']};
      return {
        on: (name, listener) => emitter.on(name, listener),
        close: () => events.close(),
      };
    },
    work: (name, concurrency, process) =>
      quiet(
        new Worker(
          names.jobs,
          (job, token, signal) => process(job, token ?? '', signal ?? new AbortController().signal), // It counts the parameters.
          {
            ...common,
            ...{name, concurrency, autorun: false},
            lockDuration: timings.lockMs,
            lockRenewTime: timings.renewMs,
            stalledInterval: timings.stalledMs,
            maxStalledCount: timings.maxStalledCount,
            runRetryDelay: Math.min(15_000, timings.stalledMs),
            removeOnComplete: keep,
            removeOnFail: keep,
          },
          backend,
        ),
      ),
    readPosition: server.readPosition,
    listWorkers: async () =>
      (await jobs.getWorkers()).map(({rawname = ''}) =>
        rawname.slice(rawname.lastIndexOf(':w:') + ':w:'.length),
      ),
    close: async () => {
      await Promise.all([jobs, runs, hosts, producer].map((one) => one.close().catch(() => undefined)));
      await server.close();
    },
  };
}

interface Server {
  readonly connection: Redis | Pool;
  /** BullMQ's own for Redis, where it is left out. */
  readonly backend: BackendFactory | undefined;
  /** Where in the stream of events is now; undefined: only who listens knows. */
  readonly readPosition: () => Promise<string | undefined>;
  readonly close: () => Promise<void>;
}

async function openServer(address: QueueAddress, onTrouble: (line: string) => void): Promise<Server> {
  if (address.kind === 'postgres') {
    const {createPostgresBackend, openPostgres} = await import('./queue-postgres.ts');
    const pool = await openPostgres(address);
    return {
      connection: pool,
      backend: createPostgresBackend as BackendFactory,
      readPosition: () => Promise.resolve(undefined),
      close: () => pool.end(),
    };
  }
  const redis = await openRedis(address);
  sayTrouble(redis, address, onTrouble);
  return {
    connection: redis,
    backend: undefined,
    // By its own clock, which others need not share.
    readPosition: async () => {
      const [seconds, microseconds] = await redis.time();
      return `${Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000) - 1}-0`;
    },
    close: () => {
      redis.disconnect();
      return Promise.resolve();
    },
  };
}

/** Each outage once. */
function sayTrouble(redis: Redis, {name}: QueueAddress, onTrouble: (line: string) => void): void {
  let isAway = false;
  redis.on('error', (error: unknown) => {
    if (!isAway)
      onTrouble(
        `The queue ${name} is out of reach (${describeError(error)}); it is tried again until it answers.`,
      );
    isAway = true;
  });
  redis.on('ready', () => {
    if (isAway) onTrouble(`The queue ${name} answers again.`);
    isAway = false;
  });
}
