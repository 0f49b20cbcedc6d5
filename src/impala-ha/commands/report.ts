// `impala-ha report`: what check, drill and status found, as one HTML page.
import {resolve} from 'node:path';
import {describeError, exitCodes, HostError, UsageError, type ExitCode} from '../../core/errors.ts';
import {writeTextFile} from '../../core/files.ts';
import type {Terminal} from '../../core/terminal.ts';
import {readVersion} from '../../core/tool-version.ts';
import {readAssets, renderDocument} from '../../page/document.ts';
import {html} from '../../page/html.ts';
import {renderTime} from '../../page/widgets.ts';
import {readResult} from '../page-results.ts';
import {renderReport} from '../render-report.ts';

export async function run(
  {stdout, cwd}: Terminal,
  {output}: {readonly output: string},
  files: readonly string[],
): Promise<ExitCode> {
  if (files.length === 0)
    throw new UsageError(
      'There is nothing to report.',
      'Name files with what check, drill or status --json printed.',
    );
  const results = await Promise.all(files.map((file) => readResult(resolve(cwd, file))));
  const path = resolve(cwd, output);
  const text = renderDocument(await readAssets(), {
    title: 'impala-ha',
    content: renderReport(results),
    origin: html`Written by impala-ha ${readVersion()}, ${renderTime(Date.now())} UTC, from
    ${files.join(', ')}.`,
  });
  await writeTextFile(path, text).catch((error: unknown) => {
    throw new HostError(
      `${path} cannot be written: ${describeError(error)}.`,
      'Name another file: --output <file>',
      {
        cause: error,
      },
    );
  });
  stdout.write(`${path}\n`);
  return exitCodes.done;
}
