// `logs`: a build's log; with -f as it grows.
import {readdir, stat} from 'node:fs/promises';
import {exitCodes, hasErrorCode, UsageError, type ExitCode} from '../../core/errors.ts';
import {splitLines} from '../../core/lines.ts';
import {openRegular} from '../../core/regular-file.ts';
import {planLogFile} from '../../report/log-file.ts';
import {renderPrintable} from '../../core/text.ts';
import {openSession} from '../../batch/session.ts';
import type {Terminal} from '../../core/terminal.ts';

export async function run(
  terminal: Terminal,
  options: {readonly follow?: boolean},
  buildId: string,
): Promise<ExitCode> {
  const {paths, journal, clock} = await openSession(terminal);
  const known = await readdir(paths.logs).catch((error: unknown): string[] => {
    if (hasErrorCode(error, 'ENOENT')) return [];
    throw error;
  });
  if (!known.includes(buildId)) {
    throw new UsageError(
      `There is no log of a build ${buildId}.`,
      known.length === 0
        ? 'Nothing was built here in the last 30 days.'
        : `There are logs of: ${known.join(', ')}`,
    );
  }
  const file = planLogFile(paths.logs, buildId);
  const show = createShow(terminal);
  let position = await print(show, file, 0);
  while (options.follow === true) {
    const isRunning = (await journal.readAll()).entries.some((entry) => entry.buildId === buildId);
    await clock.sleep(300, terminal.signal).catch(() => undefined);
    const {size} = await stat(file).catch(() => ({size: 0}));
    position = await print(show, file, size < position ? 0 : position);
    if (terminal.signal.aborted) return exitCodes.interrupted;
    if (!isRunning) break;
  }
  await show.end();
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

/** @returns Where the next call goes on. */
async function print(show: Show, file: string, start: number): Promise<number> {
  let position = start;
  const handle = await openRegular(file);
  for await (const chunk of handle.createReadStream({start})) {
    const bytes = chunk as Buffer;
    position += bytes.length;
    await show.write(bytes);
  }
  return position;
}
