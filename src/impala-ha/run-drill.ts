// `drill`: stops each daemon in turn while clients query without pause, and starts it again whatever happens. Read
// `drillSteps` from top to bottom. Knows neither terminals nor how a daemon is reached.
import type {Ask} from './queries.ts';
import type {Clock} from '../core/clock.ts';
import {BuildError, describeError} from '../core/errors.ts';
import {runSteps, type Step, type StepContext} from '../core/steps.ts';
import {drainDaemon, readDaemon, undrainDaemon, waitUntilEmpty, waitUntilUp} from './drain-server.ts';
import type {DrillEntry, DrillJournal} from './drill-journal.ts';
import {startLoad, type Load, type Sample} from './drill-load.ts';
import type {Frontend} from './frontends.ts';
import type {RuntimeSocket} from './runtime-socket.ts';

export interface DrillRequest {
  /** All of the spec. */
  readonly frontends: readonly Frontend[];
  readonly daemon: string;
  readonly socket: RuntimeSocket;
  /** One query through the port of a frontend; only those that can be asked. */
  readonly asks: ReadonlyMap<string, Ask>;
  /** Runs the daemon's stop or start; resolves once the command, or the operator, is done. */
  readonly control: (action: 'stop' | 'start', signal: AbortSignal) => Promise<void>;
  readonly journal: DrillJournal;
  /** As it is written before anything is done. */
  readonly entry: DrillEntry;
  readonly isDraining: boolean;
  readonly drainMs: number;
  /** How long queries go on with the daemon down. */
  readonly holdMs: number;
  readonly upMs: number;
  readonly downMs: number;
  readonly clients: number;
  readonly pauseMs: number;
  readonly onNote: (line: string) => void;
}

export interface DrillResult {
  readonly daemon: string;
  readonly tried: number;
  /** Queries that were on their way when the daemon was stopped, and failed: in tcp mode nobody can repeat them but the client. */
  readonly cut: number;
  /** Queries that began after it, and failed all the same; after a drain any that failed. */
  readonly lost: number;
  readonly errors: readonly string[];
  /** From the moment it was told to stop; undefined: HAProxy did not notice, or it did not get so far. */
  readonly noticedMs?: number | undefined;
  /** From the moment it was told to start. */
  readonly backMs?: number | undefined;
  /** The longest that a query took that succeeded. */
  readonly longestMs: number;
  /** Why it ended early. */
  readonly failure?: unknown;
  /** For drawings: everything in ms since the drill of this daemon began. */
  readonly course: DrillCourse;
}

interface DrillCourse {
  readonly samples: readonly Sample[];
  readonly endedMs: number;
  readonly stoppingMs?: number | undefined;
  readonly stoppedMs?: number | undefined;
  readonly noticedMs?: number | undefined;
  readonly startingMs?: number | undefined;
  readonly backMs?: number | undefined;
}

interface DrillContext extends StepContext, DrillRequest {
  readonly state: {
    load?: Load;
    isDrained: boolean;
    isStopped: boolean;
    stoppingMs?: number;
    stoppedMs?: number;
    noticedMs?: number | undefined;
    startingMs?: number;
    backMs?: number | undefined;
  };
}

/** With everything as it was again; @throws only what it could not put back, which the journal still names. */
export async function runDrill(
  request: DrillRequest,
  tools: {readonly clock: Clock; readonly signal: AbortSignal; readonly onStep: StepContext['onStep']},
): Promise<DrillResult> {
  const beganMs = tools.clock.monotonicMs();
  const context: DrillContext = {...request, ...tools, state: {isDrained: false, isStopped: false}};
  const outcome = await runSteps(drillSteps, context, {cleanupTimeoutMs: request.upMs + 120_000});
  const [leak] = outcome.leaks;
  if (leak !== undefined) {
    if (outcome.status === 'done') throw leak.error;
    throw new BuildError(
      `${describeError(outcome.error)}\nAnd then ${request.daemon} could not be put back: ${describeError(leak.error)}`,
      'Look at it on its host; then type: impala-ha drill --recover --spec <file>',
    );
  }
  const {state} = context;
  return {
    ...judgeSamples(
      state.load?.samples ?? [],
      request.isDraining ? -Infinity : (state.stoppedMs ?? Infinity),
    ),
    daemon: request.daemon,
    noticedMs: state.noticedMs,
    backMs: state.backMs,
    course: describeCourse(state, beganMs, tools.clock.monotonicMs()),
    ...(outcome.status === 'done' ? {} : {failure: outcome.error}),
  };
}

