// `--tar` of a run: writes each dist that is here as a .tgz beside its folder, when the builds are done.
import {basename} from 'node:path';
import {asError, exitCodes, ExpectedError, type ExitCode} from '../core/errors.ts';
import {packDist} from '../distribution/pack-dist.ts';
import type {Report} from './report.ts';
import type {Session} from './session.ts';

/** @param dists By id of the build. @returns What it came to: one that cannot be written does not stop the others. */
export async function packDists(
  {terminal: {signal}}: Session,
  dists: ReadonlyMap<string, string>,
  report: Report,
): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.done;
  for (const [buildId, dist] of dists) {
    try {
      const file = await packDist(dist, signal);
      report.emit({type: 'log.line', buildId, level: 'info', line: `${basename(file)} is beside its folder`});
    } catch (error) {
      if (signal.aborted) return exitCodes.interrupted;
      exitCode = exitCodes.failed;
      const reason =
        error instanceof ExpectedError
          ? `${error.message} ${error.hint}`
          : `${asError(error).message}. Make room, then type the command again: what is built stays.`;
      const line = `${basename(dist)}.tgz was not written: ${reason}`;
      report.emit({type: 'log.line', buildId, level: 'warn', line});
    }
  }
  return exitCode;
}
