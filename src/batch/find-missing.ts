// With --offline: what builds need and this host does not have, by name, before a machine boots. Reads the caches alone.
import {stat} from 'node:fs/promises';
import {HostError, type ExpectedError} from '../core/errors.ts';
import type {Paths} from '../core/paths.ts';
import {findOwnSet, listSets, planFilePath, readSet, type MavenSet} from '../maven/artifact-sets.ts';
import {nameCompiled} from '../maven/compiled.ts';
import {listModules} from '../maven/module-store.ts';
import {planSet} from '../recipe/keep-artifacts.ts';
import {installsR, type GuestNeeds} from './guest-packages.ts';
import type {PlannedBuild} from './plan-run.ts';
import type {Session} from './session.ts';

/** What brings it here. */
const bundleHint =
  'On a host with a network: build-spark bundle create <the same> --output bundle.tar. Then here: build-spark bundle use bundle.tar';

type Needs = Pick<PlannedBuild, 'plan' | 'dependencyPlan' | 'domain' | 'definition'>;

/** No bundle has it. */
const withoutRHint =
  'Build once with a network on this host, which keeps R in a golden box; or leave sparkr out of --with';

/** @returns One a build and kind of thing; empty where all is here. */
export async function findMissing(
  builds: readonly (Needs & GuestNeeds)[],
  session: Pick<Session, 'exec' | 'paths' | 'asRoot'>,
): Promise<readonly ExpectedError[]> {
  const found = await Promise.all(
    builds.map(async (build) => {
      const refuse = (lack: string, hint: string): ExpectedError =>
        new HostError(`${build.plan.buildId} cannot be built with --offline: ${lack}.`, hint);
      const lacks = (await listLacks(build, session.paths)).map((lack) => refuse(lack, bundleHint));
      if (!(await installsR(session, build))) return lacks;
      return [
        ...lacks,
        refuse('its machine would install R, which no golden box of this host has', withoutRHint),
      ];
    }),
  );
  return found.flat();
}

/** @returns What is not in the caches, each as the end of a sentence. */
export async function listLacks(
  build: Needs,
  {maven, modules}: Pick<Paths, 'maven' | 'modules'>,
): Promise<readonly string[]> {
  const lack = await findMavenLack(build, maven);
  return [...(lack === undefined ? [] : [lack]), ...(await findCompiledLacks(build, modules))];
}

async function findMavenLack(
  build: Pick<Needs, 'plan' | 'dependencyPlan' | 'domain'>,
  maven: string,
): Promise<string | undefined> {
  const name = findOwnSet(await listSets(maven), planSet(build));
  const set = name === undefined ? undefined : await readSet(maven, name);
  if (set === undefined) return 'no such build has left its Maven artifacts in the cache';
  if (build.plan.smoke && set.smoke !== true)
    return 'what the smoke query fetches is not among the Maven artifacts in the cache';
  const lost = await listLost(maven, set);
  if (lost.length === 0) return undefined;
  return `${lost.length} of its ${set.artifacts.length} Maven artifacts are no longer in the cache, for example ${lost[0] ?? ''}`;
}

async function listLost(maven: string, {artifacts}: MavenSet): Promise<readonly string[]> {
  const isThere = await Promise.all(
    artifacts.map(async ({sha256, bytes}) => {
      const found = await stat(planFilePath(maven, sha256)).catch(() => undefined);
      return found?.size === bytes;
    }),
  );
  return artifacts.filter((_artifact, index) => isThere[index] !== true).map(({path}) => path);
}

async function findCompiledLacks(
  {dependencyPlan, definition}: Needs,
  folder: string,
): Promise<readonly string[]> {
  const kept = (await listModules(folder)).map(({name}) => name);
  return dependencyPlan.compiled
    .filter((each) => !kept.includes(nameCompiled(each, dependencyPlan.settingsXml, definition)))
    .map(({name, tag}) => `the jars of ${name} (${tag}), which are compiled once, are not in the cache`);
}
