// What a machine of a box of ours installs from a package archive, which is R and nothing else, and from where. Asks no
// archive.
import {readArchives} from '../machine/box-central.ts';
import {readAddedBoxes} from '../machine/boxes.ts';
import {hasGolden} from '../machine/has-golden.ts';
import {readBaseKey} from '../machine/layers.ts';
import type {PlannedBuild} from './plan-run.ts';
import type {Session} from './session.ts';

export type GuestNeeds = Pick<PlannedBuild, 'plan' | 'provision' | 'machineChoice'>;

/** What other boxes have in them nobody here knows. */
const ownBox = /^build-spark\/debian-\d+$/;

type Tools = Pick<Session, 'exec' | 'paths' | 'asRoot'>;

/** Whether a machine of this build would install R, since no golden box of this host has it. False where that cannot be told. */
export async function installsR(
  session: Tools,
  {plan: {goldenBox}, provision, machineChoice: {provider, box}}: GuestNeeds,
): Promise<boolean> {
  if (!provision.withR || provider === 'fake' || !ownBox.test(box.name)) return false;
  return hasGolden(session, {provider, box, goldenBox}, provision).then(
    (isThere) => !isThere,
    () => false, // sudo wants a password, or libvirt does not answer: that is a check of its own.
  );
}

/** @returns Signed lists of the archives that its machine would ask; none where its box was never unpacked. */
export async function listArchives(session: Tools, build: GuestNeeds): Promise<readonly string[]> {
  if (!(await installsR(session, build))) return [];
  const {provider, box} = build.machineChoice;
  const added = (await readAddedBoxes(session)).find(
    (one) => one.name === box.name && one.provider === provider,
  );
  const base = provider !== 'lxc' || added === undefined ? undefined : await readBaseKey(added.folder);
  return base === undefined ? [] : readArchives(session, base);
}
