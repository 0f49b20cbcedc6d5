// Remembers on this host which files of a dist were read and found as they were built, so that "up to date" need not read
// them again. By inode and ctime beside size and time: those nobody can set, not even `cp -p`.
import {createHash} from 'node:crypto';
import {mkdir} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {z} from '../core/schema.ts';
import {readJsonFile, writeJsonFile} from '../core/files.ts';
import type {ListedFile} from './folder-listing.ts';

const sealSchema = z.object({
  formatVersion: z.literal(1),
  /** Absolute path of the dist; for people. */
  dist: z.string(),
  /** Of the manifest's text: another manifest wants other files. */
  manifest: z.string(),
  /** `identity` of each file by its path. */
  files: z.record(z.string(), z.string()),
});

export interface Seals {
  /** Identities of the files that were found as this manifest has them. Empty when nothing is known. */
  read(dist: string, manifest: string): Promise<Readonly<Record<string, string>>>;
  /** What cannot be written down is read again the next time. */
  write(dist: string, manifest: string, files: readonly ListedFile[]): Promise<void>;
}

/** @param folder One file a dist; any may be deleted at any time. */
export function createSeals(folder: string): Seals {
  const plan = (dist: string): string => {
    const name = createHash('sha256').update(resolve(dist)).digest('hex').slice(0, 32);
    return join(folder, `${name}.json`);
  };
  return {
    read: async (dist, manifest) => {
      const seal = await readJsonFile(plan(dist), sealSchema, 'The record').catch(() => undefined);
      return seal?.manifest === manifest ? seal.files : {};
    },
    write: async (dist, manifest, files) => {
      const identities = Object.fromEntries(files.map(({path, identity}) => [path, identity]));
      const seal: z.infer<typeof sealSchema> = {
        formatVersion: 1,
        dist: resolve(dist),
        manifest,
        files: identities,
      };
      await mkdir(folder, {recursive: true, mode: 0o700})
        .then(() => writeJsonFile(plan(dist), seal))
        .catch(() => undefined);
    },
  };
}

/** For those who keep no state: every file is read each time. */
export const noSeals: Seals = {read: () => Promise.resolve({}), write: () => Promise.resolve()};
