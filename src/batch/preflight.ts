// Decides everything before anything is created: which refs, whose dependencies, what is there already, which machine;
// all problems at once.
import {arch} from 'node:os';
import {join} from 'node:path';
import type {BuildInputs} from '../recipe/build-context.ts';
import {readDomain} from '../recipe/trust-domain.ts';
import {planSharing} from '../recipe/share-modules.ts';
import type {BuildPlan} from '../recipe/build-plan.ts';
import type {BuildRequest} from '../recipe/build-request.ts';
import {exitCodes, ExpectedError, UsageError} from '../core/errors.ts';
import {projectRoot} from '../core/paths.ts';
import type {Proxies} from '../core/proxies.ts';
import {createRedactor} from '../core/redact.ts';
import type {Choice} from '../maven/dependency-choice.ts';
import {listKnownUrls} from '../maven/maven-network.ts';
import {readStandIn, type StandIn} from '../maven/stand-in.ts';
import {refuseDifferent, type TargetState} from '../distribution/publish.ts';
import {debianArchitecture} from '../host/host.ts';
import type {ProvisionData} from '../machine/machine.ts';
import type {SourceLocation} from '../source/location.ts';
import {findUncommitted} from '../source/warnings.ts';
import {readArguments, readHostRequest, type Arguments} from './arguments.ts';
import {planDrafts, type BuildRow, type Draft, type SkippedBuild} from './drafts.ts';
import type {HostChoice, HostJobs} from './host-choice.ts';
import {findMirrorProblems} from './read-settings.ts';
import {planGuestProxy} from './network.ts';
import {gatherProblems, listProblems, throwInOrder} from '../core/problems.ts';
import type {Session} from './session.ts';
import {hasDists, openTargets, planDefinition, readTarget, type TargetTools} from './targets.ts';

export interface PreflightOptions {
  /** False for `plan` and `source`: they boot nothing, so a host without a provider and an odd feature do not matter. */
  readonly boots: boolean;
  /** What is being waited for. */
  readonly onWait: (line: string) => void;
  /** Of `--jobs`. */
  readonly jobs?: number;
}

/** A build with all that it needs, and what is at its place. */
export type PlannedBuild = BuildInputs & {readonly draft: Draft; readonly target: TargetState};

export interface Preflight {
  /** Of the first row: source, output, box and network are the same for all of a run. */
  readonly request: BuildRequest;
  readonly source: SourceLocation;
  readonly standIn: StandIn;
  /** Absent when nothing is to be built: then nothing of this host was looked at. */
  readonly host?: HostChoice;
  readonly jobs: HostJobs;
  readonly builds: readonly PlannedBuild[];
  /** Dists of the same inputs that are there already. */
  readonly upToDate: readonly {readonly plan: BuildPlan; readonly target?: TargetState | undefined}[];
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
  const isThere = (draft: Draft): boolean =>
    states.get(draft)?.status === 'same' && !draft.request.force && boots;
  const missing = drafts.filter((draft) => !isThere(draft));
  const host =
    (await preparing) ?? (missing.length === 0 ? undefined : await prepareHost(session, missing, boots));
  const guestProxy = planGuestProxy(proxies, listKnownUrls(standIn, request.mirrors));
  const builds =
    host === undefined
      ? []
      : planSharing(
          await Promise.all(
            missing.map(async (draft) => {
              const target = states.get(draft) ?? {status: 'free' as const};
              const domain = await readDomain(draft.plan, source);
              return {...planInputsOf(draft, source, host, guestProxy, targets), domain, draft, target};
            }),
          ),
          ({draft}) => draft.request.force,
        );
  return {
    request,
    source,
    standIn,
    ...(host === undefined ? {} : {host}),
    jobs: host === undefined ? {jobs: 1, maxMemoryMib: 0} : await chooseJobs(host, builds, options.jobs),
    builds,
    upToDate: drafts.filter(isThere).map((draft) => ({plan: draft.plan, target: states.get(draft)})),
    skipped: decided.skipped,
    choices: new Map(drafts.map(({plan, choice}) => [plan.buildId, choice])),
    warnings: decided.warnings,
    secrets: decided.secrets,
    targets,
  };
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
async function findMore(
  session: Session,
  args: Arguments,
  standIn: StandIn,
  options: PreflightOptions,
): Promise<readonly ExpectedError[]> {
  if (args.requested.length === 0 || args.source === undefined || args.proxies === undefined) return [];
  const found = await gatherProblems([decide(session, args, standIn, options, true)]);
  // What this host lacks has been said, or would be set right first; without it the rest is not known for certain.
  return found.filter(({exitCode}) => exitCode === exitCodes.usage);
}

interface Decided {
  readonly request: BuildRequest;
  readonly source: SourceLocation;
  readonly proxies: Proxies;
  readonly secrets: readonly string[];
  readonly drafts: readonly Draft[];
  readonly skipped: readonly SkippedBuild[];
  readonly states: ReadonlyMap<Draft, TargetState>;
  readonly targets: TargetTools;
  readonly warnings: readonly string[];
}

/** All that does not depend on what this host can do. */
async function decide(
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
    ...drafts.flatMap(({candidate}) => candidate.warnings),
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
    builds.map(({draft}) => draft.request),
    wanted,
  );
}

async function readTargets(
  drafts: readonly Draft[],
  targets: TargetTools,
  boots: boolean,
): Promise<ReadonlyMap<Draft, TargetState>> {
  const states = new Map<Draft, TargetState>();
  const problems: ExpectedError[] = [];
  for (const draft of drafts) {
    const {plan, request} = draft;
    try {
      const state = await readTarget(draft, targets);
      states.set(draft, state);
      if (boots && state.status === 'different' && !request.force)
        problems.push(refuseDifferent(join(plan.output, plan.dist), state.difference));
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      if (boots) problems.push(error);
    }
  }
  throwInOrder(problems);
  return states;
}

/** Everything that a build needs, now that its machine is known. */
function planInputsOf(
  draft: Draft,
  source: SourceLocation,
  host: HostChoice,
  guestProxy: ProvisionData['proxy'],
  targets: TargetTools,
): Omit<BuildInputs, 'domain'> {
  const {plan, request, candidate, dependencyPlan} = draft;
  return {
    plan,
    machineChoice: {cpus: host.cores, ...plan.machine, ...host.machine},
    source,
    sourceFacts: candidate.sourceFacts,
    dependencyPlan,
    provision: planProvision(plan, host, guestProxy),
    box: host.box,
    definition: planDefinition(draft, host.boxContent, targets),
    replace: request.force,
  };
}

function planProvision(plan: BuildPlan, host: HostChoice, proxy: ProvisionData['proxy']): ProvisionData {
  return {
    withR: plan.features.includes('sparkr'),
    mavenMinimum: plan.facts.mavenMinimum,
    caCertificates: host.caCertificates,
    ...(proxy === undefined ? {} : {proxy}),
  };
}
