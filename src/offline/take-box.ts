// Boxes out of a bundle: which of ours each is, and into the folder where `setup` and `box build` find it.
import {mkdir, readFile, rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {Clock} from '../core/clock.ts';
import {UsageError} from '../core/errors.ts';
import {withLock} from '../core/lock.ts';
import {listCatalogue, readBoxCatalogue, type Box} from '../machine/box-catalogue.ts';
import {
  boxFolder,
  parseBuiltBox,
  planBoxLock,
  readBuiltBox,
  writeBuiltBox,
  type BoxTools,
  type BuiltBox,
} from '../machine/boxes.ts';
import type {BundleContent, BundleManifest} from './manifest.ts';

type BoxContent = Extract<BundleContent, {kind: 'box'}>;

export interface CheckedBox {
  readonly box: Box;
  /** Without what the other host's Vagrant had of it. */
  readonly built: BuiltBox;
}

const recordName = 'built.json';

/** Before anything is taken: all of them must be boxes that this tool builds, with our record. */
export async function readBoxes(
  {contents}: Pick<BundleManifest, 'contents'>,
  find: (sha256: string) => string,
): Promise<ReadonlyMap<BundleContent, CheckedBox>> {
  const boxes = new Map<BundleContent, CheckedBox>();
  const catalogue = listCatalogue(await readBoxCatalogue());
  for (const content of contents) {
    if (content.kind !== 'box') continue;
    const {name, provider, folder: os, files} = content;
    const box = catalogue.find(
      (one) =>
        one.reference.name === name && one.provider === provider && one.os === os && one.recipe !== undefined,
    );
    if (box === undefined)
      throw new UsageError(
        `This build-spark builds no box ${name} for ${provider}.`,
        'Install the build-spark that came in the bundle: tar -xf <bundle> tool',
      );
    const record = files.find((file) => file.name === recordName);
    const built =
      record === undefined ? undefined : parseBuiltBox(await readFile(find(record.sha256), 'utf8'));
    const isOfIt =
      built?.name === name &&
      built.provider === provider &&
      files.some(({sha256}) => sha256 === built.sha256);
    if (built === undefined || !isOfIt)
      throw new UsageError(
        `The bundle's record of the box ${name} for ${provider} is inconsistent.`,
        'Make it again: build-spark bundle create',
      );
    boxes.set(content, {box, built: {...built, addedMtimeMs: undefined}});
  }
  return boxes;
}

/** Vagrant gets it by `setup` or `box build`, which find the record and build nothing. */
export async function takeBox(
  tools: BoxTools & {readonly clock: Clock},
  {name, files}: BoxContent,
  {box, built}: CheckedBox,
  find: (sha256: string) => string,
): Promise<void> {
  const folder = boxFolder(tools, box);
  await mkdir(folder, {recursive: true});
  await withLock(
    planBoxLock(tools.paths, box),
    tools,
    async () => {
      if ((await readBuiltBox(tools, box))?.sha256 === built.sha256) return; // Vagrant may have it already.
      // Without the record a box whose copying was cut short is not believed.
      await rm(join(folder, recordName), {force: true});
      for (const file of files)
        if (file.name !== recordName) await rename(find(file.sha256), join(folder, file.name));
      await writeBuiltBox(tools, box, built);
    },
    {doing: `is taking the box ${name} out of a bundle`},
  );
}
