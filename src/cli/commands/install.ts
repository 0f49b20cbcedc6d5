// `install`: puts a dist on the node that runs the Thriftserver, and takes it back.
import {resolve} from 'node:path';
import {systemClock as clock} from '../../core/clock.ts';
import {exitCodes, ExpectedError, type ExitCode} from '../../core/errors.ts';
import {createOpener, readInstallRequest, type AskedInstall} from '../../install/asked-install.ts';
import {installDist, rollBack} from '../../install/install.ts';
import {checkSpecOut, writeSpecOut} from '../../install/spec-out.ts';
import {createNodeReport} from '../../report/node-report.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import type {Terminal} from '../../core/terminal.ts';

interface InstallOptions extends OutputOptions, AskedInstall {
  readonly host: readonly string[];
  readonly dryRun?: boolean;
  readonly rollback?: boolean;
  readonly specOut?: string;
}

export async function run(terminal: Terminal, options: InstallOptions, dist: string): Promise<ExitCode> {
  const folder = resolve(terminal.cwd, dist);
  const request = readInstallRequest(folder, options, terminal);
  const specOut = options.specOut === undefined ? undefined : resolve(terminal.cwd, options.specOut);
  if (specOut !== undefined) await checkSpecOut(specOut);
  const emit = createNodeReport(terminal, options);
  const startMs = clock.monotonicMs();
  const finish = (exitCode: ExitCode): ExitCode => {
    emit({type: 'run.finished', exitCode, durationMs: clock.monotonicMs() - startMs});
    return exitCode;
  };
  emit({type: 'run.started', command: 'install', builds: options.host});
  const targets = [...new Set(options.host)];
  const isDryRun = options.dryRun === true;
  const tools = {open: createOpener(terminal, options), emit, clock, signal: terminal.signal};
  try {
    if (options.rollback === true) await rollBack(folder, targets, request, isDryRun, tools);
    else {
      const nodes = await installDist(folder, targets, request, isDryRun, tools);
      if (specOut !== undefined && !isDryRun) await writeSpecOut(specOut, request, nodes);
    }
    return finish(exitCodes.done);
  } catch (error) {
    finish(error instanceof ExpectedError ? error.exitCode : exitCodes.failed);
    throw error;
  }
}
