// What our patches and the stand-in say to Maven besides the edits they make. Pure.
import type {SourcePatch} from './source-patches.ts';
import type {SourceFacts} from './source-facts.ts';
import type {StandIn} from './stand-in.ts';

export type OwnArguments = Pick<SourcePatch, 'arguments' | 'bundles' | 'notBundled'>;

export const noOwnArguments: OwnArguments = {arguments: [], bundles: {}};

/** @param patches Ids of those that the features need. */
export function planOwnArguments(
  mode: string,
  {line}: SourceFacts,
  {lines, patches: all}: Pick<StandIn, 'lines' | 'patches'>,
  patches: readonly string[],
): OwnArguments {
  const needed = all.filter(({id}) => patches.includes(id));
  const standIn = mode === 'apache' && line !== undefined ? lines[line] : undefined;
  return {
    arguments: [...needed.flatMap((patch) => patch.arguments), ...(standIn?.arguments ?? [])],
    bundles: Object.fromEntries(needed.flatMap(({bundles}) => Object.entries(bundles))),
    notBundled: needed.find(({notBundled}) => notBundled !== undefined)?.notBundled,
  };
}
