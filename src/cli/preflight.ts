// Decides everything before anything is created: which refs, whose dependencies, which machine, where to; all problems at once.
import {readFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import type {BuildInputs} from '../build/context.ts';
import {planInputs} from '../build/inputs.ts';
import {checkNames, planBuild, type BuildPlan} from '../build/plan.ts';
import {parseRequest, type BuildRequest} from '../build/request.ts';
import {selectRefs, type Candidate, type Skipped} from '../build/select.ts';
import {asError, describeError, ExpectedError, throwProblems, UsageError} from '../core/errors.ts';
import {projectRoot} from '../core/paths.ts';
import {createRedactor, findUrlSecrets} from '../core/redact.ts';
import {chooseDependencies, planProbe, type Choice} from '../dependencies/choose.ts';
import {describeEdit} from '../dependencies/edits.ts';
import {planDependencies} from '../dependencies/plan.ts';
import {createAsk, probeRepository} from '../dependencies/probe.ts';
import {readStandIn, type StandIn} from '../dependencies/stand-in.ts';
import {checkOutputFolder, checkTarget, refuseDifferent} from '../dist/publish.ts';
import type {ProvisionData} from '../machine/machine.ts';
import {parseSource, type SourceLocation} from '../source/location.ts';
import {readPatch} from '../source/patches.ts';
import {prepareHost, type HostChoice} from './host-choice.ts';
import {findNoProxy, findProxy, renderRequestInput, type BuildOptions} from './options.ts';
import type {Session} from './session.ts';

export interface PreflightOptions {
  /** False for `plan` and `source`: they boot nothing, so a host without a provider and an odd feature do not matter. */
  readonly boots: boolean;
  /** What is being waited for. */
  readonly onWait: (line: string) => void;
}

export interface Preflight {
  readonly request: BuildRequest;
  readonly source: SourceLocation;
  readonly standIn: StandIn;
  readonly host: HostChoice;
  readonly builds: readonly BuildInputs[];
  /** Dists of the same inputs that are there already. */
  readonly upToDate: readonly BuildInputs[];
  readonly skipped: readonly Skipped[];
  /** One sentence a build on whose dependencies it is compiled against. */
  readonly choices: ReadonlyMap<string, Choice>;
  readonly secrets: readonly string[];
}

export async function runPreflight(
  session: Session,
  options: BuildOptions,
  {boots, onWait}: PreflightOptions,
): Promise<Preflight> {
  const {terminal, paths, clock} = session;
  const {signal} = terminal;
  const request = parseRequest(renderRequestInput(options, terminal.cwd));
  const source = parseSource(request.source, terminal.cwd);
  const preparing = prepareHost(session, request, boots);
  await throwTogether([
    preparing,
    ...(boots ? [checkOutputFolder(request.output)] : []),
    ...request.patches.map(readPatch),
  ]);
  const host = await preparing;
  const standIn = await readStandIn(projectRoot);
  const {chosen, skipped} = await selectRefs(request, source, session, {
    signal,
    onLine: (line) => {
      if (isWorthSaying(line)) onWait(line);
    },
    refusesUnsupported: boots,
  });
  const mavenSettings =
    request.mavenSettings === undefined
      ? undefined
      : await readText(request.mavenSettings, '--maven-settings');
  const proxies = renderProxies(request, terminal.env);
  const proxyFor = (url: URL): string | undefined =>
    url.protocol === 'http:' ? proxies.http : proxies.https;
  const choices = new Map<string, Choice>();
  const builds: BuildInputs[] = [];
  for (const candidate of chosen) {
    const choice = await choose(candidate, request, standIn, async (url) =>
      probeRepository(url, paths.probes, createAsk(proxyFor), clock.now().getTime()),
    );
    const plan = planBuild(
      candidate.facts,
      {...request, source: source.name},
      {dependencies: choice.mode, machine: host.machine},
    );
    choices.set(plan.buildId, choice);
    builds.push({
      plan,
      source,
      sourceFacts: candidate.sourceFacts,
      dependencyPlan: planDependencies({
        mode: choice.mode,
        facts: candidate.sourceFacts,
        standIn,
        network: {mirrors: request.mirrors, proxies, ...(mavenSettings === undefined ? {} : {mavenSettings})},
        shouldCompileTests: request.compileTests,
        hasSparkR: plan.features.includes('sparkr'),
      }),
      provision: planProvision(plan, host, proxies),
      box: host.box,
    });
  }
  const secrets = [
    request.source,
    ...request.mirrors.map(({url}) => url),
    proxies.http,
    proxies.https,
  ].flatMap((url) => (url === undefined ? [] : findUrlSecrets(url)));
  checkNames(builds.map(({plan}) => plan));
  const upToDate = boots ? await findUpToDate(builds, request, createRedactor(secrets)) : [];
  return {
    request,
    source,
    standIn,
    host,
    builds: builds.filter((build) => !upToDate.includes(build)),
    upToDate,
    skipped,
    choices,
    secrets,
  };
}

/** Git counts objects a thousand times a second. */
function isWorthSaying(line: string): boolean {
  return !/^\s*(remote: )?[A-Z][\w ]+:\s+\d+%|^remote: |^From |^ \* \[new/.test(line);
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

async function choose(
  {sourceFacts}: Candidate,
  request: BuildRequest,
  standIn: StandIn,
  probe: (url: string) => ReturnType<typeof probeRepository>,
): Promise<Choice> {
  const url =
    request.dependencies === 'apache' ? undefined : planProbe(sourceFacts, standIn, request.mirrors);
  return chooseDependencies(
    request.dependencies,
    sourceFacts,
    standIn,
    url === undefined ? undefined : await probe(url),
  );
}

interface Proxies {
  readonly http?: string;
  readonly https?: string;
  readonly no?: string;
}

/** `--proxy` is for both; without it each of the two variables has its own say. */
function renderProxies(request: BuildRequest, env: Session['terminal']['env']): Proxies {
  const http = request.proxy ?? findProxy(env, 'http');
  const https = request.proxy ?? findProxy(env, 'https') ?? http;
  const no = request.noProxy ?? findNoProxy(env);
  return {
    ...(http === undefined ? {} : {http}),
    ...(https === undefined ? {} : {https}),
    ...(no === undefined ? {} : {no}),
  };
}

function planProvision(plan: BuildPlan, host: HostChoice, proxy: Proxies): ProvisionData {
  return {
    withR: plan.features.includes('sparkr'),
    mavenMinimum: plan.facts.mavenMinimum,
    caCertificates: host.caCertificates,
    ...(proxy.http === undefined && proxy.https === undefined ? {} : {proxy}),
  };
}

async function findUpToDate(
  builds: readonly BuildInputs[],
  request: BuildRequest,
  redact: (text: string) => string,
): Promise<readonly BuildInputs[]> {
  const found: BuildInputs[] = [];
  for (const build of builds) {
    const {plan, dependencyPlan} = build;
    const patches = await Promise.all(plan.patches.map(readPatch));
    const inputs = planInputs(plan, dependencyPlan, {
      edits: dependencyPlan.edits.map(describeEdit),
      patches: patches.map(({name, sha256}) => ({name, sha256})),
    });
    const target = join(plan.output, plan.dist);
    const state = await checkTarget(target, inputs, {redact});
    if (state.status === 'free' || request.force) continue;
    if (state.status === 'different') throw refuseDifferent(target, state.difference);
    found.push(build);
  }
  return found;
}

async function readText(path: string, option: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(
      `${option} ${basename(path)} cannot be read: ${describeError(error)}.`,
      `Look at it: ls -l ${path}`,
    );
  }
}