function describeCourse(state: DrillContext['state'], beganMs: number, endedMs: number): DrillCourse {
  const since = (atMs: number | undefined): number | undefined =>
    atMs === undefined ? undefined : Math.max(0, Math.round(atMs - beganMs));
  const {load, stoppingMs, stoppedMs, noticedMs, startingMs, backMs} = state;
  const after = (fromMs: number | undefined, ms: number | undefined): number | undefined =>
    fromMs === undefined || ms === undefined ? undefined : fromMs + ms;
  return {
    samples: (load?.samples ?? []).map((sample) => ({
      ...sample,
      startedMs: since(sample.startedMs) ?? 0,
      endedMs: since(sample.endedMs) ?? 0,
    })),
    endedMs: Math.round(endedMs - beganMs),
    stoppingMs: since(stoppingMs),
    stoppedMs: since(stoppedMs),
    noticedMs: since(after(stoppingMs, noticedMs)),
    startingMs: since(startingMs),
    backMs: since(after(startingMs, backMs)),
  };
}

/** @param stoppedMs When the daemon was gone: what began before that may have been given to it. Pure. */
export function judgeSamples(
  samples: readonly Sample[],
  stoppedMs: number,
): Pick<DrillResult, 'tried' | 'cut' | 'lost' | 'errors' | 'longestMs'> {
  const failed = samples.filter(({error}) => error !== undefined);
  const lost = failed.filter(({startedMs}) => startedMs > stoppedMs);
  const good = samples.filter(({error}) => error === undefined);
  return {
    tried: samples.length,
    cut: failed.length - lost.length,
    lost: lost.length,
    errors: [...new Set(failed.flatMap(({error}) => error ?? []))],
    longestMs: Math.round(
      good.reduce((longest, {startedMs, endedMs}) => Math.max(longest, endedMs - startedMs), 0),
    ),
  };
}

const settleMs = 500;
const lookMs = 100;
const recoverSettleMs = 5_000;

const query: Step<DrillContext> = {
  name: 'Query all the while',
  async run({asks, clients, pauseMs, clock, signal, state}) {
    state.load = startLoad(asks, {clients, pauseMs, clock, signal});
    await clock.sleep(settleMs, signal);
    const wrong = state.load.samples.find(({error}) => error !== undefined);
    if (wrong?.error !== undefined)
      throw new BuildError(
        `Queries through ${wrong.frontend} fail before anything is stopped: ${wrong.error}`,
        'See what: impala-ha check --spec <file>',
      );
  },
  async cleanup({state}) {
    await state.load?.stop();
  },
};

const drain: Step<DrillContext> = {
  name: 'Drain',
  async run(context) {
    const {isDraining, frontends, daemon, drainMs, journal, entry, state, onNote} = context;
    if (!isDraining) return;
    await journal.write({...entry, isDrained: true});
    state.isDrained = true;
    await drainDaemon(context, frontends, daemon, {isForced: false});
    await waitUntilEmpty(context, frontends, daemon, drainMs, (sessions) =>
      onNote(`${daemon}: ${sessions} connections left`),
    );
  },
  async cleanup(context, signal) {
    const {state, frontends, daemon, socket, clock, journal, entry} = context;
    if (!state.isDrained) return;
    await undrainDaemon({socket, clock, signal}, frontends, daemon);
    await journal.forget(entry);
  },
};

