// Gives a build the artifacts that earlier ones fetched, and keeps what it fetched: for builds of its own domain.
// Whatever goes wrong here is a warning: without the cache a build fetches all itself.
import {renderRelease} from '../catalogue/ref-facts.ts';
import {findOrigin, findSeed, listSets, parseOffer, readSet, renderSetName} from '../maven/artifact-sets.ts';
import {createIncoming, linkSet, sweepMaven, takeOver, touchSet} from '../maven/artifact-store.ts';
import {markUse} from '../store/uses.ts';
import {removeTree} from '../core/mounts.ts';
import type {DependencyPlan} from '../maven/dependency-plan.ts';
import {guestHome, need, orWarn, say, sayCache, type BuildContext} from './build-context.ts';
import type {BuildPlan} from './build-plan.ts';

/** Spark has some 2,000; whoever offers more than this wants to fill a disk. */
const maximumFiles = 20_000;

interface SetInputs {
  readonly plan: BuildPlan;
  readonly dependencyPlan: DependencyPlan;
  readonly domain: string;
}

function planSet({plan, dependencyPlan, domain}: SetInputs): {
  readonly name: string;
  readonly domain: string;
  readonly origin: string;
} {
  const origin = findOrigin(dependencyPlan.settingsXml);
  // The build's name without the label, which changes nothing of what is fetched.
  const build = [
    renderRelease(plan.tag),
    plan.deps === 'provided' ? 'nodeps' : 'bundled',
    ...plan.features,
    plan.dependencies,
    ...(plan.compileTests ? ['tests'] : []),
  ].join('-');
  return {name: renderSetName(build, domain, origin), domain, origin};
}

/** For `plan`: what would be sent. Changes nothing. */
export async function planMavenHits(
  maven: string,
  inputs: SetInputs,
): Promise<{readonly files: number; readonly bytes: number; readonly set?: string | undefined}> {
  const set = findSeed(await listSets(maven), planSet(inputs));
  const artifacts = set === undefined ? [] : ((await readSet(maven, set))?.artifacts ?? []);
  return {
    files: artifacts.length,
    bytes: artifacts.reduce((sum, {bytes}) => sum + bytes, 0),
    set,
  };
}

/** @param repository Folder of the local repository that the guest is to have: filled with what the cache has for this build. */
export async function linkArtifacts(context: BuildContext, repository: string): Promise<void> {
  delete context.mavenSeed; // It may be left from a machine that did not boot.
  await orWarn(context, 'The Maven cache was not used', async () => {
    const {tools, clock, signal} = context;
    const {maven} = tools.paths;
    const cache = {...tools, clock};
    await sweepMaven(cache);
    const own = planSet(context);
    const set = findSeed(await listSets(maven), own);
    if (set === undefined) {
      sayCache(context, 'maven', 'miss', 'no build of this kind has left its artifacts here yet');
      return;
    }
    // Before it is read, so that nobody prunes it meanwhile.
    await markUse(cache, {kind: 'maven', name: set});
    const known = (await readSet(maven, set))?.artifacts ?? [];
    if (known.length === 0) return;
    await touchSet(cache, set);
    const {artifacts, bytes, lost} = await linkSet(cache, known, repository, signal).catch(
      async (error: unknown) => {
        await removeTree(repository); // An incomplete one would not be noticed.
        throw error;
      },
    );
    const [lostOne] = lost;
    const size = `${artifacts.length} files, ${renderMib(bytes)}, of ${set}`;
    if (lostOne !== undefined)
      sayCache(context, 'maven', 'part', `${size}; ${lost.length} were damaged or lost`);
    else if (set === own.name) sayCache(context, 'maven', 'hit', size);
    else sayCache(context, 'maven', 'part', `${size}, the nearest: of this very kind there is none yet`);
    context.mavenSeed = {set, artifacts, bytes, isOwn: set === own.name && lost.length === 0};
    say(context, 'info', `${artifacts.length} files (${renderMib(bytes)}) from the Maven cache, of ${set}`);
    if (lost.length > 0)
      say(
        context,
        'warn',
        `${lost.length} damaged or lost files in the Maven cache are fetched again: ${lost[0] ?? ''} …`,
      );
  });
}

/** Takes over what a good build fetched. */
export async function keepArtifacts(context: BuildContext): Promise<void> {
  await orWarn(context, 'What Maven fetched was not kept', async () => {
    const {tools, clock, signal, plan, dependencyPlan} = context;
    const guest = need(context.guest, 'the guest');
    const seed = context.mavenSeed;
    const lines: string[] = [];
    // in-guest.sh goes to the home folder first; collect.sh to the repository.
    const command = [
      'maven/collect.sh',
      `${guestHome}/maven/sent`,
      `${guestHome}/dependencies/local-only.txt`,
    ];
    const argv = [
      'bash',
      `${guestHome}/in-guest.sh`,
      guestHome,
      plan.mavenOpts,
      'bash',
      ...command,
      `${guestHome}/maven/fresh`,
    ];
    await guest.run(argv, {
      signal,
      silenceMs: plan.silenceMs,
      onLine: (line, stream) => {
        if (stream === 'stdout' && lines.length <= maximumFiles) lines.push(line);
      },
    });
    // collect.sh leaves them out; a hostile build may have another one.
    const isBarred = (path: string): boolean =>
      path.includes('-SNAPSHOT') || dependencyPlan.localOnly.some((folder) => path.startsWith(`${folder}/`));
    if (lines.length > maximumFiles) throw new Error(`the machine offers more than ${maximumFiles} files`);
    const fresh = lines.flatMap((line) => {
      const [sha1, repository, path] = line.split('\t');
      const offer = parseOffer({sha1, repository, path});
      return offer === undefined || isBarred(offer.path) ? [] : [offer];
    });
    if (fresh.length === 0 && (seed === undefined || seed.isOwn)) return;
    const cache = {...tools, clock};
    const own = planSet(context);
    await markUse(cache, {kind: 'maven', name: own.name});
    const incoming = await createIncoming(cache);
    try {
      if (fresh.length > 0) await guest.fetchFolder(`${guestHome}/maven/fresh`, incoming, {signal});
      const {taken, bytes, refused} = await takeOver(cache, {
        ...own,
        known: seed?.artifacts ?? [],
        fresh,
        incoming,
        signal,
      });
      say(context, 'info', `${taken} files (${renderMib(bytes)}) taken into the Maven cache`);
      if (refused.length > 0)
        say(
          context,
          'warn',
          `${refused.length} files were not taken into the Maven cache, since they are not plain files or their checksums differ: ${refused[0] ?? ''} …`,
        );
    } finally {
      await removeTree(incoming);
    }
  });
}

function renderMib(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}
