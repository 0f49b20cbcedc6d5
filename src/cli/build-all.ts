// What a run does besides when there is something to build: before it what earlier runs left, then the builds, then the prune.
import type {BuildTools} from '../build/context.ts';
import {readHistory, type History} from '../build/history.ts';
import type {ExitCode} from '../core/errors.ts';
import {readOwnIdentity} from '../core/process-identity.ts';
import {createRedactor} from '../core/redact.ts';
import {orStopped} from '../core/stop.ts';
import {removeStalePartials} from '../dist/publish.ts';
import type {ProviderName} from '../machine/machine.ts';
import {lxcFolder} from '../machine/provider.ts';
import {reap} from '../machine/reaper.ts';
import {pruneLogs} from '../report/log-retention.ts';
import type {Preflight} from './preflight.ts';
import type {Report} from './report.ts';
import {findExitCode, runBuilds} from './run-builds.ts';
import {newSuffix, type Session} from './session.ts';
import {readVersion} from './version.ts';

export {pruneAfterRun} from './caches.ts';

export async function reapLeftovers({reaper, terminal}: Session, say: (line: string) => void): Promise<void> {
  for (const {entry, error} of await reap(reaper, {signal: terminal.signal})) {
    say(
      error === undefined
        ? `Destroyed ${entry.id}, which an earlier run had left.`
        : `${entry.id}, left by an earlier run, may still exist: ${error}`,
    );
  }
}

/** Emits all that happens to the builds. @returns Bugs are thrown only when all else was said. */
export async function buildAll(
  session: Session,
  preflight: Preflight,
  report: Report,
): Promise<{readonly exitCode: ExitCode; readonly bugs: readonly unknown[]}> {
  const {signal} = session.terminal;
  const history = await orStopped(sweep(session, preflight.request.output), signal);
  for (const {message} of history.refused) report.emit({type: 'log.line', level: 'warn', line: message});
  const {standIn, secrets, host} = preflight;
  const tools = await openTools(session, report, {standIn, secrets, provider: host?.machine.provider});
  const done = await runBuilds(session, preflight, report, tools, history);
  return {exitCode: findExitCode(done.results, signal.aborted), bugs: done.bugs};
}

/** What earlier runs left in the output and the logs. @returns What the records of earlier builds tell. */
async function sweep(session: Session, output: string): Promise<History> {
  const {clock, paths} = session;
  await removeStalePartials(output, session);
  const running = new Set((await session.journal.list()).map(({buildId}) => buildId));
  await pruneLogs(paths, clock.now(), running);
  return readHistory(paths.runs, clock.now());
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
