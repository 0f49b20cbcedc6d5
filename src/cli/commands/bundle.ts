// `bundle`: all that builds need as one file, and back into the caches of a host without a network.
import {resolve} from 'node:path';
import {openSessionFor} from '../../batch/arguments.ts';
import type {BuildOptions, OutputOptions} from '../../batch/build-options.ts';
import {runRows} from '../../batch/run.ts';
import {openSession} from '../../batch/session.ts';
import {createBundle} from '../../offline/create.ts';
import {useBundle} from '../../offline/use.ts';
import {exitCodes, UsageError, type ExitCode} from '../../core/errors.ts';
import type {Terminal} from '../../core/terminal.ts';
import {renderBundle, renderTaken} from '../../report/bundle-text.ts';
import {pickAction} from '../action.ts';
import {runSurroundings} from '../run-surroundings.ts';

type Options = Omit<BuildOptions, 'output'> &
  OutputOptions & {readonly output?: string; readonly split?: number};

export async function run(terminal: Terminal, options: Options, words: readonly string[]): Promise<ExitCode> {
  const [action = '', file, ...rest] = words;
  return pickAction('bundle', {create, use}, action)(terminal, options, rest.length > 0 ? rest : file);
}

async function create(terminal: Terminal, options: Options, word?: unknown): Promise<ExitCode> {
  const {output, split: splitBytes, ...build} = options;
  if (output === undefined || word !== undefined)
    throw new UsageError(
      'bundle create takes the options of a build, and the file to write.',
      'Type: build-spark bundle create --cdh 5.7.0 --output bundle.tar',
    );
  const rows = [{options: {...build, offline: false}}];
  const session = await openSessionFor(terminal, rows);
  const written = await createBundle(
    session,
    {rows, file: resolve(terminal.cwd, output), splitBytes},
    {
      ...listen(terminal, options),
      build: async (asked) => {
        const [first] = asked;
        return runRows(
          terminal,
          {...first?.options, quiet: options.quiet, verbose: options.verbose},
          () => Promise.resolve({rows: asked, options: build}),
          runSurroundings,
        );
      },
    },
  );
  terminal.stdout.write(renderBundle(written, options.json === true));
  return exitCodes.done;
}

async function use(terminal: Terminal, options: Options, file?: unknown): Promise<ExitCode> {
  if (typeof file !== 'string')
    throw new UsageError('bundle use takes one file.', 'Type: build-spark bundle use bundle.tar');
  const session = await openSession(terminal);
  const manifest = await useBundle(session, resolve(terminal.cwd, file), listen(terminal, options));
  terminal.stdout.write(renderTaken(manifest, options.json === true));
  return exitCodes.done;
}

function listen({stderr}: Terminal, {quiet}: OutputOptions) {
  let last = 0;
  return {
    say: (line: string): void => {
      if (quiet !== true) stderr.write(`${line}\n`);
    },
    onProgress: (done: number, all: number): void => {
      const percent = Math.floor((done / all) * 10) * 10;
      if (quiet === true || percent <= last) return;
      last = percent;
      stderr.write(`${percent} %\n`);
    },
  };
}
