// `logs`: a build's log; with -f as it grows.
import {createReadStream} from 'node:fs';
import {readdir, stat} from 'node:fs/promises';
import {exitCodes, hasErrorCode, UsageError, type ExitCode} from '../../core/errors.ts';
import {planLogFile} from '../../report/log-file.ts';
import {openSession} from '../session.ts';
import type {Terminal} from '../terminal.ts';

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
  let position = await print(terminal, file, 0);
  while (options.follow === true) {
    const isRunning = (await journal.readAll()).entries.some((entry) => entry.buildId === buildId);
    await clock.sleep(300, terminal.signal).catch(() => undefined);
    const {size} = await stat(file).catch(() => ({size: 0}));
    position = await print(terminal, file, size < position ? 0 : position);
    if (terminal.signal.aborted) return exitCodes.interrupted;
    if (!isRunning) break;
  }
  return exitCodes.done;
}

/** @returns Where the next call goes on. */
async function print({stdout}: Terminal, file: string, start: number): Promise<number> {
  let position = start;
  for await (const chunk of createReadStream(file, {start})) {
    const bytes = chunk as Buffer;
    position += bytes.length;
    if (!stdout.write(bytes)) await new Promise((resolve) => stdout.once('drain', resolve));
  }
  return position;
}
