// The record of every machine of ours, on disk before it exists and until the provider has forgotten it.
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from '../core/schema.ts';
import {UsageError} from '../core/errors.ts';
import {readJsonFile, removeFile, writeJsonFile} from '../core/files.ts';
import {processIdentitySchema} from '../core/process-identity.ts';
import {readNames} from '../core/presence.ts';
import {providers} from './machine.ts';

const entrySchema = z.object({
  formatVersion: z.literal(1),
  /** The provider's own name of the machine. */
  id: z.string().regex(/^build-spark-[a-z0-9.-]{1,48}$/),
  buildId: z.string(),
  provider: z.enum([...providers, 'fake']),
  /** Absolute; holds the Vagrantfile and `.vagrant`. */
  directory: z.string(),
  /** Folder in which the dist grows; absent where an older version wrote the entry. */
  output: z.string().optional(),
  owner: processIdentitySchema,
  createdAt: z.iso.datetime(),
  /** Set when a failed build's machine is kept: the reaper destroys it after this time. */
  keepUntil: z.iso.datetime().optional(),
});

export type JournalEntry = Readonly<z.infer<typeof entrySchema>>;

export interface Journal {
  /** Returns once the entry would survive a power loss. Replaces an older entry of the same machine. */
  write(entry: JournalEntry): Promise<void>;
  /** Call only after the provider no longer lists the machine. Idempotent. */
  close(id: string): Promise<void>;
  read(id: string): Promise<JournalEntry | undefined>;
  /** For those who need to know of every machine. @throws UsageError at the first damaged entry. */
  list(): Promise<readonly JournalEntry[]>;
  /** For those who go on with the others: what we cannot read we must not forget, so it is named. */
  readAll(): Promise<JournalContent>;
}

interface JournalContent {
  readonly entries: readonly JournalEntry[];
  readonly damaged: readonly UsageError[];
}

/** @param folder `paths.journal`; made when it is first needed. */
export function createJournal(folder: string): Journal {
  const pathOf = (id: string): string => join(folder, `${id}.json`);
  const read = (id: string): Promise<JournalEntry | undefined> =>
    readJsonFile(pathOf(id), entrySchema, 'The journal entry');
  const readAll = async (): Promise<JournalContent> => {
    const names = await readNames(folder); // An unreadable one is not empty: somebody's machine would be forgotten.
    const ids = names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
    const entries: JournalEntry[] = [];
    const damaged: UsageError[] = [];
    for (const id of ids.sort()) {
      try {
        const entry = await read(id);
        if (entry !== undefined) entries.push(entry);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        damaged.push(error);
      }
    }
    return {entries, damaged};
  };
  return {
    read,
    readAll,
    write: async (entry) => {
      await mkdir(folder, {recursive: true, mode: 0o700});
      await writeJsonFile(pathOf(entry.id), entry);
    },
    close: async (id) => removeFile(pathOf(id)),
    list: async () => {
      const {entries, damaged} = await readAll();
      if (damaged[0] !== undefined) throw damaged[0];
      return entries;
    },
  };
}
