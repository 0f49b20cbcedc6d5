// Which VM provider works on this host, and why the others do not. Changes nothing and boots nothing.
import {open} from 'node:fs/promises';
import {join} from 'node:path';
import {CommandError} from '../core/exec.ts';
import {HostError} from '../core/errors.ts';
import {providers, type ProviderName} from '../machine/machine.ts';
import {findCommand, readSystemFile, type Host} from './host.ts';

export type RealProvider = Exclude<ProviderName, 'fake'>;

interface ProviderFinding {
  readonly provider: RealProvider;
  readonly isUsable: boolean;
  /** What makes it usable, or the first thing that is missing. */
  readonly reason: string;
  /** A command to type, or an address; null when usable or when this host can never have it. */
  readonly remedy: string | null;
}

export interface ProviderSearch {
  readonly provider: RealProvider | undefined;
  /** In the order in which they are tried; all of them, also behind the first usable one. */
  readonly findings: readonly ProviderFinding[];
}

/** @param wanted Looks at this one alone; without it at all, and the first usable one is taken. */
export async function findProvider(host: Host, wanted?: RealProvider): Promise<ProviderSearch> {
  const plugins = await readPlugins(host);
  const names = wanted === undefined ? providers : [wanted];
  const findings = await Promise.all(names.map((name) => inspectProvider(host, name, plugins)));
  return {provider: findings.find(({isUsable}) => isUsable)?.provider, findings};
}

/** @throws HostError which gives the reason for each provider. */
export async function requireProvider(host: Host, wanted?: RealProvider): Promise<RealProvider> {
  const {provider, findings} = await findProvider(host, wanted);
  if (provider !== undefined) return provider;
  const [first] = findings;
  const reasons = findings.map((finding) => `${finding.provider}: ${finding.reason}`).join('\n');
  throw new HostError(
    wanted === undefined
      ? `No VM provider works on this host.\n${reasons}`
      : `The provider ${wanted} does not work on this host: ${first?.reason ?? ''}`,
    `Type: ${(wanted === undefined ? undefined : first?.remedy) ?? 'build-spark setup'}`,
  );
}

/**
 * The plugins that Vagrant would load, without starting it: `vagrant plugin list` takes a second, this a millisecond.
 * Source: vagrant/plugin/manager.rb and state_file.rb of 2.3.4; the packages of Debian and Ubuntu use plugins.d.
 */
export async function readPlugins(host: Host): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  // The user's own files lie below no other root.
  const states = [
    await readSystemFile({...host, root: '/'}, join(host.paths.vagrantHome, 'plugins.json')),
    await readSystemFile(host, '/usr/share/vagrant-plugins/plugins.json'),
    await readSystemFile(host, '/opt/vagrant/embedded/plugins.json'),
  ];
  for (const text of states) for (const name of parsePlugins(text)) names.add(name);
  for (const name of Object.values(pluginOf)) {
    if ((await readSystemFile(host, `/usr/share/vagrant-plugins/plugins.d/${name}.json`)) !== undefined)
      names.add(name);
  }
  return names;
}

function parsePlugins(text: string | undefined): readonly string[] {
  try {
    const {installed} = JSON.parse(text ?? '{}') as {installed?: Record<string, unknown>};
    return Object.keys(installed ?? {});
  } catch {
    return []; // A damaged one makes `vagrant --version` fail, which is a check of its own.
  }
}

const pluginOf = {
  lxc: 'vagrant-lxc',
  libvirt: 'vagrant-libvirt',
  vmware_desktop: 'vagrant-vmware-desktop',
  parallels: 'vagrant-parallels',
} as const;

