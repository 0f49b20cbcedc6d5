// libvirt, by vagrant-libvirt: virtual machines of QEMU.
import {join} from 'node:path';
import type {Argv} from '../../core/exec.ts';
import type {ProviderRow} from './provider-row.ts';

const virsh = (...args: string[]): Argv => ['virsh', '-c', 'qemu:///system', ...args];

export const libvirt = {
  name: 'libvirt',
  platform: {name: 'linux', reason: 'libvirt needs Linux.'},
  plugin: {name: 'vagrant-libvirt', remedy: 'vagrant plugin install vagrant-libvirt'},
  serial: 'first-up',
  hostAddress: '192.168.121.1',
  inspect: async ({root, ask, canOpen}) => {
    const {ok, said} = await ask(['virsh', '-c', 'qemu:///system', 'list', '--name']);
    if (!ok) return {isUsable: false, reason: said, remedy: 'sudo systemctl start libvirtd'};
    const hasKvm = await canOpen(join(root, '/dev/kvm'));
    return {
      isUsable: true,
      reason: hasKvm ? 'libvirt answers' : "libvirt answers (without /dev/kvm: slow, QEMU's emulator)",
    };
  },
  open: ({exec, tryAll}) => ({
    readState: async (id) => {
      const {stdout} = await exec(virsh('list', '--all', '--name'), {timeoutMs: 30_000});
      if (!stdout.split('\n').some((line) => line.trim() === id)) return 'absent';
      const state = await exec(virsh('domstate', id), {allow: 'any'});
      return state.stdout.trim() === 'running' ? 'running' : 'stopped';
    },
    destroy: (id) =>
      tryAll([virsh('destroy', id), virsh('undefine', id, '--remove-all-storage', '--snapshots-metadata')]),
  }),
} as const satisfies ProviderRow;
