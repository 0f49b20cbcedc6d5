// libvirt, by vagrant-libvirt: virtual machines of QEMU.
import {hasVolume, pool, virsh} from '../volumes.ts';
import type {ProviderRow} from './provider-row.ts';

const setup = 'build-spark setup --provider libvirt';

function findRemedy(said: string): string {
  if (said.includes('missing')) return setup;
  if (/permission denied|authentication|polkit/i.test(said))
    return 'sudo usermod --append --groups libvirt "$USER", then log in again';
  return `${setup}, which starts libvirtd`;
}

export const libvirt = {
  name: 'libvirt',
  platform: {name: 'linux', reason: 'libvirt needs Linux.'},
  plugin: {name: 'vagrant-libvirt', remedy: setup},
  serial: 'first-up',
  hostAddress: '192.168.121.1',
  usesKvm: true,
  inspect: async ({ask}) => {
    const {ok, said} = await ask(virsh('list', '--name'));
    if (!ok) return {isUsable: false, reason: said, remedy: findRemedy(said)};
    return {isUsable: true, reason: 'libvirt answers'};
  },
  open: ({exec, tryAll}) => ({
    readState: async (id) => {
      const {stdout} = await exec(virsh('list', '--all', '--name'), {timeoutMs: 30_000});
      // Killed before it was defined, it is not a machine yet, but its disk is there.
      if (!stdout.split('\n').some((line) => line.trim() === id))
        return (await hasVolume({exec}, `${id}.img`)) ? 'stopped' : 'absent';
      const state = await exec(virsh('domstate', id), {allow: 'any'});
      return /^(shut off|crashed|)$/.test(state.stdout.trim()) ? 'stopped' : 'running'; // `paused`: its disk is copied.
    },
    powerOff: (id) => tryAll([virsh('destroy', id)]),
    destroy: (id) =>
      tryAll([
        virsh('destroy', id),
        virsh('undefine', id, '--remove-all-storage', '--snapshots-metadata'),
        virsh('vol-delete', '--pool', pool, `${id}.img`),
      ]),
  }),
} as const satisfies ProviderRow;
