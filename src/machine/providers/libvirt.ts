// libvirt, by vagrant-libvirt: virtual machines of QEMU.
import type {Argv} from '../../core/exec.ts';
import type {ProviderRow} from './provider-row.ts';

const virsh = (...args: string[]): Argv => ['virsh', '-c', 'qemu:///system', ...args];

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
    const {ok, said} = await ask(['virsh', '-c', 'qemu:///system', 'list', '--name']);
    if (!ok) return {isUsable: false, reason: said, remedy: findRemedy(said)};
    return {isUsable: true, reason: 'libvirt answers'};
  },
  open: ({exec, tryAll}) => ({
    readState: async (id) => {
      const {stdout} = await exec(virsh('list', '--all', '--name'), {timeoutMs: 30_000});
      if (!stdout.split('\n').some((line) => line.trim() === id)) return 'absent';
      const state = await exec(virsh('domstate', id), {allow: 'any'});
      return state.stdout.trim() === 'running' ? 'running' : 'stopped';
    },
    powerOff: (id) => tryAll([virsh('destroy', id)]),
    destroy: (id) =>
      tryAll([virsh('destroy', id), virsh('undefine', id, '--remove-all-storage', '--snapshots-metadata')]),
  }),
} as const satisfies ProviderRow;
