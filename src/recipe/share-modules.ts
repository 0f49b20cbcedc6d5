// Has the variants of one release share what they compile: the first keeps its modules, the others are given them.
// Whatever goes wrong here is a warning: without it a build compiles all itself. docs/adr/0018-modules-of-variants.md
import {createHash} from 'node:crypto';
import {cp, mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {createIncoming, findModules, keepModules} from '../maven/module-store.ts';
import {markUse} from '../store/uses.ts';
import {features} from '../catalogue/features.ts';
import {renderRelease} from '../catalogue/ref-facts.ts';
import {removeTree} from '../core/mounts.ts';
import {projectRoot} from '../core/paths.ts';
import type {DependencyPlan} from '../maven/dependency-plan.ts';
import type {Definition} from '../distribution/fingerprint.ts';
import {
  guestHome,
  need,
  orWarn,
  say,
  sayCache,
  type BuildContext,
  type BuildInputs,
  type SharedModules,
} from './build-context.ts';
import type {BuildPlan} from './build-plan.ts';

/** Raised when modules of an older format must not be used any more. */
const formatVersion = 2;
/**
 * Profiles that tell variants apart. What they change in a module's pom and sources is in the extension's own key.
 */
const isVariantProfile = (word: string): boolean =>
  /^-P[a-z]+-provided$/.test(word) ||
  features.some(({profile, sharesModules}) => sharesModules && word === `-P${profile}`);

/**
 * Builds of one name may share modules: the same source in the same kind of guest against the same dependencies, with
 * the same words for Maven but for the Thriftserver and `--deps`. The domain tells apart a commit that Cloudera
 * published from the same one with patches of the operator's; edits of ours go with the features, and the extension's
 * own key sees what they change.
 */
export function planModules(
  plan: Pick<BuildPlan, 'tag' | 'commit' | 'arguments' | 'dependencies'>,
  {parentPom, bridges, compiled}: Pick<DependencyPlan, 'parentPom' | 'bridges' | 'compiled'>,
  {box, puppet, hiera}: Definition,
  domain: string,
): string {
  const all = [
    ...[formatVersion, domain, plan.commit, plan.dependencies, parentPom ?? null, bridges],
    [box, puppet, hiera],
    plan.arguments.filter((word) => !isVariantProfile(word)),
    ...compiled.map(({commit, edits, arguments: words}) => [commit, edits, words]),
  ];
  const hash = createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 16);
  return `${renderRelease(plan.tag)}-${hash}`;
}

type Sharable = Pick<BuildInputs, 'plan' | 'dependencyPlan' | 'sourceFacts' | 'domain'>;

/** @param definition Of the host; builds that share on one host share on any. @returns undefined: it shares nothing. */
export function nameShared(
  {plan, dependencyPlan, sourceFacts, domain}: Sharable,
  definition: Definition,
  isForced: boolean,
): string | undefined {
  const canShare = !isForced && !plan.compileTests && sourceFacts.plainModules.length > 0;
  return canShare ? planModules(plan, dependencyPlan, definition, domain) : undefined;
}

/**
 * Which builds of a run share what they compile: not a forced one, which is to compile, nor one that compiles the tests.
 * A source without Scala compiles in no time.
 */
export function planSharing<T extends Sharable & Pick<BuildInputs, 'definition'>>(
  builds: readonly T[],
  isForced: (build: T) => boolean,
): readonly (T & {readonly modules?: SharedModules | undefined})[] {
  const names = builds.map((build) => nameShared(build, build.definition, isForced(build)));
  return builds.map((build, index) => {
    const name = names[index];
    if (name === undefined) return build;
    return {...build, modules: {name, keeps: names.filter((other) => other === name).length > 1}};
  });
}

/**
 * What others compiled, and the extension that takes it or keeps what is compiled now.
 * @param home The guest's, not yet there.
 */
export async function stageModules(context: BuildContext, home: string): Promise<void> {
  const {modules, tools, clock, signal} = context;
  if (modules === undefined) {
    sayCache(context, 'modules', 'miss', 'it shares none: forced, with tests, or without Scala');
    return;
  }
  const folder = join(home, 'maven/module-cache');
  const cache = join(home, '.m2/build-cache');
  delete context.restoredModules; // It may be left from a machine that did not boot.
  await orWarn(context, 'No module of another build was used', async () => {
    // Before it is read, so that nobody prunes it meanwhile.
    await markUse({...tools, clock}, {kind: 'modules', name: modules.name});
    const tar = await findModules(tools, modules.name);
    if (tar === undefined)
      sayCache(
        context,
        'modules',
        'miss',
        'no variant of this release has been compiled here with the same words',
      );
    if (tar === undefined && !modules.keeps) return;
    try {
      await mkdir(cache, {recursive: true});
      if (tar !== undefined) await tools.exec(['tar', '--no-same-owner', '-xf', tar, '-C', cache], {signal});
      await cp(join(projectRoot, 'data/guest/module-cache'), folder, {recursive: true});
    } catch (error) {
      await removeTree(cache); // An incomplete one would be taken for a complete one.
      throw error;
    }
    context.restoredModules = [];
  });
}

/** Maven's line on a module that it did not compile. @returns its artifact id. */
export function parseRestored(line: string): string | undefined {
  return /Found cached build, restoring [^:\s]+:(\S+) from cache/.exec(line)?.[1];
}

/** After a good build: the modules that it had, where one of them is new. */
export async function keepNewModules(context: BuildContext): Promise<void> {
  const {modules, tools, restoredModules, signal, plan, sourceFacts} = context;
  if (modules === undefined || restoredModules === undefined) return;
  await orWarn(context, 'The modules that were compiled were not kept', async () => {
    const guest = need(context.guest, 'the guest');
    const cache = `${guestHome}/.m2/build-cache`;
    const {stdout} = await guest.run(['find', cache, '-name', 'buildinfo.xml', '-printf', '%P\\n'], {
      signal,
      allow: 'any',
    });
    const builds = findBuilds(stdout.split('\n'), sourceFacts.plainModules);
    if (builds.every(({artifactId}) => restoredModules.includes(artifactId))) return;
    const chosen = `${guestHome}/maven/modules`;
    const folders = builds.map(({folder}) => folder);
    await guest.run(['mkdir', '-p', chosen], {signal});
    const copy = ['cp', '-al', '--parents', ...folders, chosen];
    await guest.run(['bash', `${guestHome}/in-guest.sh`, cache, plan.mavenOpts, ...copy], {signal});
    const incoming = await createIncoming(tools);
    try {
      await guest.fetchFolder(chosen, incoming, {signal});
      await keepModules(tools, modules.name, incoming, folders, signal);
    } finally {
      await removeTree(incoming);
    }
    say(context, 'info', `${builds.length} modules kept for other variants of this release`);
  });
}

/** @param lines `v1.1/<group>/<artifact>/<key>/local/buildinfo.xml` */
export function findBuilds(
  lines: readonly string[],
  plain: readonly string[],
): readonly {readonly artifactId: string; readonly folder: string}[] {
  return lines.flatMap((line) => {
    const [, folder, artifactId] =
      /^([^/]+\/[^/]+\/([^/]+)\/[0-9a-f]+)\/local\/buildinfo\.xml$/.exec(line) ?? [];
    if (folder === undefined || artifactId === undefined || !plain.includes(artifactId)) return [];
    return [{artifactId, folder}];
  });
}
