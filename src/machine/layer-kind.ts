// Layers of lxc machines as a kind of cache: they lie outside our folder, are root's, and are shared by the users of a host.
import {layerStore, listLayers, readBaseKey, removeLayer, type LayerTools} from './layers.ts';
import {readAddedBoxes, type BoxTools} from './boxes.ts';
import {isThere} from '../core/presence.ts';
import type {CacheKind} from '../store/inventory.ts';

/**
 * Who uses a layer is known from the machines themselves, whoever owns them.
 * @param store In tests another folder.
 */
export function createLayerKind(tools: LayerTools, store = layerStore): CacheKind {
  return {
    name: 'layer',
    folders: [],
    list: async () => {
      if (!(await isThere(store))) return [];
      // Without root, or a sudo that does not ask, nobody here can look.
      const layers = await listLayers(tools).catch(() => []);
      return layers.map(({key, boxName, bytes, usedAtMs, usedBy}) => ({
        kind: 'layer',
        name: `${key} (${boxName})`,
        paths: [`${store}/${key}`],
        bytes,
        lastUsedMs: usedAtMs,
        usedBy,
      }));
    },
    remove: (entry) => removeLayer(tools, entry.name.split(' ')[0] ?? ''),
  };
}

/**
 * `box prune`: removes layers of boxes that this user's Vagrant has no more, or has otherwise.
 * @param isAll Removes the others as well.
 * @returns What was removed; what a machine uses stays.
 */
export async function pruneLayers(
  tools: LayerTools & BoxTools,
  isAll: boolean,
  kind = createLayerKind(tools),
): Promise<readonly string[]> {
  const entries = await kind.list();
  if (entries.length === 0) return [];
  const boxes = (await readAddedBoxes(tools)).filter(({provider}) => provider === 'lxc');
  const current = new Set(await Promise.all(boxes.map(({folder}) => readBaseKey(folder))));
  const layers = await listLayers(tools);
  const removed: string[] = [];
  for (const entry of entries) {
    const layer = layers.find(({key}) => entry.name.startsWith(`${key} `));
    if (layer === undefined || (!isAll && current.has(layer.base ?? layer.key))) continue;
    if ((await kind.remove(entry)) === 'removed') removed.push(entry.name);
  }
  return removed;
}
