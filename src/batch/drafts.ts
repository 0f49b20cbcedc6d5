// From rows of options to builds with everything decided but the machine. Asks the mirror of the source and, for
// `--dependencies auto`, whether Cloudera's repository answers.
import {keepDistinct, planBuild, renderBuildId, type BuildPlan} from '../recipe/build-plan.ts';
import type {BuildRequest} from '../recipe/build-request.ts';
import {readPinned, selectRefs, type Candidate, type SelectionMemory} from './selection.ts';
import {listNeededPatches, type RefFacts} from '../catalogue/ref-facts.ts';
import {ExpectedError, UsageError} from '../core/errors.ts';
import type {Proxies} from '../core/proxies.ts';
import {chooseDependencies, planProbe, type Choice} from '../maven/dependency-choice.ts';
import {listMirrorsOf} from '../maven/maven-network.ts';
import {planDependencies, type DependencyPlan} from '../maven/dependency-plan.ts';
import {planOwnArguments} from '../maven/own-arguments.ts';
import type {StandIn} from '../maven/stand-in.ts';
import type {SettingsFile} from '../maven/settings-file.ts';
import type {SourceLocation} from '../source/location.ts';
import type {FetchOptions} from '../source/mirror.ts';
import type {BuildRow} from './build-options.ts';
import {askForPom} from './ask-for-pom.ts';
import {findCompiledSources, type CompiledMemory} from './compiled-sources.ts';
import {listProblems, throwInOrder} from '../core/problems.ts';
import type {Session} from './session.ts';

/** A row whose options were read. */
export interface RequestedRow extends Omit<BuildRow, 'options'> {
  readonly request: BuildRequest;
}

/** A plan with what it was decided on; nothing of this host is in it. */
export interface Draft {
  readonly plan: BuildPlan;
  readonly request: BuildRequest;
  readonly candidate: Candidate;
  readonly choice: Choice;
  readonly dependencyPlan: DependencyPlan;
  readonly place?: string | undefined;
  /** What `plan` and `source` go on without. */
  readonly warnings: readonly string[];
}

/** Matched by a range, and not to be built. */
export interface SkippedBuild {
  readonly buildId: string;
  readonly tag: string;
  readonly reason: string;
}

export interface DraftContext {
  readonly source: SourceLocation;
  readonly standIn: StandIn;
  readonly proxies: Proxies;
  readonly mavenSettings: SettingsFile | undefined;
  /** False for `plan` and `source`: they refuse nothing for a feature. */
  readonly boots: boolean;
  readonly onWait: (line: string) => void;
  /** Opens no connection for the source: for a look at what else is wrong. */
  readonly isLocal?: boolean | undefined;
}

/** @throws UsageError as `selectRefs` and `keepDistinct` do, naming the row of the file. */
export async function planDrafts(
  session: Session,
  rows: readonly RequestedRow[],
  context: DraftContext,
): Promise<{readonly drafts: readonly Draft[]; readonly skipped: readonly SkippedBuild[]}> {
  const memory: SelectionMemory = {candidates: new Map()};
  const compiled: CompiledMemory = new Map();
  const drafts: Draft[] = [];
  const skipped = new Map<string, SkippedBuild>();
  const problems: ExpectedError[] = [];
  for (const row of rows) {
    try {
      const fetching = planFetching(session, row.request, context);
      const found =
        row.pinned === undefined
          ? await selectRefs(row.request, context.source, session, {
              ...fetching,
              refusesUnsupported: context.boots,
              memory,
              excluded: row.excluded,
            })
          : {chosen: [await readPinned(row.pinned, context.source, session, fetching)], skipped: []};
      for (const {tag, reason} of found.skipped) {
        const buildId = renderBuildId(tag, row.request);
        skipped.set(buildId, {buildId, tag, reason});
      }
      for (const candidate of found.chosen)
        drafts.push(await planDraft(session, row, candidate, context, compiled));
    } catch (error) {
      problems.push(...locate(error, row.place));
    }
  }
  throwInOrder(problems);
  if (drafts.length === 0 && skipped.size === 0)
    throw new UsageError('Nothing is left to build: all that was named is excluded.', 'See: docs/batch.md');
  return {drafts: keepDistinct(drafts), skipped: [...skipped.values()]};
}

