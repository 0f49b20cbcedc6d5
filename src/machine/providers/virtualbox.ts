// virtualbox, which Vagrant knows without a plugin.
import type {ProviderRow} from './provider-row.ts';

export const virtualbox = {
  name: 'virtualbox',
  // Two `up` at once choose the same forwarded port and race in the import of the box; a `destroy` beside them meets
  // locked machines.
  serial: 'always',
  hostAddress: '10.0.2.2', // Of its NAT.
  page: 'https://www.virtualbox.org/wiki/Downloads',
  inspect: async ({ask}) => {
    const {ok, said} = await ask(['VBoxManage', '--version']);
    if (!ok) return {isUsable: false, reason: said, remedy: 'https://www.virtualbox.org/wiki/Downloads'};
    // VirtualBox answers with its version, and above it with a warning that its kernel module is not loaded.
    if (/WARNING|not loaded/i.test(said))
      return {
        isUsable: false,
        reason: "VirtualBox's kernel module is not loaded.",
        remedy: 'sudo /sbin/vboxconfig',
      };
    return {isUsable: true, reason: `VirtualBox ${said.split('\n')[0] ?? ''}`};
  },
  open: ({exec, tryAll}) => {
    const lists = async (what: 'vms' | 'runningvms', id: string): Promise<boolean> => {
      const {stdout} = await exec(['VBoxManage', 'list', what], {timeoutMs: 30_000});
      return stdout.split('\n').some((line) => line.startsWith(`"${id}" `));
    };
    return {
      readState: async (id) => {
        if (!(await lists('vms', id))) return 'absent';
        return (await lists('runningvms', id)) ? 'running' : 'stopped';
      },
      destroy: (id) =>
        tryAll([
          ['VBoxManage', 'controlvm', id, 'poweroff'],
          ['VBoxManage', 'unregistervm', id, '--delete'],
        ]),
    };
  },
} as const satisfies ProviderRow;
