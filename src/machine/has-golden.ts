// Whether a machine would start from a golden box of this host, and so install nothing. Boots nothing.
import type {AsRoot} from '../core/as-root.ts';
import {readAddedBoxes, type BoxTools} from './boxes.ts';
import {chooseGoldenDisk} from './golden-disk.ts';
import {readGoldenKey} from './golden.ts';
import {listLayers, readBaseKey} from './layers.ts';
import type {MachineSpec, ProvisionData} from './machine.ts';

export async function hasGolden(
  tools: BoxTools & {readonly asRoot: AsRoot},
  {provider, box, goldenBox}: Pick<MachineSpec, 'provider' | 'box' | 'goldenBox'>,
  data: ProvisionData,
): Promise<boolean> {
  if (goldenBox !== 'auto') return false;
  const isIt = ({name, provider: of}: {readonly name: string; readonly provider: string}): boolean =>
    name === box.name && of === provider;
  const [added] = (await readAddedBoxes(tools)).filter(isIt);
  if (added === undefined) return false;
  if (provider === 'libvirt') return (await chooseGoldenDisk(tools, added, data)).golden !== undefined;
  const base = provider === 'lxc' ? await readBaseKey(added.folder) : undefined;
  if (base === undefined) return false;
  const key = await readGoldenKey(base, data);
  return (await listLayers(tools)).some((layer) => layer.key === key);
}
