// `install`: puts a dist on the node that runs the Thriftserver, and takes it back.
import {basename, resolve} from 'node:path';
import {systemClock} from '../../core/clock.ts';
import {exitCodes, ExpectedError, UsageError, type ExitCode} from '../../core/errors.ts';
import {createEmitter, type Emit, type Event} from '../../core/events.ts';
import {createExec} from '../../core/exec.ts';
import {createRedactor} from '../../core/redact.ts';
import {installDist, rollBack} from '../../install/install.ts';
import {
  checkBindHost,
  checkFolder,
  checkName,
  checkUser,
  nodePaths,
  type InstallRequest,
  type Layout,
} from '../../install/node-settings.ts';
import {openHost} from '../../remote/open-host.ts';
import {createJsonReporter} from '../../report/json.ts';
import {createAsk} from '../../core/ask.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import {runChecks, throwInOrder} from '../../core/problems.ts';
import {createRunId} from '../../batch/session.ts';
import type {Terminal} from '../../core/terminal.ts';

export interface InstallOptions extends OutputOptions {
  readonly host: readonly string[];
  readonly layout: Layout;
  readonly port: number;
  readonly user: string;
  readonly bindHost?: string;
  readonly parcels: string;
  readonly forceVersion?: boolean;
  readonly askPassword?: boolean;
  readonly dryRun?: boolean;
  readonly rollback?: boolean;
}

export async function run(terminal: Terminal, options: InstallOptions, dist: string): Promise<ExitCode> {
  const {env, home, cwd, signal} = terminal;
  const folder = resolve(cwd, dist);
  const ask = createAsk(terminal);
  const mayAskPassword = options.askPassword === true;
  throwInOrder(
    runChecks([
      () => checkName(basename(folder)),
      () => checkUser(options.user),
      () => options.bindHost === undefined || checkBindHost(options.bindHost),
      () => checkFolder(options.parcels.replace(/\/+$/, '')),
      () => {
        if (mayAskPassword && ask === undefined)
          throw new UsageError(
            '--ask-password needs a terminal.',
            'Use a key or an agent where nobody can be asked.',
          );
      },
    ]),
  );
  const request: InstallRequest = {
    name: checkName(basename(folder)),
    layout: options.layout,
    port: options.port,
    user: checkUser(options.user),
    ...(options.bindHost === undefined ? {} : {bindHost: checkBindHost(options.bindHost)}),
    parcels: checkFolder(options.parcels.replace(/\/+$/, '')),
    forceVersion: options.forceVersion === true,
    paths: nodePaths,
  };
  const exec = createExec(env);
  const emit = createReport(terminal, options);
  const startMs = systemClock.monotonicMs();
  const finish = (exitCode: ExitCode): ExitCode => {
    emit({type: 'run.finished', exitCode, durationMs: systemClock.monotonicMs() - startMs});
    return exitCode;
  };
  emit({type: 'run.started', command: 'install', builds: options.host});
  try {
    await (options.rollback === true ? rollBack : installDist)(
      folder,
      [...new Set(options.host)],
      request,
      options.dryRun === true,
      {
        open: (target) =>
          openHost(target, {exec, env, home, signal, mayAskPassword, ...(ask === undefined ? {} : {ask})}),
        emit,
        clock: systemClock,
        signal,
      },
    );
    return finish(exitCodes.done);
  } catch (error) {
    finish(error instanceof ExpectedError ? error.exitCode : exitCodes.failed);
    throw error;
  }
}

function createReport({stdout, stderr}: Terminal, options: OutputOptions): Emit {
  const people = options.json === true ? stderr : stdout;
  const show = (event: Event): void => {
    const text = renderEvent(event, options);
    if (text !== undefined) people.write(`${text}\n`);
  };
  const json = options.json === true ? [createJsonReporter((text) => void stdout.write(text))] : [];
  return createEmitter(createRunId(systemClock.now()), () => systemClock.now(), createRedactor(), [
    ...json,
    show,
  ]);
}

function renderEvent(event: Event, {quiet, verbose}: OutputOptions): string | undefined {
  if (event.type === 'log.line') {
    const who = event.buildId ?? '';
    if (event.level === 'warn') return `${who}: WARNING: ${event.line}`;
    return quiet === true ? undefined : `${who}: ${event.line}`;
  }
  if (event.type === 'step.finished' && quiet !== true && event.status === 'done')
    return `${event.buildId}: ${event.step}: done in ${(event.durationMs / 1_000).toFixed(1)} s`;
  if (event.type === 'step.progress' && verbose === true)
    return `${event.buildId}: ${event.step}: ${event.message}`;
  return undefined;
}
