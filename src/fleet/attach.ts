// Goes on with a run whose coordinator is gone: all that it needs is in the queue.
import type {OutputOptions} from '../batch/build-options.ts';
import type {RunSurroundings} from '../batch/run.ts';
import {makeStateFolders, openSession} from '../batch/session.ts';
import {UsageError, type ExitCode} from '../core/errors.ts';
import type {Terminal} from '../core/terminal.ts';
import {hostname} from 'node:os';
import {followRun} from './follow-run.ts';
import type {FleetQueue} from './queue.ts';
import {findRun} from './queue-actions.ts';

export async function attach(
  terminal: Terminal,
  queue: FleetQueue,
  runId: string,
  options: OutputOptions,
  {openReport}: Pick<RunSurroundings, 'openReport'>,
): Promise<ExitCode> {
  const {record, jobs} = await findRun(queue, runId);
  if (record.host !== hostname())
    throw new UsageError(
      `The dists of ${runId} go to ${record.output} on host ${record.host}.`,
      'Type the same there.',
    );
  const session = await openSession(terminal);
  await makeStateFolders(session.paths);
  const {clock} = session;
  const startMs = clock.monotonicMs();
  const report = await openReport(session, options, {
    ...{builds: [], upToDate: [], choices: new Map(), secrets: [], isLong: true},
    runId,
  });
  try {
    const builds = record.builds.map(({buildId}) => buildId).filter((id) => !record.ended.includes(id));
    report.emit({type: 'run.started', command: record.command, builds});
    const {exitCode} = await followRun(queue, {record, jobs}, {session, report});
    report.emit({type: 'run.finished', exitCode, durationMs: Math.round(clock.monotonicMs() - startMs)});
    await report.printSummary();
    return exitCode;
  } finally {
    report.close();
  }
}
