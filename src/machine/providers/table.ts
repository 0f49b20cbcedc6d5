// The providers, in the order in which they are tried: a file each.
import {libvirt} from './libvirt.ts';
import {lxc} from './lxc.ts';
import type {ProviderRow} from './provider-row.ts';
import {virtualbox} from './virtualbox.ts';

const table = [lxc, libvirt, virtualbox] as const satisfies readonly ProviderRow[];

export type RealProvider = (typeof table)[number]['name'];

export const providers: readonly RealProvider[] = table.map(({name}) => name);

export const providerRows: readonly (ProviderRow & {readonly name: RealProvider})[] = table;

/** The first that exists on such a host at all. */
export function findLikely(platform: string): RealProvider {
  const likely = providerRows.find((row) => row.platform === undefined || row.platform.name === platform);
  return likely?.name ?? table[0].name;
}

export function findRow(name: RealProvider): ProviderRow & {readonly name: RealProvider} {
  const [first] = table;
  return providerRows.find((row) => row.name === name) ?? first;
}
