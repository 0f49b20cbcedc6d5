// Decides everything before anything is created: which refs, whose dependencies, what is there already, which machine;
// all problems at once.
import {arch} from 'node:os';
import {readDomain} from '../recipe/trust-domain.ts';
import type {BuildRequest} from '../recipe/build-request.ts';
import {exitCodes, ExpectedError, HostError, UsageError} from '../core/errors.ts';
import {projectRoot} from '../core/paths.ts';
import type {Proxies} from '../core/proxies.ts';
import {createRedactor} from '../core/redact.ts';
import type {Choice} from '../maven/dependency-choice.ts';
import {listKnownUrls} from '../maven/maven-network.ts';
import {readStandIn, type StandIn} from '../maven/stand-in.ts';
import type {TargetState} from '../distribution/publish.ts';
import {debianArchitecture} from '../host/host.ts';
import type {SourceLocation} from '../source/location.ts';
import {findUncommitted} from '../source/warnings.ts';
import {readArguments, readHostRequest, type Arguments} from './arguments.ts';
import type {BuildRow} from './build-options.ts';
import {planDrafts, type Draft, type SkippedBuild} from './drafts.ts';
import type {HostChoice, HostJobs} from './host-choice.ts';
import {findMirrorProblems} from './read-settings.ts';
import {findMissing} from './find-missing.ts';
import type {PlaceFacts} from './network-places.ts';
import {planGuestProxy} from './network.ts';
import {gatherProblems, listProblems, throwInOrder} from '../core/problems.ts';
import type {Session} from './session.ts';
import {findConflicts, planBuilds, sortDrafts} from './plan-run.ts';
import type {PlannedBuild, TargetStates, UpToDate} from './plan-run.ts';
import {hasDists, openTargets, readTarget, type TargetTools} from './targets.ts';

export interface PreflightOptions {
  /** False for `plan` and `source`: they boot nothing, so a host without a provider and an odd feature do not matter. */
  readonly boots: boolean;
  /** What is being waited for. */
  readonly onWait: (line: string) => void;
  /** Of `--jobs`. */
  readonly jobs?: number | undefined;
}

export interface Preflight {
  /** Of the first row: source, output, box and network are the same for all of a run. */
  readonly request: BuildRequest;
  readonly source: SourceLocation;
  readonly standIn: StandIn;
  /** Absent when nothing is to be built: then nothing of this host was looked at. */
  readonly host?: HostChoice | undefined;
  readonly jobs: HostJobs;
  readonly builds: readonly PlannedBuild[];
  /** Dists of the same inputs that are there already. */
  readonly upToDate: readonly UpToDate[];
  readonly skipped: readonly SkippedBuild[];
  /** One sentence a build on whose dependencies it is compiled against. */
  readonly choices: ReadonlyMap<string, Choice>;
  /** What of the source is not built although it may look so, one sentence each. */
  readonly warnings: readonly string[];
  readonly secrets: readonly string[];
  readonly targets: TargetTools;
}

/** @param rows At least one. @throws All that is wrong, what was typed first. */
export async function runPreflight(
  session: Session,
  rows: readonly BuildRow[],
  options: PreflightOptions,
): Promise<Preflight> {
  const {boots} = options;
  const {cwd} = session.terminal;
  const args = await readArguments(rows, session.terminal);
  const hostRequest = args.requested[0]?.request ?? readHostRequest(rows, cwd);
  const isSound = args.problems.length === 0;
  // A dist that is there already may be all that was asked for: then this host need not be examined, which takes a while.
  const isHostFirst =
    !boots || !isSound || hostRequest === undefined || !(await hasDists(hostRequest.output));
  const wanted = args.requested.length > 0 ? args.requested : [{request: hostRequest}];
  const examine = async (): Promise<HostChoice | undefined> => {
    const known = wanted.flatMap(({request}) => (request === undefined ? [] : [{request}]));
    return known.length === 0 ? undefined : prepareHost(session, known, boots);
  };
  const preparing = isHostFirst ? examine() : undefined;
  // Our own data is read while the disk and git are waited for.
  const [standIn, hostProblems] = await Promise.all([
    readStandIn(projectRoot),
    gatherProblems([...(preparing === undefined ? [] : [preparing])]),
  ]);
  const problems = [
    ...args.problems,
    ...(boots && args.requested[0] !== undefined ? findMirrorProblems(args.requested[0].request) : []),
    ...hostProblems,
  ];
  if (problems.length > 0) {
    throwInOrder([...problems, ...(await findMore(session, args, standIn, options))]);
  }
  const decided = await decide(session, args, standIn, options).catch(async (error: unknown) => {
    const first = listProblems(error);
    throwInOrder([...first, ...(isHostFirst ? [] : await gatherProblems([examine()]))]);
    throw error;
  });
  const {request, source, drafts, states, targets, proxies} = decided;
  const {missing, upToDate} = sortDrafts(drafts, states, boots);
  const host =
    (await preparing) ?? (missing.length === 0 ? undefined : await prepareHost(session, missing, boots));
  const guestProxy = planGuestProxy(proxies, listKnownUrls(standIn, request.mirrors));
  const builds =
    host === undefined
      ? []
      : planBuilds(
          await Promise.all(
            missing.map(async (draft) => ({draft, domain: await readDomain(draft.plan, source)})),
          ),
          {source, host, states, guestProxy, targets},
        );
  if (boots && request.offline) throwInOrder(await findMissing(builds, session));
  else if (boots && host !== undefined && host.machine.provider !== 'fake')
    throwInOrder(await findClosed(session, builds, {request, source, proxies, standIn}));
  return {
    ...{request, source, standIn, host},
    jobs: host === undefined ? {jobs: 1, maxMemoryMib: 0} : await chooseJobs(host, builds, options.jobs),
    ...{builds, upToDate},
    skipped: decided.skipped,
    choices: new Map(drafts.map(({plan, choice}) => [plan.buildId, choice])),
    warnings: decided.warnings,
    secrets: decided.secrets,
    targets,
  };
}

