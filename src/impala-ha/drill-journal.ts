// What `drill` has stopped or drained and not yet put back, on disk before it is done: for SIGKILL and power loss.
import {mkdir, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from '../core/schema.ts';
import type {Exec} from '../core/exec.ts';
import {readJsonFile, removeFile, writeJsonFile} from '../core/files.ts';
import {isAlive, processIdentitySchema} from '../core/process-identity.ts';

const entrySchema = z.object({
  version: z.literal(1),
  /** The proxy's name for clients, and the name in the spec. */
  proxy: z.string(),
  daemon: z.string(),
  /** As in the spec, so that it is started again also when the spec changed meanwhile. */
  ssh: z.string(),
  start: z.union([z.literal('operator'), z.array(z.string())]),
  isDrained: z.boolean(),
  at: z.string(),
  owner: processIdentitySchema,
});

export type DrillEntry = z.infer<typeof entrySchema>;

export interface DrillJournal {
  write(entry: DrillEntry): Promise<void>;
  forget(entry: Pick<DrillEntry, 'proxy' | 'daemon'>): Promise<void>;
  /** Those of a proxy; `isAlive`: the drill that wrote it still runs. */
  read(proxy: string): Promise<readonly (DrillEntry & {readonly isAlive: boolean})[]>;
}

export function createDrillJournal(folder: string, exec: Exec): DrillJournal {
  const fileOf = ({proxy, daemon}: Pick<DrillEntry, 'proxy' | 'daemon'>): string =>
    join(folder, `${encodeURIComponent(proxy)} ${daemon}.json`);
  return {
    write: async (entry) => {
      await mkdir(folder, {recursive: true, mode: 0o700});
      await writeJsonFile(fileOf(entry), entry);
    },
    forget: (entry) => removeFile(fileOf(entry)),
    read: async (proxy) => {
      const names = await readdir(folder).catch(() => []);
      const entries: (DrillEntry & {readonly isAlive: boolean})[] = [];
      for (const name of names.filter((each) => each.endsWith('.json'))) {
        const entry = await readJsonFile(join(folder, name), entrySchema, 'The note of a drill');
        if (entry?.proxy === proxy) entries.push({...entry, isAlive: await isAlive(entry.owner, {exec})});
      }
      return entries;
    },
  };
}
