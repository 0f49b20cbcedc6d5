// What a run does besides when there is something to build: before it what earlier runs left, then the builds, then the prune.
import type {BuildTools} from '../recipe/build-context.ts';
import {readHistory, type History} from './history.ts';
import {sweepLeftovers} from './sweep-leftovers.ts';
import type {ExitCode, HostError} from '../core/errors.ts';
import {readOwnIdentity} from '../core/process-identity.ts';
import {createRedactor} from '../core/redact.ts';
import {orStopped} from '../core/stop.ts';
import {removeStalePartials} from '../distribution/publish.ts';
import type {ProviderName} from '../machine/machine.ts';
import {lxcFolder} from '../machine/providers/lxc.ts';
import {reap} from '../machine/reaper.ts';
import {pruneLogs} from '../store/log-retention.ts';
import type {Preflight} from './preflight.ts';
import type {Report} from './report.ts';
import {findExitCode, runBuilds} from './run-builds.ts';
import {makeStateFolders, newSuffix, type Session} from './session.ts';
import {readVersion} from '../core/tool-version.ts';

export {pruneAfterRun} from './cache-kinds.ts';

export async function reapLeftovers(session: Session, say: (line: string) => void): Promise<void> {
  await makeStateFolders(session.paths);
  const {reaped, problems} = await reap(session.reaper, {signal: session.terminal.signal});
  for (const {entry, error} of reaped) {
    say(
      error === undefined
        ? `Destroyed ${entry.id}, which an earlier run had left.`
        : `${entry.id}, left by an earlier run, may still exist: ${error}`,
    );
  }
  for (const {message, hint} of [...problems, ...(await sweepLeftovers(session))])
    say(`warning: ${message} ${hint}`);
}

/** Emits all that happens to the builds. @returns Bugs are thrown only when all else was said. */
export async function buildAll(
  session: Session,
  preflight: Preflight,
  report: Report,
): Promise<{readonly exitCode: ExitCode; readonly bugs: readonly unknown[]}> {
  const {signal} = session.terminal;
  const {history, stay} = await orStopped(sweep(session, preflight.request.output), signal);
  for (const {message, hint} of stay)
    report.emit({type: 'log.line', level: 'warn', line: `${message} ${hint}`});
  const {standIn, secrets, host} = preflight;
  const tools = await openTools(session, report, {standIn, secrets, provider: host?.machine.provider});
  const done = await runBuilds(session, preflight, report, tools, history);
  return {exitCode: findExitCode(done.results, signal.aborted), bugs: done.bugs};
}

/** Of a process that builds into folders of its own. @returns What is to be said of it. */
export async function sweepRun(session: Session): Promise<readonly string[]> {
  const {stay} = await sweep(session, session.paths.state);
  return stay.map(({message}) => message);
}

/**
 * What earlier runs left in the output and the logs.
 * @returns What the records of earlier builds tell, and what stays since something is mounted in it.
 */
async function sweep(
  session: Session,
  output: string,
): Promise<{readonly history: History; readonly stay: readonly HostError[]}> {
  const {clock, paths} = session;
  const {stay} = await removeStalePartials(output, session);
  const {entries} = await session.journal.readAll();
  const running = new Set(entries.map(({buildId}) => buildId));
  await pruneLogs(paths, clock.now(), running);
  return {history: await readHistory(paths.runs, clock.now()), stay};
}

export async function openTools(
  session: Session,
  report: Report,
  {
    standIn,
    secrets,
    provider,
  }: Pick<Preflight, 'standIn' | 'secrets'> & {readonly provider: ProviderName | undefined},
): Promise<BuildTools> {
  let stopped: string | undefined;
  return {
    ...session,
    owner: await readOwnIdentity(session.exec),
    emit: (event) => {
      if (event.type === 'build.finished' && event.buildId === stopped) stopped = undefined;
      report.emit(event);
    },
    whenDrained: report.whenDrained,
    standIn,
    toolVersion: readVersion(),
    redact: createRedactor(secrets),
    newSuffix,
    // Not the output: nothing grows there before the dist is made, and then it is not lost if it does not fit.
    watchedFolders: [session.paths.state, session.paths.cache, ...(provider === 'lxc' ? [lxcFolder] : [])],
    mayStopForDisk: (buildId) => (stopped ??= buildId) === buildId,
  };
}
