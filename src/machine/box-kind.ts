// The boxes as a kind of cache: what Vagrant has of ours, with what it was built from, and what a killed recipe left.
import {existsSync} from 'node:fs';
import {mkdir, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {tryLock} from '../core/lock.ts';
import {listCatalogue, readBoxCatalogue, type Box} from './box-catalogue.ts';
import {boxFolder, ownBoxName, planBoxLock, readAddedBoxes, removeBox, type BoxTools} from './boxes.ts';
import type {CacheEntry, CacheKind} from '../store/inventory.ts';
import type {KindTools} from '../store/kind-files.ts';
import {moveToTrash} from '../store/trash.ts';
import type {CacheItem} from '../store/uses.ts';

type Tools = KindTools & BoxTools;

/** For marks of use: one box may be there for several providers. */
export function planBoxItem(name: string, provider: string): CacheItem {
  return {kind: 'box', name: `${name} (${provider})`};
}

/** Removed as `box prune` does. */
export function createBoxKind(tools: Tools): CacheKind {
  return {
    name: 'box',
    folders: [tools.paths.boxes],
    list: async () => [...(await listBoxEntries(tools)), ...(await listRemains(tools))],
    remove: async (entry) => {
      if (entry.name.startsWith('.')) return removeRemains(entry, tools);
      const found = (await findBoxes(tools)).find((box) => box.item.name === entry.name);
      if (found === undefined) return 'removed';
      const {name, provider, box} = found;
      const remove = async (): Promise<'removed'> => {
        await removeBox(tools, name, provider, box);
        return 'removed';
      };
      if (box?.recipe === undefined) return remove();
      await mkdir(tools.paths.boxes, {recursive: true});
      return (await tryLock(planBoxLock(tools.paths, box), tools, remove)) ?? 'busy';
    },
  };
}

interface FoundBox {
  readonly item: CacheItem;
  readonly name: string;
  readonly provider: string;
  /** Absent for one that is not in the catalogue, or not any more. */
  readonly box: Box | undefined;
  readonly paths: readonly string[];
}

async function listBoxEntries(tools: Tools): Promise<readonly CacheEntry[]> {
  return (await findBoxes(tools)).map(({item, paths}) => ({...item, paths}));
}

/** Those that Vagrant has under a name of ours, and those that were built but are not with Vagrant. */
async function findBoxes(tools: Tools): Promise<readonly FoundBox[]> {
  const catalogue = listCatalogue(await readBoxCatalogue());
  const added = (await readAddedBoxes(tools)).filter(({name}) => ownBoxName.test(name));
  const found = new Map<string, FoundBox>();
  const put = (name: string, provider: string, path: string, box: Box | undefined): void => {
    const item = planBoxItem(name, provider);
    const paths = [...(found.get(item.name)?.paths ?? []), path];
    found.set(item.name, {item, name, provider, box, paths: [...new Set(paths)]});
  };
  const findBox = (name: string, provider: string): Box | undefined =>
    catalogue.find((box) => box.reference.name === name && box.provider === provider);
  for (const {name, provider, folder} of added) put(name, provider, folder, findBox(name, provider));
  for (const box of catalogue) {
    const folder = boxFolder(tools, box);
    if (box.recipe !== undefined && existsSync(folder)) put(box.reference.name, box.provider, folder, box);
  }
  return [...found.values()];
}

/** The recipe works in `.debian-box.<pid>.<random>`; its next run removes what a killed one left, and so do we. */
const remains = /^\.[a-z]+-box\.(\d+)\.\w+$/;

async function listRemains({paths}: Tools): Promise<readonly CacheEntry[]> {
  const names = await readdir(paths.boxes).catch(() => []);
  return names
    .filter((name) => remains.test(name))
    .map((name) => ({
      kind: 'box',
      name,
      paths: [join(paths.boxes, name)],
      usedBy: isAtWork(name) ? [`process ${remains.exec(name)?.[1] ?? ''}`] : [],
    }));
}

async function removeRemains(entry: CacheEntry, tools: Tools): Promise<'removed' | 'busy'> {
  if (isAtWork(entry.name)) return 'busy';
  for (const path of entry.paths) await moveToTrash(path, tools);
  return 'removed';
}

/** Recipes run on Linux alone. */
function isAtWork(name: string): boolean {
  return existsSync(join('/proc', remains.exec(name)?.[1] ?? '0'));
}
