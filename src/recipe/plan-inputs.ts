// What a dist is made from, as the manifest records it and a later run compares it. Pure.
import type {DependencyPlan} from '../maven/dependency-plan.ts';
import type {DistInputs} from '../distribution/inputs.ts';
import type {PreparedSource} from '../source/prepare.ts';
import type {BuildPlan} from './build-plan.ts';

/** @param source Safe name of the source: no password, no token. */
export function planInputs(
  plan: BuildPlan,
  dependencies: DependencyPlan,
  prepared: Pick<PreparedSource, 'edits' | 'patches'>,
): DistInputs {
  const {parentPom, bridges, line} = dependencies;
  const replaced = [
    ...(parentPom === undefined ? [] : [{replaced: 'parent pom', with: parentPom.path, line}]),
    ...bridges.map(({groupId, artifactId, version}) => ({
      added: 'bridge',
      artifact: `${groupId}:${artifactId}:${version}`,
    })),
    ...prepared.edits.map(({id, file, why}) => ({edited: file, edit: id, why})),
  ];
  return {
    source: plan.source,
    tag: plan.tag,
    commit: plan.commit,
    features: [...plan.features],
    deps: plan.deps,
    dependencies: plan.dependencies,
    replaced,
    patches: [...prepared.edits.map(({id, sha256}) => ({name: `edit:${id}`, sha256})), ...prepared.patches],
    arguments: [...plan.arguments],
  };
}
