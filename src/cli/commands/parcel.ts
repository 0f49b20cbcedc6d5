// `parcel`: what Cloudera Manager takes, of a dist; and a folder of it over http, for trying.
import {renderJson} from '../../core/printable.ts';
import {describeParcels, makeOwnParcels, renderParcels, serveParcels} from '../../batch/own-parcel.ts';
import {exitCodes, UsageError, type ExitCode} from '../../core/errors.ts';
import {renderPrintable} from '../../core/text.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import type {Terminal} from '../../core/terminal.ts';

interface ParcelOptions extends OutputOptions {
  readonly distro?: readonly string[];
  readonly output: string;
  readonly port: number;
  readonly bindHost: string;
}

export async function run(
  terminal: Terminal,
  options: ParcelOptions,
  words: readonly string[],
): Promise<ExitCode> {
  const [first = '', second, ...rest] = words;
  const isServing = first === 'serve';
  if (rest.length > 0 || (second !== undefined && !isServing))
    throw new UsageError(
      `\`parcel ${words.join(' ')}\` names more than one folder.`,
      'Type: build-spark parcel <dist>, or build-spark parcel serve <folder>',
    );
  return isServing ? serve(terminal, options, second) : make(terminal, options, first);
}

async function make(terminal: Terminal, options: ParcelOptions, dist: string): Promise<ExitCode> {
  const {distro = ['el7'], output} = options;
  const made = await makeOwnParcels(terminal, dist, {distro, output});
  const lines =
    options.json === true ? [renderJson(describeParcels(made))] : renderParcels(made).map(renderPrintable);
  if (options.json === true || options.quiet !== true)
    for (const line of lines) terminal.stdout.write(`${line}\n`);
  return made.repository.damaged.length === 0 ? exitCodes.done : exitCodes.failed;
}

async function serve(
  terminal: Terminal,
  options: ParcelOptions,
  folder: string | undefined,
): Promise<ExitCode> {
  const {stdout, stderr} = terminal;
  let isFirst = true;
  await serveParcels(terminal, folder, options, (line) => {
    // The URL is what a script wants; who asks for what is for people.
    (isFirst ? stdout : stderr).write(`${line}\n`);
    if (isFirst && options.quiet !== true)
      stderr.write(
        'Add it in Cloudera Manager: Hosts, Parcels, Configuration, Remote Parcel Repository URLs. Ctrl-C ends it.\n',
      );
    isFirst = false;
  });
  return exitCodes.interrupted;
}
