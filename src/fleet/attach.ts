// Goes on with a run whose coordinator is gone: what it decided is on this host, how far it is in the queue.
import type {OutputOptions} from '../batch/build-options.ts';
import type {RunSurroundings} from '../batch/run.ts';
import {makeStateFolders, openSession} from '../batch/session.ts';
import {UsageError, type ExitCode} from '../core/errors.ts';
import type {Terminal} from '../core/terminal.ts';
import {hostname} from 'node:os';
import {followRun} from './follow-run.ts';
import type {FleetQueue} from './queue.ts';
import {readOwnRun} from './own-run.ts';
import {findRun} from './queue-actions.ts';

export async function attach(
  terminal: Terminal,
  queue: FleetQueue,
  runId: string,
  options: OutputOptions,
  {openReport}: Pick<RunSurroundings, 'openReport'>,
): Promise<ExitCode> {
  const there = await findRun(queue, runId);
  if (there.host !== hostname())
    throw new UsageError(
      `The dists of ${runId} go to ${there.output} on host ${there.host}.`,
      'Type the same there.',
    );
  const session = await openSession(terminal);
  await makeStateFolders(session.paths);
  const {record, jobs} = await readOwnRun(session.paths, there);
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
