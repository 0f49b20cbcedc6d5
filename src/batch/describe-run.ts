// What a run's events say of each of its builds before anything happens: what is wanted, and what of it is there. Pure.
import {listNeededPatches, renderRelease} from '../catalogue/ref-facts.ts';
import type {EventBody} from '../core/events.ts';
import type {TargetState} from '../distribution/publish.ts';
import type {BuildPlan} from '../recipe/build-plan.ts';
import type {PlannedBuild} from './plan-run.ts';
import type {Preflight} from './preflight.ts';

type Described = Pick<Preflight, 'upToDate' | 'builds' | 'skipped' | 'choices' | 'request'>;
type BodyOf<T extends EventBody['type']> = EventBody & {readonly type: T};

export function describeRun({upToDate, builds, skipped, choices, request}: Described): readonly EventBody[] {
  const {features, deps} = request;
  return [
    ...[...upToDate, ...builds].map(({plan, command}) =>
      describePlan(plan, command, choices.get(plan.buildId)?.reason),
    ),
    ...upToDate.map(({plan}) => describeTarget(plan.buildId, {status: 'same'})),
    ...skipped.map(({buildId, tag}): BodyOf<'build.planned'> => ({
      type: 'build.planned',
      ...{buildId, tag, release: renderRelease(tag), features: [...features].sort(), deps},
      ...{variant: `spark-${deps}`, arguments: [], patches: [], command: 'build-spark releases'},
    })),
  ];
}

function describePlan(plan: BuildPlan, command: string, choice: string | undefined): EventBody {
  const {buildId, tag, commit, features, deps, dependencies, arguments: words, patches, facts} = plan;
  return {
    type: 'build.planned',
    ...{buildId, ...findHistoryKey(plan), tag, commit, deps, dependencies, choice},
    arguments: words,
    patches: [...listNeededPatches(facts, features), ...patches],
    command,
  };
}

/** Whether the dist itself is there, and why it will not do. */
export function describeTarget(
  buildId: string,
  target: Pick<TargetState, 'status'> & {readonly reason?: string; readonly difference?: string},
): BodyOf<'cache.asked'> {
  const {status, reason = '', difference = ''} = target;
  const answers = {
    free: 'there is none in the output folder yet',
    same: 'it is there, of the same inputs and whole',
    stale: `it ${reason}`,
    different: `it ${difference}, and is replaced`,
  } as const;
  return {
    type: 'cache.asked',
    ...{buildId, cache: 'dist', reason: answers[status]},
    result: status === 'same' ? 'hit' : 'miss',
  };
}

export type HistoryKey = Pick<BodyOf<'build.planned'>, 'release' | 'features' | 'variant'>;

/** What makes builds comparable in time. */
export function findHistoryKey({
  tag,
  features,
  source,
  deps,
  compileTests,
}: PlannedBuild['plan']): HistoryKey {
  const variant = [source === 'sample' ? 'sample' : 'spark', deps, ...(compileTests ? ['tests'] : [])].join(
    '-',
  );
  return {release: renderRelease(tag), features: [...features].sort(), variant};
}
