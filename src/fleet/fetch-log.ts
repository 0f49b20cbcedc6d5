// Brings the log of a build from the host of its worker, in place of the lines that came as events. Knows no queue.
import {lstat, mkdir, mkdtemp, rename} from 'node:fs/promises';
import {join} from 'node:path';
import type {Session} from '../batch/session.ts';
import {removeTree} from '../core/mounts.ts';
import {isElsewhere, readOwnIdentity} from '../core/process-identity.ts';
import {copyFiles} from '../distribution/rsync.ts';
import {isPlaceOf, type BuiltThere, type JobBuild, type WorkerFacts} from './job.ts';

const names = ['build.log', 'maven.log'];
/** Of each file; one of a build of hours has some 10 MB. */
const limitBytes = 256 * 1024 ** 2;

/** What fails here fails nothing. @param folder In which its worker has built it. */
export async function fetchLog(
  there: BuiltThere,
  {build, folder}: {readonly build: JobBuild; readonly folder: string},
  worker: WorkerFacts,
  session: Session,
): Promise<void> {
  const {logs} = session.paths;
  const target = join(logs, build.buildId);
  if (!isPlaceOf(there, build, folder)) return;
  if (there.log === target) return; // A worker of this host, with these folders.
  const owner = await readOwnIdentity(session.exec);
  const from = {path: there.log, address: isElsewhere(worker.identity, owner) ? worker.address : undefined};
  try {
    await mkdir(logs, {recursive: true, mode: 0o700});
    const fresh = await mkdtemp(join(logs, '.fetched-'));
    try {
      await copyFiles(session, from, fresh, names, limitBytes);
      await mkdir(target, {recursive: true, mode: 0o700});
      for (const name of names) {
        const entry = await lstat(join(fresh, name)).catch(() => undefined);
        if (entry?.isFile() === true) await rename(join(fresh, name), join(target, name));
      }
    } finally {
      await removeTree(fresh);
    }
  } catch {
    // Its lines came as events.
  }
}
