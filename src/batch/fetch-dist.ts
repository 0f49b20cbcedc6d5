// Gets the dist of a machine that was kept because its build could not fetch it, then destroys the machine.
import {join, resolve} from 'node:path';
import {version} from 'node:process';
import type {BuildInputs} from '../recipe/build-context.ts';
import {finishBuild} from '../recipe/run-build.ts';
import {readUnfetched, type Unfetched} from '../recipe/unfetched.ts';
import {BuildError, UsageError, type ExitCode} from '../core/errors.ts';
import {withLock} from '../core/lock.ts';
import {projectRoot} from '../core/paths.ts';
import {isTaken} from '../core/presence.ts';
import {readOwnIdentity} from '../core/process-identity.ts';
import {readStandIn} from '../maven/stand-in.ts';
import {checkOutputFolder, removeStalePartials} from '../distribution/publish.ts';
import {createHost} from '../host/host.ts';
import {openSudo} from '../host/sudo.ts';
import type {JournalEntry} from '../machine/journal.ts';
import type {Machine} from '../machine/machine.ts';
import {findListedState} from '../machine/reaper.ts';
import {openTools} from './build-all.ts';
import {findEntry} from '../machine/machine-entry.ts';
import type {OutputOptions} from './build-options.ts';
import type {RunSurroundings} from './run.ts';
import {findExitCode, planLock} from './run-builds.ts';
import {openSession, type Session} from './session.ts';
import type {Terminal} from '../core/terminal.ts';
import {readVersion} from '../core/tool-version.ts';

export interface FetchRequest {
  /** Of a build or of a machine. */
  readonly id: string;
  /** In place of that of the build. */
  readonly output?: string | undefined;
  readonly show: OutputOptions;
  readonly openReport: RunSurroundings['openReport'];
}

export async function fetchDist(terminal: Terminal, request: FetchRequest): Promise<ExitCode> {
  const session = await openSession(terminal);
  const entry = findEntry((await session.journal.readAll()).entries, request.id);
  const unfetched = await readRecord(entry, session);
  const output = request.output === undefined ? unfetched.plan.output : resolve(terminal.cwd, request.output);
  const inputs = planInputs(unfetched, output);
  const {plan} = inputs;
  await checkOutputFolder(output, session);
  await refuseExisting(inputs);
  const {provider} = inputs.machineChoice;
  const host = createHost(session.exec, session.env, session.paths, version);
  const sudo = provider === 'lxc' ? await openSudo(host, terminal.stdin.isTTY) : undefined;
  try {
    const machine = session.reaper.openMachine(entry);
    await refuseNotRunning(entry, machine, session);
    return await withLock(
      planLock(plan, session),
      session,
      async () => {
        await removeStalePartials(output, session);
        const claim = async (): Promise<Machine> => {
          await takeOver(entry, output, session);
          return {...machine, readGolden: () => unfetched.golden};
        };
        return finish(
          session,
          request,
          inputs,
          {...planContext(unfetched), claim},
          unfetched.canKeepArtifacts,
        );
      },
      {signal: terminal.signal, doing: `is building or fetching ${plan.dist}`},
    );
  } finally {
    sudo?.close();
  }
}

async function readRecord(entry: JournalEntry, session: Session): Promise<Unfetched> {
  refuseBusy(await findListedState(entry, session), entry);
  const unfetched = await readUnfetched(entry.directory, readVersion());
  if (unfetched !== undefined) return unfetched;
  throw new UsageError(
    `The machine ${entry.id} has no dist: its build did not come so far.`,
    `To look into it, type: build-spark ssh ${entry.buildId}`,
  );
}

function refuseBusy(state: string, {id, buildId}: JournalEntry): void {
  if (state !== 'building') return;
  throw new UsageError(
    `The machine ${id} is in use: its build, or another fetch, is still running.`,
    `Follow it: build-spark logs ${buildId} -f`,
  );
}

/** As the build that made it would replace it; but elsewhere there is nothing that it knew of. */
function planInputs(unfetched: Unfetched, output: string): BuildInputs {
  const {plan, machineChoice, dependencyPlan, sourceFacts, box, definition, domain, modules} = unfetched;
  return {
    plan: {...plan, output},
    ...{machineChoice, dependencyPlan, sourceFacts, box, definition, domain},
    modules,
    replace: unfetched.replace && output === plan.output,
    // The machine has long been provisioned, and has the source.
    source: {type: 'sample', name: plan.source, slug: ''},
    provision: {withR: false, mavenMinimum: '', caCertificates: {}},
  };
}

