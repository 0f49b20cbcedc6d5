// `logs`: a build's log; with -f as it grows.
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {splitLines} from '../../core/lines.ts';
import {findLog, followLog, readLog} from '../../report/read-log.ts';
import {renderPrintable} from '../../core/text.ts';
import {openSession} from '../../batch/session.ts';
import type {Terminal} from '../../core/terminal.ts';

export async function run(
  terminal: Terminal,
  options: {readonly follow?: boolean},
  buildId: string,
): Promise<ExitCode> {
  const {paths, journal, clock} = await openSession(terminal);
  const {signal} = terminal;
  const file = await findLog(paths.logs, buildId);
  const {write, end} = createShow(terminal);
  if (options.follow === true) {
    const isRunning = async (): Promise<boolean> =>
      (await journal.readAll()).entries.some((entry) => entry.buildId === buildId);
    await followLog(file, {clock, signal, isRunning, write});
    if (signal.aborted) return exitCodes.interrupted;
  } else await readLog(file, write);
  await end();
  return exitCodes.done;
}

interface Show {
  readonly write: (bytes: Buffer) => Promise<void>;
  /** What is left without a newline. */
  readonly end: () => Promise<void>;
}

/** On a terminal without what would steer it; a file or a pipe gets the bytes as they are in the log. */
function createShow({stdout}: Terminal): Show {
  const write = async (bytes: Buffer | string): Promise<void> => {
    if (!stdout.write(bytes)) await new Promise((resolve) => stdout.once('drain', resolve));
  };
  if (!stdout.isTTY) return {write, end: () => Promise.resolve()};
  const lines: string[] = [];
  const sink = splitLines((line) => lines.push(`${renderPrintable(line)}\n`));
  const flush = (): Promise<void> => write(lines.splice(0).join(''));
  return {
    write: (bytes) => {
      sink.write(bytes);
      return flush();
    },
    end: () => {
      sink.end();
      return flush();
    },
  };
}
