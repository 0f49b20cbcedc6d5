// `box`: ls, build and prune of the boxes that machines start from.
import {buildBox} from '../../machine/box-build.ts';
import {listCatalogue, readBoxCatalogue} from '../../machine/box-catalogue.ts';
import {listBoxes, pruneBoxes} from '../../machine/boxes.ts';
import {pruneLayers} from '../../machine/layer-kind.ts';
import {exitCodes, UsageError, type ExitCode} from '../../core/errors.ts';
import {readProxies} from '../../core/proxies.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import {openSession, type Session} from '../../batch/session.ts';
import type {Terminal} from '../../core/terminal.ts';

interface BoxOptions extends OutputOptions {
  readonly force?: boolean;
  readonly mirror?: string;
}

export async function run(terminal: Terminal, options: BoxOptions, action = 'ls'): Promise<ExitCode> {
  const work = Object.hasOwn(actions, action) ? actions[action as keyof typeof actions] : undefined;
  if (work === undefined)
    throw new UsageError(
      `\`box ${action}\` is not a command.`,
      'Type: build-spark box ls, box build or box prune',
    );
  return work(await openSession(terminal, {}), options);
}

const actions = {ls: list, build, prune};

async function list(session: Session, {json}: BoxOptions): Promise<ExitCode> {
  const {stdout} = session.terminal;
  const rows = await listBoxes(session, listCatalogue(await readBoxCatalogue()));
  if (json === true) stdout.write(`${JSON.stringify(rows)}\n`);
  else {
    for (const {name, provider, os, state, verified, builtAt} of rows) {
      const notes = [verified ? '' : 'unverified', builtAt === null ? '' : `built ${builtAt}`].filter(
        (note) => note !== '',
      );
      stdout.write(
        `${state.padEnd(8)}  ${provider.padEnd(14)}  ${(os ?? 'own').padEnd(7)}  ${name}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}\n`,
      );
    }
  }
  return exitCodes.done;
}

async function build(session: Session, {force, json, mirror}: BoxOptions): Promise<ExitCode> {
  readProxies(session.env); // A value that is of no use is named now, not by what downloads.
  const {stdout, stderr, signal} = session.terminal;
  const boxes = listCatalogue(await readBoxCatalogue()).filter(({recipe}) => recipe !== undefined);
  for (const box of boxes) {
    const result = await buildBox(session, box, {
      isForced: force === true,
      ...(mirror === undefined ? {} : {mirror}),
      signal,
      onPhase: (phase) => stderr.write(`${box.reference.name}: ${phase}\n`),
    });
    stdout.write(
      json === true
        ? `${JSON.stringify({name: box.reference.name, status: result.status, sha256: result.box.sha256})}\n`
        : `${box.reference.name}: ${result.status} (sha256:${result.box.sha256})\n`,
    );
  }
  return exitCodes.done;
}

async function prune(session: Session, {force, json}: BoxOptions): Promise<ExitCode> {
  const boxes = await pruneBoxes(session, listCatalogue(await readBoxCatalogue()), force === true);
  const removed = [...boxes, ...(await pruneLayers(session, force === true))];
  session.terminal.stdout.write(
    json === true
      ? `${JSON.stringify(removed)}\n`
      : removed.length === 0
        ? 'Nothing to prune.\n'
        : removed.map((name) => `${name} removed\n`).join(''),
  );
  return exitCodes.done;
}
