// Decides everything before anything is created: which refs, whose dependencies, what is there already, which machine;
// all problems at once.
import {arch} from 'node:os';
import {join} from 'node:path';
import type {BuildInputs} from '../build/context.ts';
import {readDomain} from '../build/domain.ts';
import {planSharing} from '../build/module-cache.ts';
import {planBuild, type BuildPlan} from '../build/plan.ts';
import type {BuildRequest} from '../build/request.ts';
import {asError, ExpectedError, throwProblems, UsageError} from '../core/errors.ts';
import {projectRoot} from '../core/paths.ts';
import {readProxies} from '../core/proxies.ts';
import {createRedactor} from '../core/redact.ts';
import type {Choice} from '../dependencies/choose.ts';
import {listKnownUrls} from '../dependencies/network.ts';
import {readStandIn, type StandIn} from '../dependencies/stand-in.ts';
import {refuseDifferent, type TargetState} from '../dist/publish.ts';
import {debianArchitecture} from '../host/host.ts';
import type {ProvisionData} from '../machine/machine.ts';
import {parseSource, type SourceLocation} from '../source/location.ts';
import {readPatch} from '../source/patches.ts';
import {parseRows, planDrafts, type BuildRow, type Draft, type SkippedBuild} from './candidates.ts';
import type {HostChoice, HostJobs} from './host-choice.ts';
import {findMirrorProblems, readMavenSettings} from './maven-settings.ts';
import {planGuestProxy} from './network.ts';
import {findSecrets, type SecretSources} from './secrets.ts';
import type {SettingsFile} from '../maven/settings-file.ts';
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
  readonly secrets: readonly string[];
  readonly targets: TargetTools;
}

/** @param rows At least one. */
export async function runPreflight(
  session: Session,
  rows: readonly BuildRow[],
  options: PreflightOptions,
): Promise<Preflight> {
  const {boots, onWait} = options;
  const {cwd, env} = session.terminal;
  const requested = parseRows(rows, cwd);
  const [first] = requested;
  if (first === undefined) throw new UsageError('There is nothing to build.', 'See: build-spark --help');
  const {request} = first;
  const source = parseSource(request.source, cwd);
  const proxies = readProxies(env, request);
  const known = {requests: requested.map((row) => row.request), proxies: [proxies.http, proxies.https], env};
  await noteSecrets(session, known); // Before anything can be wrong with them.
  const reading = readMavenSettings(request, session.terminal, proxies);
  // A dist that is there already may be all that was asked for: then this host need not be examined, which takes a while.
  const isHostFirst = !boots || !(await hasDists(request.output));
  const preparing = isHostFirst ? prepareHost(session, requested, boots) : undefined;
  // Our own data is read while the disk and git are waited for.
  const [standIn] = await Promise.all([
    readStandIn(projectRoot),
    throwTogether([
      reading,
      ...(boots ? findMirrorProblems(request).map((problem) => Promise.reject(problem)) : []),
      ...(preparing === undefined ? [] : [preparing]),
      ...[...new Set(requested.flatMap((row) => row.request.patches))].map(readPatch),
    ]),
  ]);
  const {file: mavenSettings, notes} = await reading;
  for (const note of notes) onWait(note);
  const secrets = await noteSecrets(session, known, mavenSettings);
  const [{drafts, skipped}, targets] = await Promise.all([
    planDrafts(session, requested, {source, standIn, proxies, boots, onWait, mavenSettings}),
    openTargets(session, standIn, createRedactor(secrets), debianArchitecture(arch())),
  ]);
  const states = await readTargets(drafts, targets, boots);
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
    skipped,
    choices: new Map(drafts.map(({plan, choice}) => [plan.buildId, choice])),
    secrets,
    targets,
  };
}

/** @returns All that is known to be secret, which the terminal knows from now on too. */
async function noteSecrets(
  {terminal}: Session,
  sources: SecretSources,
  settings?: SettingsFile,
): Promise<readonly string[]> {
  const mavenSettings = settings?.text;
  const found = [...(await findSecrets({...sources, mavenSettings})), ...(settings?.secrets ?? [])];
  for (const secret of found) terminal.secrets.add(secret);
  return [...new Set(found)];
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
  throwProblems(problems);
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
  const {request, candidate, dependencyPlan, choice} = draft;
  const plan = planBuild(
    candidate.facts,
    {...request, source: source.name},
    {
      dependencies: choice.mode,
      machine: {...host.machine, memoryMib: request.memoryMib, cpus: request.cpus ?? host.cores},
    },
  );
  return {
    plan,
    source,
    sourceFacts: candidate.sourceFacts,
    dependencyPlan,
    provision: planProvision(plan, host, guestProxy),
    box: host.box,
    definition: planDefinition(draft, host.boxContent, targets),
    replace: request.force,
  };
}

/** Waits for all, then throws all that went wrong as one list. */
async function throwTogether(work: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  const reasons = results.flatMap((result): unknown[] =>
    result.status === 'rejected' ? [result.reason] : [],
  );
  const bug = reasons.find((reason) => !(reason instanceof ExpectedError));
  if (bug !== undefined) throw asError(bug);
  throwProblems(reasons.filter((reason) => reason instanceof ExpectedError));
}

function planProvision(plan: BuildPlan, host: HostChoice, proxy: ProvisionData['proxy']): ProvisionData {
  return {
    withR: plan.features.includes('sparkr'),
    mavenMinimum: plan.facts.mavenMinimum,
    caCertificates: host.caCertificates,
    ...(proxy === undefined ? {} : {proxy}),
  };
}
