// `--publish` of a run: puts the dists that this host has into a folder of another one, when the builds are done.
import {basename} from 'node:path';
import {exitCodes, ExpectedError, type ExitCode} from '../core/errors.ts';
import {parsePublishPlace} from '../distribution/publish-place.ts';
import {publishThere} from '../distribution/publish-there.ts';
import type {Report} from './report.ts';
import type {Session} from './session.ts';

/** @param dists By id of the build. @returns What it came to: one that cannot be sent does not stop the others. */
export async function publishDists(
  session: Session,
  dists: ReadonlyMap<string, string>,
  {publish, force}: {readonly publish: string; readonly force: boolean},
  report: Report,
): Promise<ExitCode> {
  const {exec, clock, terminal} = session;
  const {signal} = terminal;
  let exitCode: ExitCode = exitCodes.done;
  for (const [buildId, dist] of dists) {
    try {
      const done = await publishThere(
        dist,
        parsePublishPlace(publish),
        {exec, clock, signal},
        {replace: force},
      );
      const line = `${basename(dist)} ${done === 'sent' ? 'is' : 'was already'} in ${publish}`;
      report.emit({type: 'log.line', buildId, level: 'info', line});
    } catch (error) {
      if (signal.aborted) return exitCodes.interrupted;
      if (!(error instanceof ExpectedError)) throw error;
      exitCode = exitCodes.failed;
      report.emit({type: 'log.line', buildId, level: 'warn', line: `${error.message} ${error.hint}`});
    }
  }
  return exitCode;
}
