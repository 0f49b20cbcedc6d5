// What `plan` tells of a build: its plan, and what of it is here already. Boots nothing, writes nothing.
import type {Paths} from '../core/paths.ts';
import type {TargetState} from '../distribution/publish.ts';
import {nameCompiled, type CompiledPlan} from '../maven/compiled.ts';
import {describeEdit} from '../maven/edits.ts';
import {planBuildOptions} from '../maven/maven-options.ts';
import {listModules} from '../maven/module-store.ts';
import {findUnsupported, type BuildPlan, type MachineChoice} from '../recipe/build-plan.ts';
import {planMavenHits} from '../recipe/keep-artifacts.ts';
import {planSteps} from '../recipe/recipe.ts';
import {readPatch} from '../source/patches.ts';
import type {PlannedBuild} from './plan-run.ts';

export interface DescribedPlan extends Omit<BuildPlan, 'patches' | 'machine'> {
  readonly machine: MachineChoice;
  readonly patches: readonly {readonly name: string; readonly sha256: string}[];
  /** Added to Maven's call that builds. */
  readonly mavenOptions: readonly string[];
  /** What would be sent of the Maven cache. */
  readonly mavenCache: {readonly files: number; readonly bytes: number; readonly set?: string | undefined};
  /** Whether compiled modules of another variant are there, or another variant of this run will want those of this one. */
  /** Dependencies that are compiled in the machine first, and whether an earlier build has left their jars. */
  readonly compiled: readonly DescribedCompiled[];
  readonly sharedModules?: {readonly isThere: boolean; readonly keeps: boolean};
  /** Names, in order. */
  readonly steps: readonly string[];
  readonly target: DescribedTarget;
  /** Why it cannot be built as it was asked for. */
  readonly unsupported?: string;
}

type DescribedCompiled = Pick<CompiledPlan, 'name' | 'repository' | 'tag' | 'commit' | 'version'> & {
  readonly isThere: boolean;
};

export async function describePlan(build: PlannedBuild, {maven, modules}: Paths): Promise<DescribedPlan> {
  const {plan, machineChoice, dependencyPlan, target} = build;
  const own = dependencyPlan.edits.map(describeEdit).map(({id, sha256}) => ({name: `edit:${id}`, sha256}));
  const given = await Promise.all(plan.patches.map(readPatch));
  const reason = findUnsupported(plan.facts, plan.features);
  const {name, keeps = false} = build.modules ?? {};
  const kept = (await listModules(modules)).map((file) => file.name);
  const isThere = name !== undefined && kept.includes(name);
  const compiled = dependencyPlan.compiled.map((each) => {
    const {name: id, repository, tag, commit, version} = each;
    const key = nameCompiled(each, dependencyPlan.settingsXml, build.definition);
    return {name: id, repository, tag, commit, version, isThere: kept.includes(key)};
  });
  return {
    ...plan,
    machine: machineChoice,
    patches: [...own, ...given.map(({name, sha256}) => ({name, sha256}))],
    steps: planSteps({plan}).map(({name}) => name),
    target: describeTarget(target),
    mavenOptions: planBuildOptions(plan, machineChoice),
    mavenCache: await planMavenHits(maven, build),
    compiled,
    ...(isThere || keeps ? {sharedModules: {isThere, keeps}} : {}),
    ...(reason === undefined ? {} : {unsupported: reason}),
  };
}

interface DescribedTarget {
  /** As `build` would find it. */
  readonly status: 'missing' | 'up-to-date' | 'rebuild' | 'different';
  readonly reason?: string;
}

function describeTarget(target: TargetState): DescribedTarget {
  switch (target.status) {
    case 'free':
      return {status: 'missing'};
    case 'same':
      return {status: 'up-to-date'};
    case 'stale':
      return {status: 'rebuild', reason: `it ${target.reason}`};
    case 'different':
      return {status: 'different', reason: `it ${target.difference}`};
  }
}
