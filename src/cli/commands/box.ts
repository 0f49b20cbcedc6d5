// `box`: ls, build and prune of the boxes that machines start from.
import {renderJson} from '../../core/printable.ts';
import {buildOwnBoxes, listOwnBoxes, pruneOwnBoxes} from '../../batch/own-boxes.ts';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {renderTable} from '../../core/table.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import type {Terminal} from '../../core/terminal.ts';
import {pickAction} from '../action.ts';

interface BoxOptions extends OutputOptions {
  readonly force?: boolean;
  readonly mirror?: string;
  readonly provider?: string;
  readonly offline?: boolean;
}

export async function run(terminal: Terminal, options: BoxOptions, action = 'ls'): Promise<ExitCode> {
  await pickAction('box', {ls: list, build, prune}, action)(terminal, options);
  return exitCodes.done;
}

async function list(terminal: Terminal, {json}: BoxOptions): Promise<void> {
  const {stdout} = terminal;
  const boxes = await listOwnBoxes(terminal);
  if (json === true) {
    stdout.write(`${renderJson(boxes)}\n`);
    return;
  }
  const rows = boxes.map(({name, provider, os, state, verified, builtAt}) => {
    const notes = [...(verified ? [] : ['unverified']), ...(builtAt === null ? [] : [`built ${builtAt}`])];
    return [state, provider, os ?? 'own', notes.length === 0 ? name : `${name} (${notes.join(', ')})`];
  });
  for (const line of renderTable(rows, {least: [8, 14, 7]})) stdout.write(`${line}\n`);
}

async function build(terminal: Terminal, options: BoxOptions): Promise<void> {
  const {force, json, mirror, offline, provider} = options;
  const {stdout, stderr} = terminal;
  const building = buildOwnBoxes(
    terminal,
    {isForced: force === true, mirror, provider, isOffline: offline === true},
    (name, phase) => stderr.write(`${name}: ${phase}\n`),
  );
  for await (const built of building) {
    const {name, status, sha256} = built;
    stdout.write(json === true ? `${renderJson(built)}\n` : `${name}: ${status} (sha256:${sha256})\n`);
  }
}

async function prune(terminal: Terminal, {force, json}: BoxOptions): Promise<void> {
  const removed = await pruneOwnBoxes(terminal, force === true);
  const lines = removed.length === 0 ? ['Nothing to prune.'] : removed.map((name) => `${name} removed`);
  terminal.stdout.write(json === true ? `${renderJson(removed)}\n` : `${lines.join('\n')}\n`);
}
