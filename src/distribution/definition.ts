// What a dist depends on besides what the operator asked for: the guest and our own part of the dependencies; and the
// hash over all of it, which decides whether a build would give the same again. Pure; knows no files.
import {createHash} from 'node:crypto';
import {z} from '../core/schema.ts';
import {findDifference, sha256Schema, type DistInputs} from './inputs.ts';

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
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
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
