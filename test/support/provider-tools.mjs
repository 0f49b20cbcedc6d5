// What a provider's own tools say of machines on this host, and how they end one, for tests that look behind the tool's back.
import {readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';

const lines = ({stdout}) => stdout.split('\n').map((line) => line.trim().split(/\s+/)[0] ?? '');
const virsh = (...args) => ['virsh', '-c', 'qemu:///system', '--quiet', ...args];
const lxcFolder = '/var/lib/lxc';

/** By provider: `list` gives names by where they were found; `stop` and `destroy` give commands to which the name is added. */
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
  },
  libvirt: {
    list: async (runHost) => ({
      'virsh lists': lines(await runHost(...virsh('list', '--all', '--name'))),
      'disk in libvirt’s pool': lines(await runHost(...virsh('vol-list', 'default'))),
    }),
    stop: [virsh('destroy')],
    destroy: [virsh('destroy'), virsh('undefine', '--remove-all-storage')],
    sweep: () => undefined,
  },
};
