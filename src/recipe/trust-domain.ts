// Decides whose build may be given what another one left: artifacts of Maven's and compiled modules. What a build leaves
// can be forged by its source, so it goes only to builds of the same source. Knows no guest.
import {createHash} from 'node:crypto';
import {releasesDomain, sampleDomain} from '../maven/artifact-sets.ts';
import {findByCommit} from '../catalogue/find.ts';
import type {RefFacts} from '../catalogue/ref-facts.ts';
import {readCatalogue} from '../catalogue/release-list.ts';
import {skipTestArguments} from '../maven/dependency-plan.ts';
import type {SourceLocation} from '../source/location.ts';
import {readPatch} from '../source/patches.ts';
import type {BuildPlan} from './build-plan.ts';

/**
 * Builds of one domain share. `releases`: commits that Cloudera published, wherever they were fetched from, since a
 * commit is its content; what they leave is given to all others too, which write nothing there. `sample`: ours. All
 * else, such as a fork or a branch, has a domain of its own: by source, ref, the operator's patches by content, and their
 * `-D`, which can name other repositories.
 * @param patches SHA-256 of each of the operator's.
 */
export function planDomain(
  {
    tag,
    commit,
    arguments: words,
    ownArguments,
  }: Pick<BuildPlan, 'tag' | 'commit' | 'arguments' | 'ownArguments'>,
  source: Pick<SourceLocation, 'type' | 'name'>,
  patches: readonly string[],
  catalogue: readonly RefFacts[],
): string {
  const own: readonly string[] = [...skipTestArguments, ...ownArguments];
  const defines = words.filter((word) => word.startsWith('-D') && !own.includes(word));
  if (patches.length === 0 && defines.length === 0) {
    if (findByCommit(catalogue, commit) !== undefined) return releasesDomain;
    if (source.type === 'sample') return sampleDomain;
  }
  const all = [source.type, source.name, tag, patches, defines];
  return createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 16);
}

/** @throws UsageError for a patch that cannot be read. */
export async function readDomain(
  plan: Pick<BuildPlan, 'tag' | 'commit' | 'arguments' | 'ownArguments' | 'patches'>,
  source: SourceLocation,
): Promise<string> {
  const patches = await Promise.all(plan.patches.map(readPatch));
  return planDomain(
    plan,
    source,
    patches.map(({sha256}) => sha256),
    await readCatalogue(),
  );
}
