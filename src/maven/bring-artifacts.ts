// Puts artifacts that a bundle brought into the Maven cache: files first, each in one rename, the lists that name them last.
import {chmod, mkdir, rename} from 'node:fs/promises';
import type {Clock} from '../core/clock.ts';
import type {Exec} from '../core/exec.ts';
import {withLock} from '../core/lock.ts';
import {filesFolder, planFilePath, readSet, writeSet, type MavenSet} from './artifact-sets.ts';
import {planMavenLock} from './artifact-store.ts';

/** @param find Where a file of this checksum lies, on the file system of the cache; it is moved. */
export async function bringArtifacts(
  tools: {readonly exec: Exec; readonly clock: Clock; readonly paths: {readonly maven: string}},
  sets: ReadonlyMap<string, MavenSet>,
  find: (sha256: string) => string,
): Promise<void> {
  const {maven} = tools.paths;
  await mkdir(filesFolder(maven), {recursive: true});
  await withLock(
    planMavenLock(maven),
    tools,
    async () => {
      const all = [...sets.values()].flatMap(({artifacts}) => artifacts.map(({sha256}) => sha256));
      for (const sha256 of new Set(all)) {
        await chmod(find(sha256), 0o644);
        // Over one that is there: that may have been damaged since, and this one was read just now.
        await rename(find(sha256), planFilePath(maven, sha256));
      }
      for (const [name, set] of sets) {
        // What a smoke query fetches besides would be lost to the builds of this host.
        if (set.smoke !== true && (await readSet(maven, name))?.smoke === true) continue;
        await writeSet(maven, name, set);
      }
    },
    {doing: 'is taking a bundle into the Maven cache'},
  );
}
