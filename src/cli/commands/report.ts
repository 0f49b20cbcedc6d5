// `report`: what runs came to, as one HTML page; with --live as they go on.
import {renderJson} from '../../core/printable.ts';
import {exitCodes, UsageError, type ExitCode} from '../../core/errors.ts';
import {openInBrowser} from '../../report/open-in-browser.ts';
import {printError} from '../print-error.ts';
import {openSession} from '../../batch/session.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import type {Terminal} from '../../core/terminal.ts';

interface ReportOptions extends OutputOptions {
  readonly output?: string;
  readonly run?: string;
  readonly open?: true;
  readonly live?: true;
  readonly port?: number;
}

export async function run(terminal: Terminal, options: ReportOptions): Promise<ExitCode> {
  const {stdout, cwd, signal} = terminal;
  const session = await openSession(terminal);
  const {paths, clock} = session;
  const show = async (name: 'file' | 'url', value: string, place = value): Promise<void> => {
    stdout.write(options.json === true ? `${renderJson({[name]: value})}\n` : `${value}\n`);
    if (options.open === true) await openInBrowser(place, value, session);
  };
  if (options.port !== undefined && options.live !== true)
    throw new UsageError('--port works only with --live.', 'Leave it out, or add --live.');
  if (options.live === true) {
    const {serveReport} = await import('../../report/serve-report.ts');
    await serveReport({
      ...{folder: paths.runs, logs: paths.logs, run: options.run, port: options.port ?? 0},
      ...{
        signal,
        now: () => clock.now(),
        onListening: (url, ticket) => {
          // The page is served all the same.
          show('url', url, ticket).catch((error: unknown) => void printError(error, terminal));
        },
      },
    });
    return exitCodes.done; // Ctrl-C is how it ends.
  }
  const {writeReport} = await import('../../report/write-report.ts');
  const query = {runs: paths.runs, logs: paths.logs, run: options.run, now: clock.now()};
  await show('file', await writeReport(query, options.output ?? 'report.html', cwd));
  return exitCodes.done;
}
