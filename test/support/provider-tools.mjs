// What a provider's own tools say of machines on this host, and how they end one, for tests that look behind the tool's back.
import {readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';

const lines = ({stdout}) => stdout.split('\n').map((line) => line.trim().split(/\s+/)[0] ?? '');
const virsh = (...args) => ['virsh', '-c', 'qemu:///system', '--quiet', ...args];
const lxcFolder = '/var/lib/lxc';

/**
 * By provider: `list` gives names by where they were found; `stop` and `destroy` give commands to which the name is added.
 * `cutNetwork` pulls the machine's cable; `powerOff` has the guest itself end, as a person in it would.
 */
export const providerTools = {
  lxc: {
    list: async (runHost) => ({
      'lxc-ls lists': lines(await runHost('lxc-ls', '-1')),
      'in /var/lib/lxc': await readdir(lxcFolder).catch(() => []),
    }),
    stop: [['lxc-stop', '-k', '-n']],
    destroy: [
      ['lxc-stop', '-k', '-n'],
      ['lxc-destroy', '-f', '-n'],
    ],
    sweep: (name) => rm(join(lxcFolder, name), {recursive: true, force: true}),
    cutNetwork: async (runHost, name) => {
      const {stdout} = await runHost('lxc-info', '-n', name);
      await runHost('ip', 'link', 'set', /^Link:\s*(\S+)/m.exec(stdout)?.[1] ?? '', 'down');
    },
    powerOff: (runHost, name) => runHost('lxc-attach', '-n', name, '--', 'poweroff', '-f'),
  },
  libvirt: {
    list: async (runHost) => ({
      'virsh lists': lines(await runHost(...virsh('list', '--all', '--name'))),
      'disk in libvirt’s pool': lines(await runHost(...virsh('vol-list', 'default'))),
    }),
    stop: [virsh('destroy')],
    destroy: [virsh('destroy'), virsh('undefine', '--remove-all-storage')],
    sweep: () => undefined,
    cutNetwork: async (runHost, name) => {
      const {stdout} = await runHost(...virsh('domiflist', name));
      await runHost(...virsh('domif-setlink', name, /vnet\d+/.exec(stdout)?.[0] ?? '', 'down'));
    },
    powerOff: async (runHost, name, {state}) => {
      const folder = join(state, 'build-spark/machines', name);
      const {stdout} = await runHost(...virsh('domifaddr', name));
      const address = /(\d+\.){3}\d+/.exec(stdout)?.[0] ?? '';
      const options = ['UserKnownHostsFile=' + join(folder, 'known_hosts'), 'ServerAliveInterval=5'];
      const key = join(folder, '.vagrant/machines', name, 'libvirt/private_key');
      const argv = ['-F', '/dev/null', '-i', key, ...options.flatMap((option) => ['-o', option])];
      await runHost('ssh', ...argv, `vagrant@${address}`, 'sudo', 'poweroff', '-f');
    },
  },
};
