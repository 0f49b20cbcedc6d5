// `verify`: is this dist what its manifest says, and does it hold what was asked.
import {isAbsolute, resolve} from 'node:path';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {verifyDist} from '../../distribution/verify-dist.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import type {Terminal} from '../../core/terminal.ts';

export async function run(
  {cwd, stdout, signal}: Terminal,
  options: OutputOptions,
  dist: string,
): Promise<ExitCode> {
  const verdict = await verifyDist(isAbsolute(dist) ? dist : resolve(cwd, dist), {}, signal);
  if (options.json === true) stdout.write(`${JSON.stringify(verdict)}\n`);
  else {
    for (const {name, ok, message} of verdict.checks) {
      if (!ok || options.quiet !== true) stdout.write(`${ok ? 'ok    ' : 'FAILED'}  ${name}: ${message}\n`);
    }
    stdout.write(verdict.ok ? `${verdict.dist} is whole.\n` : `${verdict.dist} is not what it should be.\n`);
  }
  return verdict.ok ? exitCodes.done : exitCodes.failed;
}
