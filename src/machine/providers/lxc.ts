// lxc, by vagrant-lxc: privileged containers of this host.
import type {ProviderRow} from './provider-row.ts';

/** vagrant-lxc keeps its containers in LXC's own folder, also for a sudo user. */
export const lxcFolder = '/var/lib/lxc';

const setup = 'build-spark setup --provider lxc';

export const lxc = {
  name: 'lxc',
  platform: {name: 'linux', reason: 'LXC needs Linux.'},
  plugin: {name: 'vagrant-lxc', remedy: setup},
  serial: 'never', // It unpacks its box for each machine by itself, and ours are added beforehand.
  hostAddress: '10.0.3.1',
  inspect: async ({vagrantHome, ask}) => {
    // Its script for the root file system splits what it is given at blanks. Source: scripts/lxc-template of 1.4.3.
    if (/\s/.test(vagrantHome))
      return {
        isUsable: false,
        reason: `vagrant-lxc takes no box from a folder with a space in its name: ${JSON.stringify(vagrantHome)}.`,
        remedy: 'VAGRANT_HOME=/var/lib/vagrant.d build-spark doctor, or another folder of yours without one',
      };
    const {ok, said} = await ask(['lxc-create', '--version']);
    return ok ? {isUsable: true, reason: `LXC ${said}`} : {isUsable: false, reason: said, remedy: setup};
  },
  open: ({exec, asRoot, tryAll}) => {
    const hasFolder = async (id: string): Promise<boolean> =>
      (await exec(asRoot(['test', '-e', `${lxcFolder}/${id}`]), {allow: 'any'})).exitCode === 0;
    return {
      readState: async (id) => {
        const {exitCode, stdout} = await exec(asRoot(['lxc-info', '-n', id, '-s', '-H']), {
          allow: 'any',
          timeoutMs: 30_000,
        });
        if (exitCode === 0) return /^(STOPP|ABORT)/.test(stdout.trim()) ? 'stopped' : 'running'; // …ED or …ING
        // A container that was killed while it was unpacked is not a container yet, but fills the disk.
        return (await hasFolder(id)) ? 'stopped' : 'absent';
      },
      powerOff: (id) => tryAll([asRoot(['lxc-stop', '-k', '-n', id])]),
      destroy: async (id) => {
        await tryAll([asRoot(['lxc-stop', '-k', '-n', id]), asRoot(['lxc-destroy', '-f', '-n', id])]);
        if (await hasFolder(id))
          await tryAll([asRoot(['rm', '-rf', '--one-file-system', `${lxcFolder}/${id}`])]);
      },
    };
  },
} as const satisfies ProviderRow;
