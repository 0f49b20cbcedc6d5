// `compare`: what one dist, or a parcel's Spark, has that another has not.
import {renderJson} from '../../core/printable.ts';
import {compareNamed, renderComparison} from '../../batch/compare-dists.ts';
import {exitCodes, UsageError, type ExitCode} from '../../core/errors.ts';
import {renderPrintable} from '../../core/text.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import type {Terminal} from '../../core/terminal.ts';

/** A difference is an answer, and no failure. */
export async function run(
  terminal: Terminal,
  options: OutputOptions,
  named: readonly string[],
): Promise<ExitCode> {
  const [left, right, ...more] = named;
  if (left === undefined || right === undefined || more.length > 0)
    throw new UsageError(
      `compare takes two folders, and ${named.length === 1 ? 'one was' : `${named.length} were`} named.`,
      'Type: build-spark compare <dist> <dist>',
    );
  const comparison = await compareNamed(terminal, left, right);
  const lines =
    options.json === true
      ? [renderJson(comparison)]
      : renderComparison(comparison, options).map(renderPrintable);
  for (const line of lines) terminal.stdout.write(`${line}\n`);
  return exitCodes.done;
}
