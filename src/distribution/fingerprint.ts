// What decides whether a dist has to be made again: what was asked (inputs), what it was made in and with (definition), the
// hash over both, and how two of them differ, in words. Pure; knows no files.
import {createHash} from 'node:crypto';
import {isDeepStrictEqual} from 'node:util';
import {featureNames} from '../catalogue/features.ts';
import {z} from '../core/schema.ts';
import type {DependencyPlan} from '../maven/dependency-plan.ts';
import type {StandIn} from '../maven/stand-in.ts';
import type {PreparedSource} from '../source/prepare.ts';

const featureSchema = z.enum(featureNames);
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hex');

/** Texts, or objects such as `{property, from, to}`: whatever tells a reader what was put in place of what. */
const replacementSchema = z.union([z.string(), z.record(z.string(), z.unknown())]);

export const inputsSchema = z.object({
  /** URL or path without secrets, or `sample`. */
  source: z.string(),
  /** The ref as it was named. */
  tag: z.string(),
  /** 40 hex digits (64 in a SHA-256 repository). */
  commit: z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/, 'is not a commit'),
  features: z.array(featureSchema),
  deps: z.enum(['provided', 'bundled']),
  /** Whose Hadoop, Hive … it was compiled against; `none` for a source without Cloudera's parent. */
  dependencies: z.enum(['cloudera', 'apache', 'none']),
  replaced: z.array(replacementSchema),
  /** In the order of their application: ours, then the user's. */
  patches: z.array(z.object({name: z.string(), sha256: sha256Schema})),
  /** All that make-distribution.sh was given, in order. */
  arguments: z.array(z.string()),
});

/** A dist made from equal inputs need not be made again. */
export type DistInputs = z.infer<typeof inputsSchema>;

/** Of a build's plan, as far as it decides what the dist is. */
type Asked = Readonly<Pick<DistInputs, 'source' | 'tag' | 'commit' | 'deps' | 'dependencies'>> & {
  readonly features: readonly DistInputs['features'][number][];
  readonly arguments: readonly string[];
};

