// Puts artifacts that a bundle brought into the Maven cache: files first, each in one rename, the lists that name them last.
import {chmod, mkdir, rename} from 'node:fs/promises';
import type {Clock} from '../core/clock.ts';
import type {Exec} from '../core/exec.ts';
import {withLock} from '../core/lock.ts';
import {isThere} from '../core/presence.ts';
import {filesFolder, planFilePath, writeSet, type MavenSet} from './artifact-sets.ts';
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
        const place = planFilePath(maven, sha256);
        if (await isThere(place)) continue; // Its name is its content; what was damaged is noticed where it is used.
        await chmod(find(sha256), 0o644);
        await rename(find(sha256), place);
      }
      for (const [name, set] of sets) await writeSet(maven, name, set);
    },
    {doing: 'is taking a bundle into the Maven cache'},
  );
}