/** Whoever names Cloudera's has its artifacts in the cache, or is told so. */
const notAsked = 'with --offline nobody is asked';

/** What the features need, and what a stand-in needs in any case. */
function planPatches(
  facts: RefFacts,
  features: BuildRequest['features'],
  mode: Choice['mode'],
  {patches}: StandIn,
): readonly string[] {
  const withStandIn = mode === 'apache' ? listNeededPatches(facts, ['thriftserver']) : [];
  const always = patches.filter(({id, withStandIn: isOne}) => isOne && withStandIn.includes(id));
  return [...new Set([...listNeededPatches(facts, features), ...always.map(({id}) => id)])];
}

function planFetching(
  {terminal}: Session,
  {refresh, offline}: BuildRequest,
  {onWait, boots, isLocal}: DraftContext,
): FetchOptions {
  return {
    signal: terminal.signal,
    onLine: (line) => {
      if (isWorthSaying(line)) onWait(line);
    },
    mayBeOld: !boots || offline,
    refresh,
    isLocal: isLocal === true || offline,
    isOffline: offline,
  };
}

async function planDraft(
  session: Session,
  {request, place, pinned}: RequestedRow,
  candidate: Candidate,
  context: DraftContext,
  compiled: CompiledMemory,
): Promise<Draft> {
  const {source, standIn, proxies, mavenSettings, boots} = context;
  const {facts, sourceFacts} = candidate;
  const question =
    request.dependencies === 'apache' || pinned !== undefined
      ? undefined
      : planProbe(
          sourceFacts,
          standIn,
          mavenSettings === undefined ? request.mirrors : listMirrorsOf(mavenSettings),
        );
  const probe =
    question === undefined
      ? undefined
      : request.offline
        ? {url: question.url, isAnswering: request.dependencies === 'cloudera', detail: notAsked}
        : await askForPom(session, question, {proxies, caCertificates: request.caCertificates});
  const choose = (): Choice => chooseDependencies(request.dependencies, sourceFacts, standIn, probe);
  const choice = pinned?.choice ?? (boots ? choose() : sayWhyNot(choose));
  const patches = planPatches(facts, request.features, choice.mode, standIn);
  const own = planOwnArguments(choice.mode, sourceFacts, standIn, patches);
  const plan = planBuild(facts, {...request, source: source.name}, choice.mode, own);
  const warnings: string[] = [];
  const onMissing = boots ? undefined : (why: string): void => void warnings.push(why);
  const dependencyPlan = planDependencies({
    mode: choice.mode,
    facts: sourceFacts,
    standIn,
    network: {
      mirrors: request.mirrors,
      proxies,
      mavenSettings,
    },
    shouldCompileTests: request.compileTests,
    hasSparkR: plan.features.includes('sparkr'),
    patches,
    compiled: await findCompiledSources(
      session,
      {mode: choice.mode, facts: sourceFacts, standIn, request, cwd: session.terminal.cwd},
      planFetching(session, request, context),
      compiled,
      onMissing,
    ),
  });
  return {plan, request, candidate, choice, dependencyPlan, place, warnings};
}

/** `plan` and `source` print what a build would be refused for. */
function sayWhyNot(choose: () => Choice): Choice {
  try {
    return choose();
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return {mode: 'cloudera', reason: error.message, isMissing: true};
  }
}

/** Says which row of the file is meant. @throws What is not a mistake of the operator's. */
export function locate(error: unknown, place: string | undefined): readonly ExpectedError[] {
  return listProblems(error).map((problem) =>
    place === undefined || !(problem instanceof UsageError)
      ? problem
      : new UsageError(`${place}: ${problem.message}`, problem.hint, {cause: problem}),
  );
}

/** Git counts objects a thousand times a second. */
function isWorthSaying(line: string): boolean {
  return !/^\s*(remote: )?[A-Z][\w ]+:\s+\d+%|^remote: |^From |^ \* \[new/.test(line);
}