/** @param plan Its source is the safe name: no password, no token. */
export function planInputs(
  plan: Asked,
  dependencies: DependencyPlan,
  prepared: Pick<PreparedSource, 'edits' | 'patches'>,
): DistInputs {
  const {parentPom, bridges, compiled, line} = dependencies;
  const replaced = [
    ...(parentPom === undefined ? [] : [{replaced: 'parent pom', with: parentPom.path, line}]),
    ...bridges.map(({groupId, artifactId, version}) => ({
      added: 'bridge',
      artifact: `${groupId}:${artifactId}:${version}`,
    })),
    ...compiled.map(({name, groupId, version, repository, tag, commit, edits}) => ({
      ...{compiled: name, artifacts: `${groupId}:*:${version}`, source: repository, tag, commit},
      edits: edits.map(({id}) => id),
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

export const definitionSchema = z.object({
  /** Name, and what tells its content: a checksum, or for a box built here a hash over its recipe and packages. */
  box: z.string(),
  /** Over Puppet's code, the bootstrap, and how commands are run in the guest. */
  puppet: sha256Schema,
  /** Over Puppet's data. */
  hiera: sha256Schema,
  /** Over the stand-in for Cloudera's parent pom, the bridges and the edits: what we put in place of what. */
  dependencies: sha256Schema,
});

export type Definition = Readonly<z.infer<typeof definitionSchema>>;

/** Raised when a dist of the same inputs comes out otherwise: then all are built again. */
const hashVersion = 1;

/**
 * Commit, features, deps, dependencies, patches by content, arguments, the definition and the version of this format.
 * Not: where the source was fetched from, names of patches, memory and cores, who built it and when.
 */
export function hashInputs(inputs: DistInputs, definition: Definition): string {
  const {commit, features, deps, dependencies, patches} = inputs;
  const {box, puppet, hiera} = definition;
  const all = [
    ...[hashVersion, commit, [...new Set(features)].sort(), deps, dependencies],
    patches.map(({sha256}) => sha256),
    inputs.arguments,
    [box, puppet, hiera, definition.dependencies],
  ];
  return hashJson(all);
}

/** As a manifest has them; an older tool recorded neither. */
export interface Recorded {
  readonly inputsHash?: string | undefined;
  readonly definition?: Definition | undefined;
}

/**
 * Why a dist of the same request has to be built again, completing "it …".
 * @returns undefined when the hashes agree.
 */
export function findOutdated(
  there: DistInputs & Recorded,
  asked: DistInputs,
  definition: Definition,
): string | undefined {
  if (there.inputsHash === hashInputs(asked, definition)) return undefined;
  const {definition: was} = there;
  if (was === undefined || there.inputsHash === undefined)
    return 'was made by a version of build-spark that did not record the machine it was made in';
  if (was.box !== definition.box) return `was made in another box: ${was.box}, and not ${definition.box}`;
  if (was.puppet !== definition.puppet) return 'was made in a machine set up by other Puppet code';
  if (was.hiera !== definition.hiera) return 'was made in a machine set up with other Puppet data';
  if (was.dependencies !== definition.dependencies)
    return 'was made with another stand-in for the dependencies, or other edits of ours';
  return findDifference(there, asked) ?? 'was made in another format of the inputs';
}

/** Patches that are ours, not the operator's: the edits that go with the dependencies. */
const ownPatch = 'edit:';

/** The inputs as far as the operator decides them: a difference in these is never replaced unasked. */
export function keepAsked(inputs: DistInputs): DistInputs {
  return {
    ...inputs,
    replaced: [],
    patches: inputs.patches.filter(({name}) => !name.startsWith(ownPatch)),
  };
}

/**
 * What we put in place of Cloudera's dependencies. Not Maven's settings: mirrors and proxies are ways to the same
 * files, and may hold a password.
 */
export function hashDependencies(
  {mode, parentPom, bridges, compiled, edits, emptyJars}: DependencyPlan,
  {installScript}: StandIn,
): string {
  // Not where it was fetched from: the same commit is the same source.
  const made = compiled.map(({commit, edits: own, arguments: words, parentPom: parent}) => [
    ...[commit, own, words, parent ?? null],
  ]);
  return hashJson([
    ...[mode, parentPom ?? null, bridges, edits, emptyJars, installScript],
    ...(made.length === 0 ? [] : [made]),
  ]);
}

/** Name and content of a box, for the definition. @param content What tells one from another of the same name. */
export function renderBox(name: string, content: string | undefined): string {
  return content === undefined ? name : `${name} (${content})`;
}

/**
 * Recipe and packages tell a box built here: its bytes differ each time it is made.
 * @param packages Without them, as long as the box is not there: the beginning of what it will be with them.
 */
export function renderBuiltBox(
  name: string,
  recipeHash: string,
  packages?: Readonly<Record<string, string>>,
): string {
  const recipe = `${name} (recipe ${recipeHash.slice(0, 16)}`;
  if (packages === undefined) return recipe;
  const sorted = Object.entries(packages).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `${recipe}, packages ${hashJson(sorted).slice(0, 16)})`;
}

/**
 * The first difference that matters, in words which complete "it …". `source` and `tag` do not count: the same
 * commit is the same source, wherever it came from.
 * @param there Of the dist that is there.
 * @param asked Of the one that is asked for.
 */
export function findDifference(there: DistInputs, asked: DistInputs): string | undefined {
  if (there.commit !== asked.commit)
    return `was made from commit ${shorten(there.commit)} of ${there.source}, and not from ${shorten(asked.commit)} of ${asked.source}`;
  const features = renderFeatures(there);
  if (features !== renderFeatures(asked))
    return `was made with ${features}, and not with ${renderFeatures(asked)}`;
  if (there.deps !== asked.deps) return `was made with --deps ${there.deps}, and not ${asked.deps}`;
  if (there.dependencies !== asked.dependencies)
    return `was compiled against dependencies "${there.dependencies}", and not "${asked.dependencies}"`;
  return (
    findPatchDifference(there, asked) ??
    findListDifference('argument', there.arguments, asked.arguments) ??
    (isDeepStrictEqual(there.replaced, asked.replaced)
      ? undefined
      : (findListDifference('replacement', there.replaced.map(renderText), asked.replaced.map(renderText)) ??
        'had its dependencies replaced in another way'))
  );
}

function findPatchDifference(there: DistInputs, asked: DistInputs): string | undefined {
  // Two patches of one run may have the same file name, in different folders.
  const findOnly = ({patches}: DistInputs, name: string): string | undefined => {
    const found = patches.filter((patch) => patch.name === name);
    return found.length === 1 ? found[0]?.sha256 : undefined;
  };
  const changed = asked.patches.find(({name}) => {
    const [before, now] = [findOnly(there, name), findOnly(asked, name)];
    return before !== undefined && now !== undefined && before !== now;
  });
  if (changed !== undefined) return `was made with another content of the patch ${changed.name}`;
  const render = ({patches}: DistInputs): string[] =>
    patches.map(({name, sha256}) => `${name} (${sha256.slice(0, 12)})`);
  const difference = findListDifference('patch', render(there), render(asked));
  return (
    difference ??
    (isDeepStrictEqual(there.patches, asked.patches) ? undefined : 'was made with other patches')
  );
}

function findListDifference(
  what: string,
  there: readonly string[],
  asked: readonly string[],
): string | undefined {
  const added = asked.find((item) => !there.includes(item));
  if (added !== undefined) return `was made without the ${what} ${added}`;
  const gone = there.find((item) => !asked.includes(item));
  if (gone !== undefined) return `was made with the ${what} ${gone}, which is not asked for now`;
  return isDeepStrictEqual(there, asked)
    ? undefined
    : `was made with another order or number of ${what === 'patch' ? 'patche' : what}s`;
}

function renderFeatures({features}: DistInputs): string {
  return features.length === 0 ? 'no features' : [...new Set(features)].sort().join(' and ');
}

function renderText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function shorten(commit: string): string {
  return commit.slice(0, 12);
}

/** SHA-256 in hex. */
export function hashJson(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
