// `verify`: is this dist what its manifest says, does it hold what was asked, does it link with a cluster's jars.
import {renderJson} from '../../core/printable.ts';
import {renderNamedVerdict, verifyNamedDist} from '../../batch/named-dist.ts';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {renderPrintable} from '../../core/text.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import type {Terminal} from '../../core/terminal.ts';

export interface VerifyOptions extends OutputOptions {
  readonly against?: readonly string[];
  readonly key?: string;
}

export async function run(terminal: Terminal, options: VerifyOptions, named: string): Promise<ExitCode> {
  const {stdout} = terminal;
  const verdict = await verifyNamedDist(terminal, named, options.against, options.key);
  const lines =
    options.json === true ? [renderJson(verdict)] : renderNamedVerdict(verdict, options).map(renderPrintable);
  for (const line of lines) stdout.write(`${line}\n`);
  return verdict.ok ? exitCodes.done : exitCodes.failed;
}
