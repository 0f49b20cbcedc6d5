// `worker`: takes jobs from a queue and builds them on this host, until it is told to end. Knows no coordinator.
import {randomBytes} from 'node:crypto';
import {hostname} from 'node:os';
import {pid} from 'node:process';
import {sweepRun, reapLeftovers} from '../batch/build-all.ts';
import {pruneAfterRun} from '../batch/cache-kinds.ts';
import {readRequest, type BuildOptions, type OutputOptions} from '../batch/build-options.ts';
import {readArguments} from '../batch/arguments.ts';
import type {HostChoice} from '../batch/host-choice.ts';
import type {RunSurroundings} from '../batch/run.ts';
import {openSession, type Session} from '../batch/session.ts';
import {asError, InterruptedError, throwProblems, type ExitCode} from '../core/errors.ts';
import {readOwnIdentity} from '../core/process-identity.ts';
import type {Terminal} from '../core/terminal.ts';
import {readOwnTool} from './compatibility.ts';
import {correctHostRecords, keepHostRecord} from './host-record.ts';
import type {WorkerFacts} from './job.ts';
import {openQueue, type FleetQueue} from './queue.ts';
import {createSay} from '../batch/say.ts';
import {parseQueueAddress} from './queue-address.ts';
import {createTeller} from './wire.ts';
import {createJobRunner, listenForOthers} from './take-job.ts';
import {sweepFleetFolder} from './fleet-folder.ts';

export interface WorkerOptions extends BuildOptions, OutputOptions {
  readonly queue: string;
  readonly once?: boolean | undefined;
  readonly address?: string | undefined;
}

export async function runWorker(
  terminal: Terminal,
  options: WorkerOptions,
  typed: ReadonlySet<string>,
  {openReport}: Pick<RunSurroundings, 'openReport'>,
): Promise<ExitCode> {
  const say = createSay(terminal, options);
  const address = parseQueueAddress(options.queue, typed.has('queue'));
  // The first signal drains: it must not end a build. The second does.
  const ending = listenForEnd(terminal);
  const session = await openSession({...terminal, signal: ending.stop.signal}, options);
  const {host, sudo, secrets} = await examineHost(session, options, say);
  const queue = await openQueue(address, terminal.env, say);
  try {
    await reapLeftovers(session, say);
    await correctHostRecords(queue, session);
    await sweepFleetFolder(session);
    for (const line of await sweepRun(session)) say(line);
    return await takeJobs(queue, session, options, {host, secrets, ending, openReport, say});
  } finally {
    sudo?.close();
    await queue.close();
  }
}

interface Ending {
  /** Aborted by the first signal: nothing more is taken. */
  readonly drain: AbortController;
  /** Aborted by the second: what is built is stopped, and given back. */
  readonly stop: AbortController;
}

function listenForEnd(terminal: Terminal): Ending {
  const ending = {drain: new AbortController(), stop: new AbortController()};
  terminal.onNextSignal?.({
    text: 'taking no more jobs; what is being built is finished. Once more stops it and gives it back.',
    act: () => ending.drain.abort(),
  });
  terminal.onNextSignal?.({
    text: 'stopping; what was booted is destroyed, and the jobs are given back. Once more leaves it behind.',
    act: () => {
      ending.drain.abort();
      ending.stop.abort(new InterruptedError('a second signal'));
    },
  });
  return ending;
}

interface Examined {
  readonly host: HostChoice;
  readonly sudo: {readonly close: () => void} | undefined;
  readonly secrets: readonly string[];
}

/** Whatever no job can change: provider, box, certificates, the network. @throws What is wrong with this host. */
async function examineHost(
  session: Session,
  options: WorkerOptions,
  say: (line: string) => void,
): Promise<Examined> {
  const {terminal, paths} = session;
  const {makeStateFolders} = await import('../batch/session.ts');
  await makeStateFolders(paths);
  const own = {...options, cdh: ['latest'], output: paths.state};
  const {problems, secrets} = await readArguments([{options: own}], terminal);
  throwProblems(problems);
  const {prepareHost} = await import('../batch/host-choice.ts');
  const host = await prepareHost(session, [readRequest(own, terminal.cwd)], true);
  for (const line of host.warnings) say(line);
  if (host.machine.provider !== 'lxc') return {host, secrets, sudo: undefined};
  const {openSudo} = await import('../host/sudo.ts');
  return {host, secrets, sudo: await openSudo(host.host, terminal.stdin.isTTY)};
}

