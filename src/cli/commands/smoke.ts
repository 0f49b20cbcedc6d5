// `smoke`: asks the Thriftserver of an install the smoke queries, on any cluster; leaves nothing there.
import {renderJson} from '../../core/printable.ts';
import {resolve} from 'node:path';
import {systemClock as clock} from '../../core/clock.ts';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {renderPrintable} from '../../core/text.ts';
import {createOpener} from '../../install/asked-install.ts';
import {readSmokeRequest, type AskedSmoke} from '../../install/asked-smoke.ts';
import {smokeNodes} from '../../install/smoke-nodes.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import type {Terminal} from '../../core/terminal.ts';

interface SmokeOptions extends OutputOptions, AskedSmoke {
  readonly host: readonly string[];
}

export async function run(terminal: Terminal, options: SmokeOptions, dist: string): Promise<ExitCode> {
  const {stdout, stderr, signal} = terminal;
  const folder = resolve(terminal.cwd, dist);
  const request = readSmokeRequest(folder, options, terminal);
  const people = options.json === true ? stderr : stdout;
  const report = await smokeNodes(folder, [...new Set(options.host)], request, {
    open: createOpener(terminal, options),
    say: (line, isWrong) => {
      if (options.quiet !== true || isWrong) people.write(`${renderPrintable(line)}\n`);
    },
    now: () => clock.now(),
    signal,
  });
  if (options.json === true) stdout.write(`${renderJson(report)}\n`);
  return report.ok ? exitCodes.done : exitCodes.failed;
}
