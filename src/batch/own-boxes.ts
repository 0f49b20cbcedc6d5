// The boxes that machines start from: listed, built, pruned with the layers that were made of them.
import {UsageError} from '../core/errors.ts';
import {readProxies} from '../core/proxies.ts';
import type {Terminal} from '../core/terminal.ts';
import {buildBox} from '../machine/box-build.ts';
import {listCatalogue, readBoxCatalogue} from '../machine/box-catalogue.ts';
import {listBoxes, pruneBoxes, type ListedBox} from '../machine/boxes.ts';
import {pruneLayers} from '../machine/layer-kind.ts';
import {pruneVolumes} from '../machine/volume-kind.ts';
import {openSession} from './session.ts';

export async function listOwnBoxes(terminal: Terminal): Promise<readonly ListedBox[]> {
  return listBoxes(await openSession(terminal), listCatalogue(await readBoxCatalogue()));
}

export interface BuiltBoxSummary {
  readonly name: string;
  readonly status: string;
  readonly sha256: string;
}

/** Those of one provider that have a recipe, one after the other. @param onPhase What is done at this moment, of which box. */
export async function* buildOwnBoxes(
  terminal: Terminal,
  {
    isForced,
    mirror,
    isOffline,
    provider = 'lxc',
  }: {
    readonly isForced: boolean;
    readonly mirror: string | undefined;
    readonly isOffline: boolean;
    readonly provider?: string | undefined;
  },
  onPhase: (box: string, phase: string) => void,
): AsyncGenerator<BuiltBoxSummary> {
  const session = await openSession(terminal, {});
  readProxies(session.env); // A value that is of no use is named now, not by what downloads.
  const all = listCatalogue(await readBoxCatalogue()).filter(({recipe}) => recipe !== undefined);
  const boxes = all.filter((box) => box.provider === provider);
  if (boxes.length === 0)
    throw new UsageError(
      `No box is built here for the provider ${JSON.stringify(provider)}, only for ${all.map((box) => box.provider).join(', ')}.`,
      'Type: build-spark box ls',
    );
  for (const box of boxes) {
    const {name} = box.reference;
    const {status, box: built} = await buildBox(session, box, {
      ...{isForced, mirror, isOffline, signal: session.signal},
      onPhase: (phase) => onPhase(name, phase),
    });
    yield {name, status, sha256: built.sha256};
  }
}

/** @param isForced Also what is in use. @returns Names of what is gone. */
export async function pruneOwnBoxes(terminal: Terminal, isForced: boolean): Promise<readonly string[]> {
  const session = await openSession(terminal, {});
  const boxes = await pruneBoxes(session, listCatalogue(await readBoxCatalogue()), isForced);
  return [...boxes, ...(await pruneLayers(session, isForced)), ...(await pruneVolumes(session, isForced))];
}
