// What `setup` changed on this host, so that `setup --undo` takes back that and nothing else. Decides nothing.
import {mkdir} from 'node:fs/promises';
import {dirname} from 'node:path';
import {z} from '../core/schema.ts';
import {readJsonFile, removeFile, writeJsonFile} from '../core/files.ts';
import type {Paths} from '../core/paths.ts';

const journalSchema = z.object({
  formatVersion: z.literal(1),
  /** Packages that were not on this host before; written before apt installs them. */
  packages: z.array(z.string()),
  isSudoersOurs: z.boolean(),
  isLxcNetworkOurs: z.boolean(),
  boxes: z.array(z.object({name: z.string(), provider: z.string(), os: z.string()})),
});

export type SetupJournal = z.infer<typeof journalSchema>;

const empty: SetupJournal = {
  formatVersion: 1,
  packages: [],
  isSudoersOurs: false,
  isLxcNetworkOurs: false,
  boxes: [],
};

export async function readSetupJournal(paths: Paths): Promise<SetupJournal> {
  return (await readJsonFile(paths.setup, journalSchema, 'The record of setup')) ?? empty;
}

/** Adds to what earlier runs of setup recorded. */
export async function recordSetup(paths: Paths, change: Partial<SetupJournal>): Promise<void> {
  const known = await readSetupJournal(paths);
  const boxes = [...known.boxes, ...(change.boxes ?? [])];
  await mkdir(dirname(paths.setup), {recursive: true});
  await writeJsonFile(paths.setup, {
    ...known,
    ...change,
    packages: [...new Set([...known.packages, ...(change.packages ?? [])])].sort(),
    boxes: boxes.filter((box, index) => boxes.findIndex(({name}) => name === box.name) === index),
  });
}

/** Nothing of ours is left on this host. */
export async function clearSetupJournal(paths: Paths): Promise<void> {
  await mkdir(dirname(paths.setup), {recursive: true});
  await removeFile(paths.setup);
}

export function isEmpty(journal: SetupJournal): boolean {
  return (
    journal.packages.length === 0 &&
    journal.boxes.length === 0 &&
    !journal.isSudoersOurs &&
    !journal.isLxcNetworkOurs
  );
}
