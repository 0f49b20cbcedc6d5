// Disks of boxes that libvirt keeps, as a kind of cache: they lie outside our folder, and are shared by the users of a host.
import {stat} from 'node:fs/promises';
import {join} from 'node:path';
import type {Clock} from '../core/clock.ts';
import type {CacheKind} from '../store/inventory.ts';
import {readAddedBoxes, type AddedBox, type BoxTools} from './boxes.ts';
import {
  findVolumeUsers,
  listVolumes,
  ownVolume,
  removeVolume,
  type Volume,
  type VolumeTools,
} from './volumes.ts';

/** Who uses one is known from the disks that lie on it, whoever owns the machines. */
export function createVolumeKind(tools: VolumeTools): CacheKind {
  return {
    name: 'volume',
    folders: [],
    list: async () => {
      const volumes = await listVolumes(tools);
      return volumes
        .filter(({name}) => ownVolume.test(name))
        .map((volume) => ({
          kind: 'volume',
          name: volume.name,
          paths: [volume.path],
          bytes: volume.bytes,
          lastUsedMs: volume.usedAtMs,
          usedBy: findVolumeUsers(volume, volumes),
        }));
    },
    remove: ({name}) => removeVolume(tools, name),
  };
}

/** Another user's Vagrant may have the box of one that is no longer ours: then it was read of late. */
const unusedMs = 24 * 3_600_000;

/**
 * `box prune`: removes disks of boxes that this user's Vagrant no longer has, once nobody has read them for a day. Vagrant
 * leaves them where it put them.
 * @param isAll Removes the others as well.
 * @returns What was removed; what something lies on stays.
 */
export async function pruneVolumes(
  tools: VolumeTools & BoxTools & {readonly clock: Clock},
  isAll: boolean,
): Promise<readonly string[]> {
  const boxes = (await readAddedBoxes(tools)).filter(({provider}) => provider === 'libvirt');
  const current = new Set(await Promise.all(boxes.map(renderBoxVolume)));
  const removed: string[] = [];
  const volumes = (await listVolumes(tools)).filter(({name}) => ownVolume.test(name));
  const currentPaths = volumes.filter(({name}) => current.has(name)).map(({path}) => path);
  const isCurrent = ({name, backing}: Volume): boolean =>
    backing === undefined ? current.has(name) : currentPaths.includes(backing);
  const since = tools.clock.now().getTime() - unusedMs;
  const isLow = ({backing}: Volume): boolean => backing === undefined;
  const upperFirst = [...volumes.filter((volume) => !isLow(volume)), ...volumes.filter(isLow)];
  for (const volume of upperFirst) {
    if (!isAll && (isCurrent(volume) || volume.usedAtMs > since)) continue;
    if ((await removeVolume(tools, volume.name)) === 'removed') removed.push(volume.name);
  }
  return removed;
}

/** As vagrant-libvirt names it. Source: action/handle_box_image.rb of 0.11.2. */
async function renderBoxVolume({name, version, folder}: AddedBox): Promise<string> {
  const {mtimeMs} = await stat(join(folder, 'box.img')).catch(() => ({mtimeMs: 0}));
  const shown = version === '0' ? `0_${Math.floor(mtimeMs / 1000)}` : version;
  return `${name.replaceAll('/', '-VAGRANTSLASH-')}_vagrant_box_image_${shown}_box.img`;
}
