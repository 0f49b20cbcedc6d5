// `verify`: is this dist what its manifest says, and does it hold what was asked.
import {verifyNamedDist} from '../../batch/named-dist.ts';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import type {Terminal} from '../../core/terminal.ts';

export async function run(terminal: Terminal, options: OutputOptions, named: string): Promise<ExitCode> {
  const {stdout} = terminal;
  const verdict = await verifyNamedDist(terminal, named);
  const {ok: isWhole, checks, dist} = verdict;
  if (options.json === true) stdout.write(`${JSON.stringify(verdict)}\n`);
  else {
    for (const {name, ok, message} of checks) {
      if (!ok || options.quiet !== true) stdout.write(`${ok ? 'ok    ' : 'FAILED'}  ${name}: ${message}\n`);
    }
    stdout.write(`${dist} is ${isWhole ? 'whole' : 'not what it should be'}.\n`);
  }
  return isWhole ? exitCodes.done : exitCodes.failed;
}
