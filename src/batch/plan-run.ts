// What a run does, from what was found out: which dists are there already, which stand in the way, and all that each of
// the builds needs. Pure: who asks for it is preflight.ts.
import {join} from 'node:path';
import type {ExpectedError} from '../core/errors.ts';
import {refuseDifferent, type TargetState} from '../distribution/publish.ts';
import type {ProvisionData} from '../machine/machine.ts';
import type {BuildInputs} from '../recipe/build-context.ts';
import type {BuildPlan} from '../recipe/build-plan.ts';
import {planSharing} from '../recipe/share-modules.ts';
import type {SourceLocation} from '../source/location.ts';
import type {Draft} from './drafts.ts';
import {renderBuildCommand} from './build-command.ts';
import type {HostChoice} from './host-choice.ts';
import {planDefinition, type TargetTools} from './targets.ts';

/** What is at the place of each dist; nothing is known of one that could not be looked at. */
export type TargetStates = ReadonlyMap<Draft, TargetState>;

/** A build with all that it needs, and what is at its place. */
export type PlannedBuild = BuildInputs & {
  readonly target: TargetState;
  /** To have this one alone once more. */
  readonly command: string;
};

/** A dist of the same inputs that is there already. */
export interface UpToDate {
  readonly plan: BuildPlan;
  readonly target?: TargetState | undefined;
  readonly command: string;
}

/** Dists that were made otherwise, and that nobody said may be replaced. */
export function findConflicts(states: TargetStates): readonly ExpectedError[] {
  return [...states].flatMap(([{plan, request}, state]) =>
    state.status === 'different' && !request.force
      ? [refuseDifferent(join(plan.output, plan.dist), state.difference)]
      : [],
  );
}

/** @param boots For `plan` and `source` nothing is up to date: they tell of all. */
export function sortDrafts(
  drafts: readonly Draft[],
  states: TargetStates,
  boots: boolean,
): {readonly missing: readonly Draft[]; readonly upToDate: readonly UpToDate[]} {
  const isThere = (draft: Draft): boolean =>
    boots && !draft.request.force && states.get(draft)?.status === 'same';
  return {
    missing: drafts.filter((draft) => !isThere(draft)),
    upToDate: drafts.filter(isThere).map((draft) => ({
      plan: draft.plan,
      target: states.get(draft),
      command: renderBuildCommand(draft.plan, draft.request),
    })),
  };
}

export interface RunFacts {
  readonly source: SourceLocation;
  readonly host: HostChoice;
  readonly states: TargetStates;
  readonly guestProxy: ProvisionData['proxy'];
  readonly targets: Pick<TargetTools, 'guest' | 'standIn'>;
}

/** A draft that is to be built, and whose artifacts it may share: trust-domain.ts. */
export interface Wanted {
  readonly draft: Draft;
  readonly domain: string;
}

export function planBuilds(wanted: readonly Wanted[], facts: RunFacts): readonly PlannedBuild[] {
  const builds = wanted.map((each) => planInputsOf(each, facts));
  return planSharing(builds, ({replace}) => replace);
}

/** Everything that a build needs, now that its machine is known. */
function planInputsOf({draft, domain}: Wanted, facts: RunFacts): PlannedBuild {
  const {plan, request, candidate, dependencyPlan} = draft;
  const {source, host, states, guestProxy, targets} = facts;
  // QEMU's emulator shows one processor too late the code that another has changed: JVMs stand still at full load, and
  // kernels fall (docs/providers.md).
  const {memoryMib, cpus = host.machine.isEmulated === true ? 1 : host.cores} = plan.machine;
  return {
    plan,
    machineChoice: {memoryMib, cpus, ...host.machine},
    source,
    sourceFacts: candidate.sourceFacts,
    dependencyPlan,
    provision: {
      withR: plan.features.includes('sparkr'),
      mavenMinimum: plan.facts.mavenMinimum,
      caCertificates: host.caCertificates,
      proxy: guestProxy,
    },
    box: host.box,
    definition: planDefinition(dependencyPlan, host.boxContent, targets),
    domain,
    replace: request.force,
    target: states.get(draft) ?? {status: 'free'},
    command: renderBuildCommand(plan, request),
  };
}
