// Which packages a provider needs on Debian's family, and how to see that a host has what they bring. Data.
import type {RealProvider} from './providers.ts';

/** Package, and how to see without dpkg that the host has what it brings. */
export interface PackageNeed {
  readonly name: string;
  readonly command?: string;
  readonly file?: string;
  readonly plugin?: string;
}

const commonNeeds: readonly PackageNeed[] = [
  {name: 'vagrant', command: 'vagrant'},
  {name: 'git', command: 'git'},
  {name: 'rsync', command: 'rsync'},
  {name: 'openssh-client', command: 'ssh'},
  {name: 'patch', command: 'patch'},
  {name: 'ca-certificates', file: '/etc/ssl/certs/ca-certificates.crt'},
];

/** What the Debian box is built with. */
const boxNeeds: readonly PackageNeed[] = [
  {name: 'debootstrap', command: 'debootstrap'},
  {name: 'wget', command: 'wget'},
  {name: 'debian-archive-keyring', file: '/usr/share/keyrings/debian-archive-keyring.gpg'},
];

const needsOf: Readonly<Partial<Record<RealProvider, readonly PackageNeed[]>>> = {
  lxc: [{name: 'lxc', command: 'lxc-create'}, {name: 'vagrant-lxc', plugin: 'vagrant-lxc'}, ...boxNeeds],
  libvirt: [
    {name: 'vagrant-libvirt', plugin: 'vagrant-libvirt'},
    {name: 'libvirt-daemon-system', command: 'libvirtd'},
    {name: 'libvirt-clients', command: 'virsh'},
    {name: 'qemu-system-x86', command: 'qemu-system-x86_64'},
    {name: 'qemu-utils', command: 'qemu-img'},
    {name: 'dnsmasq-base', command: 'dnsmasq'}, // Gives the machines their addresses; only recommended by libvirt's package.
    ...boxNeeds,
    {name: 'fdisk', command: 'sfdisk'},
    {name: 'cpio', command: 'cpio'},
  ],
};

/** Packages that a provider asks for on Debian's family. */
export function listNeeds(provider: RealProvider): readonly PackageNeed[] {
  return [...commonNeeds, ...(needsOf[provider] ?? [])];
}

export const canInstall = (provider: RealProvider): boolean => needsOf[provider] !== undefined;