/** Places that builds need and that do not answer; an odd answer is left for Maven to judge. */
async function findClosed(
  session: Session,
  builds: readonly PlannedBuild[],
  facts: PlaceFacts,
): Promise<readonly ExpectedError[]> {
  const {checkPlaces, planPlaces} = await import('./network-places.ts');
  const checks = await checkPlaces(await planPlaces(session, builds, facts), ['moved', 'other']);
  return checks.flatMap(({ok, message, remedy}) =>
    ok ? [] : [new HostError(message, `Type: ${remedy ?? ''}`)],
  );
}

/** For `--setup`: nobody installs packages to learn that a version was mistyped. @throws What is wrong on any host. */
export async function checkArguments(
  session: Session,
  rows: readonly BuildRow[],
  options: PreflightOptions,
): Promise<void> {
  const args = await readArguments(rows, session.terminal);
  const more = await findMore(session, args, await readStandIn(projectRoot), options);
  throwInOrder([...args.problems, ...more]);
}

/** What else is wrong on any host, as far as no connection need be opened to find it out. */
export async function findMore(
  session: Session,
  args: Arguments,
  standIn: StandIn,
  options: PreflightOptions,
): Promise<readonly ExpectedError[]> {
  if (args.requested.length === 0 || args.source === undefined || args.proxies === undefined) return [];
  const found = await gatherProblems([decide(session, args, standIn, options, true)]);
  // What this host lacks has been said, or would be set right first; without it the rest is not known for certain.
  // What was not asked for since nobody is to be asked is as certain as a mistake.
  const isOffline = args.requested[0]?.request.offline === true;
  return found.filter(({exitCode}) => isOffline || exitCode === exitCodes.usage);
}

export interface Decided {
  readonly request: BuildRequest;
  readonly source: SourceLocation;
  readonly proxies: Proxies;
  readonly secrets: readonly string[];
  readonly drafts: readonly Draft[];
  readonly skipped: readonly SkippedBuild[];
  readonly states: TargetStates;
  readonly targets: TargetTools;
  readonly warnings: readonly string[];
}

/** All that does not depend on what this host can do. */
export async function decide(
  session: Session,
  {requested, source, proxies, settings, secrets}: Arguments,
  standIn: StandIn,
  {boots, onWait}: PreflightOptions,
  isLocal = false,
): Promise<Decided> {
  const [first] = requested;
  if (first === undefined || source === undefined || proxies === undefined)
    throw new UsageError('There is nothing to build.', 'See: build-spark --help');
  const {request} = first;
  const {signal} = session.terminal;
  const mavenSettings = settings?.file;
  if (!isLocal) for (const note of settings?.notes ?? []) onWait(note);
  const [{drafts, skipped}, targets, uncommitted] = await Promise.all([
    planDrafts(session, requested, {source, standIn, proxies, boots, onWait, isLocal, mavenSettings}),
    openTargets(session, standIn, createRedactor(secrets), debianArchitecture(arch())),
    findUncommitted(source, session.exec, signal),
  ]);
  const states = await readTargets(drafts, targets, boots);
  const warnings = [
    ...(uncommitted === undefined ? [] : [uncommitted]),
    ...drafts.flatMap(({candidate, warnings: own}) => [...candidate.warnings, ...own]),
  ];
  return {
    ...{request, source, proxies, secrets, drafts, skipped, states, targets},
    warnings: [...new Set(warnings)],
  };
}

/** What examines a host is loaded only then: TLS for its certificates, the checks of `doctor`. */
async function prepareHost(
  session: Session,
  wanted: readonly {readonly request: BuildRequest}[],
  boots: boolean,
): Promise<HostChoice> {
  const choice = await import('./host-choice.ts');
  return choice.prepareHost(
    session,
    wanted.map(({request}) => request),
    boots,
  );
}

async function chooseJobs(
  host: HostChoice,
  builds: readonly PlannedBuild[],
  wanted: number | undefined,
): Promise<HostJobs> {
  const choice = await import('./host-choice.ts');
  return choice.chooseJobs(
    host,
    builds.map(({plan}) => plan.machine),
    wanted,
  );
}

/** @throws All that stand in the way of a build. */
async function readTargets(
  drafts: readonly Draft[],
  targets: TargetTools,
  boots: boolean,
): Promise<TargetStates> {
  const states = new Map<Draft, TargetState>();
  const problems: ExpectedError[] = [];
  for (const draft of drafts) {
    try {
      states.set(draft, await readTarget(draft, targets));
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      problems.push(error);
    }
  }
  if (boots) throwInOrder([...problems, ...findConflicts(states)]);
  return states;
}
