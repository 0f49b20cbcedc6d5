// What is at the place of each dist already: nothing, the very same, one to be built again, or one that is in the way.
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {readBoxCatalogue, resolveBox, type Box} from '../machine/box-catalogue.ts';
import {hashRecipe, readBoxIdentity, readBuiltBox} from '../machine/boxes.ts';
import {ExpectedError} from '../core/errors.ts';
import type {DependencyPlan} from '../maven/dependency-plan.ts';
import {describeEdit} from '../maven/edits.ts';
import type {StandIn} from '../maven/stand-in.ts';
import {
  hashDependencies,
  planInputs,
  renderBox,
  renderBuiltBox,
  type Definition,
} from '../distribution/fingerprint.ts';
import {readGuestHashes, type GuestHashes} from '../distribution/guest-hashes.ts';
import type {Manifest} from '../distribution/manifest.ts';
import {renderNames} from '../distribution/damage.ts';
import {checkTarget, type TargetState} from '../distribution/publish.ts';
import {createSeals} from '../distribution/seal.ts';
import {providers} from '../machine/machine.ts';
import {readPatch} from '../source/patches.ts';
import type {BuildInputs} from '../recipe/build-context.ts';
import type {BuildPlan} from '../recipe/build-plan.ts';
import type {Session} from './session.ts';

export interface TargetTools {
  readonly session: Session;
  readonly standIn: StandIn;
  readonly redact: (text: string) => string;
  /** As Debian names this host's: `amd64`. */
  readonly architecture: string;
  readonly guest: GuestHashes;
}

export async function openTargets(
  session: Session,
  standIn: StandIn,
  redact: (text: string) => string,
  architecture: string,
): Promise<TargetTools> {
  return {session, standIn, redact, architecture, guest: await readGuestHashes()};
}

/** Whether it is worth looking before this host is examined: a dist of ours may be all that was asked for. */
export async function hasDists(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  return names.some((name) => name.startsWith('dist-'));
}

/** What is to be said of a dist that is up to date; undefined when there is nothing. */
export function renderExtra(dist: string, target: TargetState | undefined): string | undefined {
  if (target?.status !== 'same' || target.extra.length === 0) return undefined;
  return `${dist} is up to date; not of the build is ${renderNames(target.extra)}.`;
}

/**
 * Where the operator named no provider, the dist is held against the one that it was made with, so that
 * nothing of this host has to be looked at.
 * @throws UsageError when something is there that is not a dist of ours.
 */
export async function readTarget(
  {plan, dependencyPlan}: Pick<BuildInputs, 'plan' | 'dependencyPlan'>,
  tools: TargetTools,
): Promise<TargetState> {
  const patches = await Promise.all(plan.patches.map(readPatch));
  const inputs = planInputs(plan, dependencyPlan, {
    edits: dependencyPlan.edits.map(describeEdit),
    patches: patches.map(({name, sha256}) => ({name, sha256})),
  });
  return checkTarget(join(plan.output, plan.dist), inputs, {
    redact: tools.redact,
    define: async (manifest) =>
      planDefinition(dependencyPlan, await readBox(plan.machine, manifest, tools), tools),
    wantsSmoke: plan.smoke,
    wantsReproducible: plan.reproducible,
    seals: createSeals(tools.session.paths.seals),
  });
}

/** @param box As `readBoxContent` gives it. */
export function planDefinition(
  dependencyPlan: DependencyPlan,
  box: string,
  {guest, standIn}: Pick<TargetTools, 'guest' | 'standIn'>,
): Definition {
  return {box, ...guest, dependencies: hashDependencies(dependencyPlan, standIn)};
}

async function readBox(
  wish: BuildPlan['machine'],
  {machine, definition}: Manifest,
  {session, architecture}: TargetTools,
): Promise<string> {
  const name = wish.provider ?? machine.provider;
  const provider = providers.find((known) => known === name);
  if (provider === undefined) return renderFakeBox();
  try {
    const catalogue = await readBoxCatalogue();
    const {cwd} = session.terminal;
    const box = await resolveBox(catalogue, {provider, architecture}, wish.box, wish.boxChecksum, cwd);
    const now = await readBoxContent(session, box);
    // A box that is built here and was pruned: the same recipe will do.
    return box.recipe !== undefined && definition?.box.startsWith(now) === true ? definition.box : now;
  } catch (error) {
    // Said again, as an error, if there is anything to build.
    if (error instanceof ExpectedError) return renderBox(`${name}: none`, undefined);
    throw error;
  }
}

/** Name and content of the box, as far as they are known without asking anybody. */
export async function readBoxContent(session: Session, box: Box): Promise<string> {
  const {name, checksum, recipeHash} = await readBoxIdentity(session, box);
  if (box.recipe === undefined)
    return renderBox(name, checksum ?? box.reference.version ?? box.reference.url);
  const built = recipeHash === undefined ? undefined : await readBuiltBox(session, box);
  return renderBuiltBox(name, recipeHash ?? (await hashRecipe(box.recipe)), built?.packages);
}

/** The box of the machine that tests use. */
export function renderFakeBox(): string {
  return renderBox('fake', undefined);
}
