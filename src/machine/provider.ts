// What each provider's own tools say about a machine, and how they destroy it when Vagrant cannot.
import type {AsRoot} from '../core/as-root.ts';
import type {Argv, Exec} from '../core/exec.ts';
import {CommandError} from '../core/exec.ts';
import type {ProviderName} from './machine.ts';
import {runVagrant, type VagrantCommandTools} from './vagrant-command.ts';

type MachineState = 'running' | 'stopped' | 'absent';

export interface Provider {
  readonly name: ProviderName;
  /** Asks the provider itself. `folder`: the machine's folder, for those that can only be asked through Vagrant. */
  readState(id: string, folder: string): Promise<MachineState>;
  /** Ends it at once, where that is quicker than Vagrant's way; it may not exist. Never throws for what the provider says. */
  powerOff?(id: string): Promise<void>;
  /** The last resort after `vagrant destroy`. Only ever called with the full name of a machine in our journal. */
  destroy(id: string): Promise<void>;
}

export interface ProviderTools {
  readonly exec: Exec;
  readonly asRoot: AsRoot;
}

/**
 * Runs commands one after the other and takes no notice of how they end: what counts is asked for afterwards.
 * The time is for a starved host: with fifteen processes to two cores, `lxc-destroy` was seen to take 100 seconds.
 */
async function tryAll(exec: Exec, commands: readonly Argv[]): Promise<void> {
  for (const argv of commands) {
    await exec(argv, {allow: 'any', timeoutMs: 180_000}).catch((error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
    });
  }
}

/** vagrant-lxc keeps its containers in LXC's own folder, also for a sudo user. */
export const lxcFolder = '/var/lib/lxc';

function createLxc({exec, asRoot}: ProviderTools): Provider {
  const hasFolder = async (id: string): Promise<boolean> =>
    (await exec(asRoot(['test', '-e', `${lxcFolder}/${id}`]), {allow: 'any'})).exitCode === 0;
  return {
    name: 'lxc',
    readState: async (id) => {
      const {exitCode, stdout} = await exec(asRoot(['lxc-info', '-n', id, '-s', '-H']), {
        allow: 'any',
        timeoutMs: 30_000,
      });
      if (exitCode === 0) return /^(STOPP|ABORT)/.test(stdout.trim()) ? 'stopped' : 'running'; // …ED or …ING
      // A container that was killed while it was unpacked is not a container yet, but fills the disk.
      return (await hasFolder(id)) ? 'stopped' : 'absent';
    },
    powerOff: (id) => tryAll(exec, [asRoot(['lxc-stop', '-k', '-n', id])]),
    destroy: async (id) => {
      await tryAll(exec, [asRoot(['lxc-stop', '-k', '-n', id]), asRoot(['lxc-destroy', '-f', '-n', id])]);
      if (await hasFolder(id))
        await tryAll(exec, [asRoot(['rm', '-rf', '--one-file-system', `${lxcFolder}/${id}`])]);
    },
  };
}

function createLibvirt({exec}: ProviderTools): Provider {
  const virsh = (...args: string[]): Argv => ['virsh', '-c', 'qemu:///system', ...args];
  return {
    name: 'libvirt',
    readState: async (id) => {
      const {stdout} = await exec(virsh('list', '--all', '--name'), {timeoutMs: 30_000});
      if (!stdout.split('\n').some((line) => line.trim() === id)) return 'absent';
      const state = await exec(virsh('domstate', id), {allow: 'any'});
      return state.stdout.trim() === 'running' ? 'running' : 'stopped';
    },
    destroy: (id) =>
      tryAll(exec, [
        virsh('destroy', id),
        virsh('undefine', id, '--remove-all-storage', '--snapshots-metadata'),
      ]),
  };
}

function createVirtualbox({exec}: ProviderTools): Provider {
  const lists = async (what: 'vms' | 'runningvms', id: string): Promise<boolean> => {
    const {stdout} = await exec(['VBoxManage', 'list', what], {timeoutMs: 30_000});
    return stdout.split('\n').some((line) => line.startsWith(`"${id}" `));
  };
  return {
    name: 'virtualbox',
    readState: async (id) => {
      if (!(await lists('vms', id))) return 'absent';
      return (await lists('runningvms', id)) ? 'running' : 'stopped';
    },
    destroy: (id) =>
      tryAll(exec, [
        ['VBoxManage', 'controlvm', id, 'poweroff'],
        ['VBoxManage', 'unregistervm', id, '--delete'],
      ]),
  };
}

function createParallels({exec}: ProviderTools): Provider {
  return {
    name: 'parallels',
    readState: async (id) => {
      const {stdout} = await exec(['prlctl', 'list', '--all', '--output', 'status,name'], {
        timeoutMs: 30_000,
      });
      const row = stdout.split('\n').find((line) => line.trim().endsWith(` ${id}`));
      if (row === undefined) return 'absent';
      return row.startsWith('running') ? 'running' : 'stopped';
    },
    destroy: (id) =>
      tryAll(exec, [
        ['prlctl', 'stop', id, '--kill'],
        ['prlctl', 'delete', id],
      ]),
  };
}

function createHyperv({exec}: ProviderTools): Provider {
  // The name is one of ours ([a-z0-9.-]), so it is safe inside PowerShell's quotes.
  const powershell = (script: string): Argv => [
    'powershell.exe',
    '-NoProfile',
    '-NonInteractive',
    '-Command',
    script,
  ];
  return {
    name: 'hyperv',
    readState: async (id) => {
      const {stdout} = await exec(powershell(`(Get-VM | Where-Object Name -eq '${id}').State`), {
        timeoutMs: 60_000,
      });
      if (stdout.trim() === '') return 'absent';
      return stdout.trim() === 'Running' ? 'running' : 'stopped';
    },
    destroy: (id) =>
      tryAll(exec, [powershell(`Stop-VM -Name '${id}' -TurnOff -Force; Remove-VM -Name '${id}' -Force`)]),
  };
}

/** VMware lists only what runs, and knows machines by file; so Vagrant's own record of the machine is asked. */
function createVmware(tools: ProviderTools & VagrantCommandTools): Provider {
  return {
    name: 'vmware_desktop',
    readState: async (id, folder) => {
      const {stdout} = await runVagrant(tools, folder, ['status', '--machine-readable', id], {
        timeoutMs: 60_000,
      });
      const state = /^\d+,[^,]*,state,(\w+)/m.exec(stdout)?.[1];
      if (state === undefined || state === 'not_created') return 'absent';
      return state === 'running' ? 'running' : 'stopped';
    },
    destroy: () => Promise.resolve(),
  };
}

/** @throws CommandMissingError from its methods when the provider's tools have gone from this host. */
export function createProvider(
  name: Exclude<ProviderName, 'fake'>,
  tools: ProviderTools & VagrantCommandTools,
): Provider {
  switch (name) {
    case 'lxc':
      return createLxc(tools);
    case 'libvirt':
      return createLibvirt(tools);
    case 'virtualbox':
      return createVirtualbox(tools);
    case 'parallels':
      return createParallels(tools);
    case 'hyperv':
      return createHyperv(tools);
    case 'vmware_desktop':
      return createVmware(tools);
  }
}