/** Before anything is fetched; that nobody came in between is checked again at the end. */
async function refuseExisting({plan, replace}: BuildInputs): Promise<void> {
  const target = join(plan.output, plan.dist);
  if (replace || !(await isTaken(target))) return;
  throw new UsageError(
    `${target} is there already.`,
    `Move it away, or type: build-spark fetch ${plan.buildId} --output <folder>`,
  );
}

async function refuseNotRunning(entry: JournalEntry, machine: Machine, session: Session): Promise<void> {
  const {terminal, journal} = session;
  const state = await machine.state(terminal.signal);
  if (state === 'running') return;
  if (state === 'absent') {
    await machine.destroy({signal: terminal.signal}); // What is left of it here.
    await journal.close(entry.id);
    throw new BuildError(
      `The machine ${entry.id} is gone, and the dist of ${entry.buildId} with it: somebody else destroyed it.`,
      'Build it again.',
    );
  }
  throw new BuildError(
    `The machine ${entry.id} is stopped; a dist can be fetched only while it runs.`,
    `Start it with the tools of ${entry.provider} (lxc: sudo lxc-start -n ${entry.id}) and type the same again; or destroy it: build-spark reap --all`,
  );
}

/** From now on it is ours, and no reaper's. */
async function takeOver(entry: JournalEntry, output: string, session: Session): Promise<void> {
  const {journal, paths, exec} = session;
  await withLock(
    join(paths.locks, `reap-${entry.id}.lock`),
    session,
    async () => {
      const now = await journal.read(entry.id);
      if (now === undefined)
        throw new BuildError(`The machine ${entry.id} was destroyed at this moment.`, 'Build it again.');
      refuseBusy(await findListedState(now, session), now);
      const owner = await readOwnIdentity(exec);
      await journal.write({...now, keepUntil: undefined, output, owner});
    },
    {doing: `is looking at ${entry.id}`},
  );
}

async function finish(
  session: Session,
  {show, openReport}: FetchRequest,
  inputs: BuildInputs,
  given: ReturnType<typeof planContext> & {readonly claim: () => Promise<Machine>},
  canKeepArtifacts: boolean,
): Promise<ExitCode> {
  const {terminal, clock, paths} = session;
  const {plan} = inputs;
  const startMs = clock.monotonicMs();
  const report = await openReport(session, show, {
    builds: [{plan}],
    upToDate: [],
    choices: new Map(),
    secrets: [], // The record holds none.
  });
  try {
    const command = `build-spark ${terminal.argv.join(' ')}`;
    report.emit({type: 'run.started', command, builds: [plan.buildId], jobs: 1});
    const tools = await openTools(session, report, {
      standIn: await readStandIn(projectRoot),
      secrets: [],
      provider: inputs.machineChoice.provider,
    });
    const result = await finishBuild(inputs, given, tools, {
      clock,
      signal: terminal.signal,
      maxMemoryMib: plan.machine.memoryMib,
      logFolder: join(paths.logs, plan.buildId),
      estimates: {},
      onLogLine: report.onLogLine(plan.buildId),
      canKeepArtifacts,
    });
    const exitCode = findExitCode([result], terminal.signal.aborted);
    report.emit({type: 'run.finished', exitCode, durationMs: Math.round(clock.monotonicMs() - startMs)});
    await report.printSummary();
    return exitCode;
  } finally {
    report.close();
  }
}

/** What the steps before had set. */
function planContext(unfetched: Unfetched): Parameters<typeof finishBuild>[1] {
  const {memoryMib, durations, moduleMs, mavenSeed, restoredModules, smoke, peakMemoryBytes} = unfetched;
  const {prepared, startedAt} = unfetched;
  return {
    prepared: {...prepared, folder: '', discard: () => Promise.resolve()},
    startedAt: new Date(startedAt),
    ...{memoryMib, durations, moduleMs},
    ...{mavenSeed, restoredModules, smoke, peakMemoryBytes},
  };
}