const stop: Step<DrillContext> = {
  name: 'Stop',
  async run({control, clock, signal, journal, entry, isDraining, state}) {
    await journal.write({...entry, isDrained: isDraining});
    state.isStopped = true;
    state.stoppingMs = clock.monotonicMs();
    await control('stop', signal);
    state.stoppedMs = clock.monotonicMs();
  },
  async cleanup(context, signal) {
    const {control, frontends, daemon, socket, clock, journal, entry, state, upMs, onNote} = context;
    if (!state.isStopped) return;
    onNote(`starts ${daemon} again`);
    try {
      await control('start', signal);
    } catch (error) {
      // It did not stop at all: to start it twice may be an error. What was stopped just now is noticed in a moment.
      await clock.sleep(recoverSettleMs, signal);
      const servers = await readDaemon(socket, frontends, daemon, signal);
      if (servers.some(({status}) => status.startsWith('DOWN'))) throw error;
      onNote(`${daemon} was not stopped: ${describeError(error)}`);
    }
    if (state.isDrained) return; // Undrained by the step before this one, which also ends the note.
    await waitUntilUp({socket, clock, signal}, frontends, daemon, upMs);
    await journal.forget(entry);
  },
};

const notice: Step<DrillContext> = {
  name: 'HAProxy notices',
  async run({frontends, daemon, socket, clock, signal, state, downMs, onNote}) {
    const startMs = state.stoppingMs ?? clock.monotonicMs();
    for (;;) {
      const servers = await readDaemon(socket, frontends, daemon, signal);
      const elapsedMs = clock.monotonicMs() - startMs;
      if (servers.every((server) => server.status.startsWith('DOWN') && !/\d+\/\d+$/.test(server.status))) {
        state.noticedMs = Math.round(elapsedMs);
        onNote(`${daemon} is out after ${(elapsedMs / 1_000).toFixed(1)} s`);
        return;
      }
      if (clock.monotonicMs() - (state.stoppedMs ?? startMs) > downMs)
        throw new BuildError(
          `${daemon} was stopped, and after ${downMs / 1_000} s HAProxy still sends clients to it.`,
          'Does its stop command end it? If it does: which health check is it (impala-ha render), and what does status say?',
        );
      await clock.sleep(lookMs, signal);
    }
  },
};

const hold: Step<DrillContext> = {
  name: 'Query without it',
  async run({clock, signal, holdMs}) {
    await clock.sleep(holdMs, signal);
  },
};

const start: Step<DrillContext> = {
  name: 'Start',
  async run(context) {
    const {control, frontends, daemon, clock, signal, journal, entry, state, upMs, isDraining} = context;
    const startMs = clock.monotonicMs();
    state.startingMs = startMs;
    await control('start', signal);
    if (isDraining) {
      await undrainDaemon(context, frontends, daemon);
      state.isDrained = false;
    }
    await waitUntilUp(context, frontends, daemon, upMs);
    state.backMs = Math.round(clock.monotonicMs() - startMs);
    state.isStopped = false;
    await journal.forget(entry);
    await clock.sleep(settleMs, signal);
  },
};

const drillSteps: readonly Step<DrillContext>[] = [query, drain, stop, notice, hold, start];

/** What an earlier drill, which was killed, did not put back. */
export async function recoverDaemon(
  {
    socket,
    clock,
    signal,
  }: {readonly socket: RuntimeSocket; readonly clock: Clock; readonly signal: AbortSignal},
  frontends: readonly Frontend[],
  entry: DrillEntry,
  journal: DrillJournal,
  control: (action: 'start', signal: AbortSignal) => Promise<void>,
  upMs: number,
): Promise<void> {
  // Killed between the note and the stop: it is up, and to start it twice may be an error. What was stopped just now is
  // noticed in a moment.
  await clock.sleep(recoverSettleMs, signal);
  const servers = await readDaemon(socket, frontends, entry.daemon, signal);
  if (servers.some(({status}) => status.startsWith('DOWN'))) await control('start', signal);
  if (entry.isDrained) await undrainDaemon({socket, clock, signal}, frontends, entry.daemon);
  await waitUntilUp({socket, clock, signal}, frontends, entry.daemon, upMs);
  await journal.forget(entry);
}
