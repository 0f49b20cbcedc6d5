// Finds the source of what is compiled in the machine: the commit of its tag, and its poms. Asks its mirror.
import {listCompiled, type CompiledSource, type CompiledWish} from '../maven/compiled.ts';
import type {DependenciesMode} from '../maven/maven-network.ts';
import type {SourceFacts} from '../maven/source-facts.ts';
import type {StandIn} from '../maven/stand-in.ts';
import type {BuildRequest} from '../recipe/build-request.ts';
import {parseSource} from '../source/location.ts';
import {openMirror, type FetchOptions, type MirrorTools} from '../source/mirror.ts';
import {HostError} from '../core/errors.ts';

/** What was read once in a run is not read again for the next build. */
export type CompiledMemory = Map<string, Promise<CompiledSource>>;

/**
 * @param onMissing For who only looks: takes why a repository is out of reach, and what is compiled from it is left out.
 * @returns By name. @throws UsageError for a tag that is not there; HostError when the repository is out of reach.
 */
export async function findCompiledSources(
  tools: MirrorTools,
  asked: {
    readonly mode: DependenciesMode;
    readonly facts: SourceFacts;
    readonly standIn: StandIn;
    readonly request: Pick<BuildRequest, 'parquetSource'>;
    readonly cwd: string;
  },
  options: FetchOptions,
  memory: CompiledMemory,
  onMissing?: (why: string) => void,
): Promise<ReadonlyMap<string, CompiledSource>> {
  const {mode, facts, standIn, request, cwd} = asked;
  const found = new Map<string, CompiledSource>();
  for (const wish of listCompiled(mode, facts, standIn)) {
    const named = wish.source === 'parquet' ? request.parquetSource : undefined;
    const key = JSON.stringify([wish.repository, wish.tag]);
    const finding =
      memory.get(key) ?? findCompiledSource(tools, wish, named ?? wish.repository, cwd, options);
    memory.set(key, finding);
    try {
      found.set(wish.name, await finding);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      // Git speaks of the source, which has another option.
      const hint = error.hint.replace('--source', '--parquet-source');
      if (onMissing === undefined) throw new HostError(error.message, hint, {cause: error});
      onMissing(`${error.message}; ${wish.name}, which is compiled from it, is not in the plan. ${hint}`);
    }
  }
  return found;
}

async function findCompiledSource(
  tools: MirrorTools,
  {tag}: CompiledWish,
  named: string,
  cwd: string,
  options: FetchOptions,
): Promise<CompiledSource> {
  const source = parseSource(named, cwd);
  const mirror = openMirror(source, tools);
  const {commit} = await mirror.resolve(tag, options);
  const {poms} = await mirror.open(commit, options.signal);
  return {repository: source.name, commit, poms};
}