async function inspectProvider(
  host: Host,
  provider: RealProvider,
  plugins: ReadonlySet<string>,
): Promise<ProviderFinding> {
  const no = (reason: string, remedy: string | null): ProviderFinding => ({
    provider,
    isUsable: false,
    reason,
    remedy,
  });
  const yes = (reason: string): ProviderFinding => ({provider, isUsable: true, reason, remedy: null});
  const setup = `build-spark setup --provider ${provider}`;
  const isWindows = host.platform === 'win32';

  if (provider === 'lxc' && host.platform !== 'linux') return no('LXC needs Linux.', null);
  if (provider === 'libvirt' && host.platform !== 'linux') return no('libvirt needs Linux.', null);
  if (provider === 'parallels' && host.platform !== 'darwin') return no('Parallels needs macOS.', null);
  if (provider === 'hyperv' && !isWindows) return no('Hyper-V needs Windows.', null);
  if ((await findCommand(host, 'vagrant')) === undefined && !isWindows)
    return no('Vagrant is missing.', setup);
  if (provider !== 'virtualbox' && provider !== 'hyperv' && !plugins.has(pluginOf[provider])) {
    const remedy = provider === 'lxc' ? setup : `vagrant plugin install ${pluginOf[provider]}`;
    return no(`Vagrant's plugin ${pluginOf[provider]} is missing.`, remedy);
  }

  /** The first line that the provider's own tool prints, or why there is none. */
  const ask = async (
    argv: readonly [string, ...string[]],
  ): Promise<{readonly ok: boolean; readonly said: string}> => {
    if ((await findCommand(host, argv[0])) === undefined && !isWindows)
      return {ok: false, said: `The command ${argv[0]} is missing.`};
    try {
      const {stdout, stderr} = await host.exec(argv, {timeoutMs: 10_000});
      return {ok: true, said: `${stdout}\n${stderr}`.trim()};
    } catch (error) {
      if (!(error instanceof CommandError)) return {ok: false, said: `${argv[0]} does not start.`};
      const said = (error.result.stderr || error.result.stdout).trim().split('\n')[0] ?? '';
      return {ok: false, said: `${argv[0]} says: ${error.result.timedOut ? 'nothing within 10 s' : said}`};
    }
  };
  switch (provider) {
    case 'lxc': {
      // Its script for the root file system splits what it is given at blanks. Source: scripts/lxc-template of 1.4.3.
      const {vagrantHome} = host.paths;
      if (/\s/.test(vagrantHome))
        return no(
          `vagrant-lxc takes no box from a folder with a space in its name: ${JSON.stringify(vagrantHome)}.`,
          'VAGRANT_HOME=/var/lib/vagrant.d build-spark doctor, or another folder of yours without one',
        );
      const answer = await ask(['lxc-create', '--version']);
      return answer.ok ? yes(`LXC ${answer.said}`) : no(answer.said, setup);
    }
    case 'libvirt': {
      const answer = await ask(['virsh', '-c', 'qemu:///system', 'list', '--name']);
      if (!answer.ok) return no(answer.said, 'sudo systemctl start libvirtd');
      const hasKvm = await canOpen(join(host.root, '/dev/kvm'));
      return yes(hasKvm ? 'libvirt answers' : "libvirt answers (without /dev/kvm: slow, QEMU's emulator)");
    }
    case 'virtualbox': {
      const answer = await ask(['VBoxManage', '--version']);
      if (!answer.ok) return no(answer.said, 'https://www.virtualbox.org/wiki/Downloads');
      // VirtualBox answers with its version, and above it with a warning that its kernel module is not loaded.
      if (/WARNING|not loaded/i.test(answer.said))
        return no("VirtualBox's kernel module is not loaded.", 'sudo /sbin/vboxconfig');
      return yes(`VirtualBox ${answer.said.split('\n')[0] ?? ''}`);
    }
    case 'vmware_desktop': {
      const answer = await ask(['vmrun', 'list']);
      return answer.ok
        ? yes('VMware answers')
        : no(answer.said, 'https://www.vmware.com/products/desktop-hypervisor/workstation-and-fusion');
    }
    case 'parallels': {
      const answer = await ask(['prlctl', '--version']);
      return answer.ok ? yes(answer.said) : no(answer.said, 'https://www.parallels.com/products/desktop/');
    }
    case 'hyperv': {
      const answer = await ask([
        'powershell.exe',
        '-NoProfile',
        '-NonInteractive',
        '-Command',
        'Get-VMHost | Out-Null',
      ]);
      return answer.ok
        ? yes('Hyper-V answers')
        : no(answer.said, 'Enable-WindowsOptionalFeature -Online -FeatureName Microsoft-Hyper-V -All');
    }
  }
}

/** Opening tells more than existence: a device file without its module fails. */
async function canOpen(path: string): Promise<boolean> {
  try {
    await (await open(path, 'r+')).close();
    return true;
  } catch {
    return false;
  }
}