interface Given extends Pick<Examined, 'host' | 'secrets'>, Pick<RunSurroundings, 'openReport'> {
  readonly ending: Ending;
  readonly say: (line: string) => void;
}

async function takeJobs(
  queue: FleetQueue,
  session: Session,
  options: WorkerOptions,
  {host, secrets, ending, openReport, say}: Given,
): Promise<ExitCode> {
  const {clock} = session;
  const jobs = await findJobs(host, options);
  const facts: WorkerFacts = {
    name: `${hostname()}-${pid}-${randomBytes(2).toString('hex')}`,
    address: options.address ?? hostname(),
    identity: await readOwnIdentity(session.exec),
  };
  const active = new Map<string, string>();
  const jobOf = (buildId: string): string | undefined => active.get(buildId);
  const teller = createTeller(queue, {worker: facts.name, host: facts.identity.host}, jobOf);
  const keeper = await keepHostRecord(queue, facts.name, jobOf, session);
  const report = await openReport(session, options, {
    ...{builds: [], upToDate: [], choices: new Map(), secrets, isLong: true},
    subscribers: [keeper.subscriber, teller.subscriber],
  });
  const startMs = clock.monotonicMs();
  const command = `build-spark ${session.terminal.argv.join(' ')}`;
  report.emit({type: 'run.started', command, builds: [], jobs});
  say(`Worker ${facts.name} takes builds from ${queue.address.name}, ${jobs} at once.`);
  const tool = await readOwnTool();
  const runner = createJobRunner({
    queue,
    session,
    host: options,
    report,
    tool,
    facts,
    active,
    keeper,
    teller,
    ending,
  });
  const worker = queue.work(facts.name, jobs, runner.run);
  worker.on('lockRenewalFailed', (ids) => ids.forEach((id) => runner.lose(id)));
  const cancels = await listenForOthers(queue, {
    cancel: (id, why) => worker.cancelJob(id, why),
    forget: runner.forget,
  });
  const sweeping = setInterval(() => void sweepFleetFolder(session, runner.isBusy), queue.timings.sweepMs);
  try {
    const running = worker.run();
    running.catch((error: unknown) => say(`The queue cannot be read: ${asError(error).message}`));
    await untilEnd(queue, runner, ending.drain.signal, options.once === true, clock);
    await worker.close();
    await running.catch(() => undefined);
    await teller.flush();
    await keeper.close();
  } finally {
    clearInterval(sweeping);
    await cancels.close();
    report.emit({
      type: 'run.finished',
      exitCode: runner.exitCode(),
      durationMs: Math.round(clock.monotonicMs() - startMs),
    });
    report.close(); // No summary: its dists are on their way, and a worker may have built for weeks.
    say(`Worker ${facts.name} has ended.`);
    for (const line of await pruneAfterRun(session, {})) say(line);
  }
  return runner.exitCode();
}

async function findJobs(host: HostChoice, {jobs}: WorkerOptions): Promise<number> {
  if (jobs !== undefined) return jobs;
  const {chooseJobs} = await import('../batch/host-choice.ts');
  const {memoryMib} = readRequest({cdh: ['latest']}, '/');
  return (
    await chooseJobs(
      host,
      Array.from({length: 64}, () => ({memoryMib, cpus: undefined})),
      undefined,
    )
  ).jobs;
}

/** With `--once` as soon as there is nothing to take. */
async function untilEnd(
  {jobs, timings}: FleetQueue,
  runner: {readonly isIdle: () => boolean},
  drain: AbortSignal,
  isOnce: boolean,
  clock: Session['clock'],
): Promise<void> {
  const pauseMs = Math.min(1_000, timings.stalledMs);
  while (!drain.aborted) {
    await clock.sleep(pauseMs, drain).catch(() => undefined);
    if (!isOnce || !runner.isIdle()) continue;
    const {waiting = 0, prioritized = 0} = await jobs.getJobCounts('waiting', 'prioritized');
    if (waiting + prioritized === 0 && runner.isIdle()) return;
  }
}
