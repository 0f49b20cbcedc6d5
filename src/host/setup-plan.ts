// Decides what `setup` does on a host. Pure: the facts are given; knows package names by system, runs nothing.
import {findLikely, findRow} from '../machine/providers/table.ts';
import type {BoxState} from '../machine/boxes.ts';
import type {Argv} from '../core/exec.ts';
import {planInstall, planPurge, planUpdate, updateArgv} from './apt.ts';
import type {Release} from './host.ts';
import {planLxcNetwork} from './lxc-network.ts';
import type {RealProvider} from './providers.ts';
import {canInstall} from './setup-needs.ts';
import {sudoersFile} from './sudo.ts';

export interface SetupFacts {
  readonly platform: string;
  readonly release: Release;
  /** Names of Debian's packages whose command or file is not on this host. */
  readonly missingPackages: readonly string[];
  /** Of the missing ones, those that apt knows; undefined where it was not asked or has no lists. */
  readonly knownPackages: readonly string[] | undefined;
  /** HashiCorp's own Vagrant, which sees no plugin that Debian packages. */
  readonly hasForeignVagrant: boolean;
  readonly usableProvider: RealProvider | undefined;
  readonly isLxcNetworkUp: boolean;
  /** Whether systemd runs here, which starts daemons when their package is installed. */
  readonly hasSystemd: boolean;
  readonly boxState: BoxState | undefined;
  readonly user: {readonly uid: number; readonly name: string};
  /** `sudo -n` works, without any rule of ours. */
  readonly hasSudo: boolean;
  readonly hasSudoers: boolean;
  /** With --offline: what a bundle brought for this host. */
  readonly offline?: OfflineFacts | undefined;
  /** A file with the rule for sudo, ready to be put into place. */
  readonly sudoersDraft: string;
}

interface OfflineFacts {
  /** Options that let apt see the packages of a bundle alone; undefined where none has brought any for this system. */
  readonly aptOptions: readonly string[] | undefined;
  /** The box lies here, and is only to be given to Vagrant. */
  readonly hasBoxFile: boolean;
}

export interface SetupOptions {
  readonly provider?: RealProvider | undefined;
  /** A Debian archive for the box, where the host's own sources name none. */
  readonly mirror?: string | undefined;
}

/** What is done, and in whose name it can be taken back. */
type SetupEffect = 'lists' | 'packages' | 'sudoers' | 'lxc-network' | 'libvirt-daemon' | 'box';

export interface SetupStep {
  readonly effect: SetupEffect;
  /** Without the prefix that makes it root's. */
  readonly argv: Argv;
  readonly needsRoot: boolean;
  readonly why: string;
  readonly undo?: Argv;
}

interface SetupProblem {
  readonly message: string;
  /** What to do by hand. */
  readonly remedy: string;
}

export interface SetupPlan {
  readonly provider: RealProvider | undefined;
  readonly steps: readonly SetupStep[];
  /** What setup cannot do here; the steps are worth doing all the same. */
  readonly problems: readonly SetupProblem[];
}

/** Releases that have every package of `lxc`, as looked up in their archives. */
const knownGood: readonly string[] = ['debian 12', 'ubuntu 22.04'];

const vagrantPage = 'https://developer.hashicorp.com/vagrant/install';
const virtualboxPage = 'https://www.virtualbox.org/wiki/Downloads';

/** Releases that were looked at and lack one, with what to do there. */
const knownBad: Readonly<Record<string, SetupProblem>> = {
  'debian 13': {
    message: 'Debian 13 has no package vagrant-lxc; Debian 12, Debian unstable and Ubuntu 22.04 have it.',
    remedy:
      'apt-get install vagrant lxc debootstrap rsync git patch wget && vagrant plugin install vagrant-lxc; or install another provider and name it with --provider.',
  },
  'ubuntu 24.04': {
    message:
      'Ubuntu 24.04 has neither vagrant nor vagrant-lxc; Debian 12, Debian unstable and Ubuntu 22.04 have both.',
    remedy: `Install Vagrant (${vagrantPage}), then: sudo apt-get install lxc debootstrap rsync git patch wget debian-archive-keyring && vagrant plugin install vagrant-lxc; or install VirtualBox (${virtualboxPage}) and build with --provider virtualbox.`,
  },
};

export function defaultProvider(platform: string, usable: RealProvider | undefined): RealProvider {
  return usable ?? findLikely(platform);
}

export function planSetup(facts: SetupFacts, options: SetupOptions = {}): SetupPlan {
  const provider = options.provider ?? defaultProvider(facts.platform, facts.usableProvider);
  const problems: SetupProblem[] = [];
  const steps: SetupStep[] = [];
  const isUnsupported = planPackages(facts, provider, steps, problems);
  const canUseLxc = provider === 'lxc' && !isUnsupported;
  if (canUseLxc && !facts.isLxcNetworkUp) {
    steps.push({
      effect: 'lxc-network',
      argv: planLxcNetwork('restart'),
      needsRoot: true,
      why: 'bring up the network bridge lxcbr0, through which machines reach the network',
      undo: planLxcNetwork('stop'),
    });
  }
  if (provider === 'libvirt' && !isUnsupported && facts.usableProvider !== 'libvirt')
    steps.push(...planLibvirtDaemon(facts));
  if (!isUnsupported && (facts.boxState === 'missing' || facts.boxState === 'outdated')) {
    if (facts.offline?.hasBoxFile === false) {
      problems.push({
        message: 'The box is not on this host, and --offline downloads nothing.',
        remedy: 'build-spark bundle use <file>',
      });
    } else if (facts.offline === undefined && facts.release.id !== 'debian' && options.mirror === undefined) {
      problems.push({
        message: `The box is Debian's, and the apt sources of ${facts.release.prettyName} name no Debian archive.`,
        remedy: 'build-spark setup --mirror <address of a Debian archive>',
      });
    } else {
      const mirror =
        facts.offline !== undefined
          ? ['--offline']
          : options.mirror === undefined
            ? []
            : ['--mirror', options.mirror];
      steps.push({
        effect: 'box',
        argv: ['build-spark', 'box', 'build', ...(canUseLxc ? [] : ['--provider', provider]), ...mirror],
        needsRoot: false, // It asks sudo itself, for the one script that needs it.
        why:
          facts.offline === undefined
            ? 'build the box that machines start from (Debian 13 with JDK 8; some minutes)'
            : 'give Vagrant the box that machines start from',
        undo: ['build-spark', 'box', 'prune', '--force'],
      });
    }
  }
  const needsSudo = canUseLxc || steps.some(({effect}) => effect === 'box');
  if (facts.user.uid === 0 || facts.hasSudo || facts.hasSudoers || !needsSudo)
    return {provider, steps, problems};
  return {provider, steps: [...planSudoers(facts, problems), ...steps], problems};
}

/** Where systemd runs, the package starts it; in a container without it nobody does. */
function planLibvirtDaemon({hasSystemd}: SetupFacts): readonly SetupStep[] {
  const commands: readonly Argv[] = hasSystemd
    ? [['systemctl', 'start', 'libvirtd']]
    : [
        ['virtlogd', '-d'],
        ['libvirtd', '-d'],
      ];
  const why = 'start libvirt, which makes the machines';
  return commands.map((argv) => ({effect: 'libvirt-daemon', argv, needsRoot: true, why}));
}

/** @returns Whether this system is one where packages that are missing cannot be installed by us. */
function planPackages(
  facts: SetupFacts,
  provider: RealProvider,
  steps: SetupStep[],
  problems: SetupProblem[],
): boolean {
  const {missingPackages: missing, release} = facts;
  const {page} = findRow(provider);
  if (!canInstall(provider) && facts.usableProvider !== provider) {
    problems.push({
      message: `setup does not install the provider ${provider}.`,
      remedy: `Install ${provider}${page === undefined ? '' : ` (${page})`}, then: build-spark doctor`,
    });
  }
  if (missing.length === 0) return false;
  if (facts.hasForeignVagrant && missing.includes('vagrant-lxc')) {
    problems.push({
      message: "HashiCorp's own Vagrant is installed, which does not see the plugins of the distribution.",
      remedy: 'vagrant plugin install vagrant-lxc',
    });
  }
  const wanted = facts.hasForeignVagrant ? missing.filter((name) => !name.startsWith('vagrant')) : missing;
  if (wanted.length === 0) return missing.includes('vagrant-lxc');
  const {offline} = facts;
  if (offline !== undefined && offline.aptOptions === undefined) {
    problems.push({
      message: `Missing on this host: ${wanted.join(', ')}; and no bundle has brought packages for ${release.prettyName}.`,
      remedy: `Make the bundle on a host with ${release.prettyName}, then here: build-spark bundle use <file>; or install them as you install packages here.`,
    });
    return true;
  }
  const refusal = findRefusal(facts, wanted);
  if (refusal !== undefined) {
    problems.push(refusal);
    return true;
  }
  const because = `${wanted.join(', ')} ${wanted.length === 1 ? 'is' : 'are'} missing`;
  steps.push(
    {
      effect: 'lists',
      argv: offline?.aptOptions === undefined ? updateArgv : planUpdate(offline.aptOptions),
      needsRoot: true,
      why: offline === undefined ? `know what ${release.prettyName} offers` : 'know what the bundle brought',
    },
    {
      effect: 'packages',
      argv: planInstall(wanted, offline?.aptOptions),
      needsRoot: true,
      why: because,
      undo: planPurge(wanted),
    },
  );
  return wanted.length < missing.length;
}

/** Why this system's packages cannot be installed by us, and what to do instead. */
function findRefusal(facts: SetupFacts, wanted: readonly string[]): SetupProblem | undefined {
  const {release, platform} = facts;
  const list = wanted.join(', ');
  if (platform === 'darwin' || platform === 'win32') {
    const system = platform === 'darwin' ? 'macOS' : 'Windows';
    return {
      message: `On ${system}, setup installs nothing. Missing: ${list}.`,
      remedy: `Install Vagrant (${vagrantPage}) and VirtualBox (${virtualboxPage})${platform === 'darwin' ? ', and the rest with brew install git rsync' : '; run build-spark inside WSL or Git Bash'}.`,
    };
  }
  const isDebianLike = [release.id, ...release.like].some((id) => id === 'debian' || id === 'ubuntu');
  if (!isDebianLike) {
    return {
      message: `setup knows the packages of Debian and Ubuntu, not of ${release.prettyName}. Missing: ${list}.`,
      remedy: `Install Vagrant (${vagrantPage}) and VirtualBox (${virtualboxPage}), and git, rsync and patch with this system's package manager; then: build-spark doctor`,
    };
  }
  const release_ = `${release.id} ${release.versionId}`;
  const lacksLxc = wanted.includes('vagrant-lxc') || wanted.includes('vagrant');
  if (knownGood.includes(release_)) return undefined;
  const known = knownBad[release_];
  if (known !== undefined && lacksLxc) return known;
  const unknown = wanted.filter((name) => facts.knownPackages?.includes(name) === false);
  if (unknown.length === 0) return undefined; // Lists that are empty are filled by the first step.
  return {
    message: `${release.prettyName} has no package ${unknown.join(', ')}. For lxc, Debian 12, Debian unstable and Ubuntu 22.04 have all of them.`,
    remedy: `If its package lists are old: sudo apt-get update. Else install Vagrant (${vagrantPage}) and a provider, such as VirtualBox (${virtualboxPage}).`,
  };
}

/** Letters that mean themselves in sudoers; others would have to be escaped there, and a slip locks sudo up. */
const plainUser = /^[a-z_][a-z0-9_-]*$/;

function planSudoers(facts: SetupFacts, problems: SetupProblem[]): readonly SetupStep[] {
  if (!plainUser.test(facts.user.name)) {
    problems.push({
      message: `sudo asks for a password, and the user name ${JSON.stringify(facts.user.name)} needs care in sudoers.`,
      remedy: 'Run build-spark as root.',
    });
    return [];
  }
  return [
    {
      effect: 'sudoers',
      argv: ['visudo', '--check', '--quiet', `--file=${facts.sudoersDraft}`],
      needsRoot: true,
      why: 'make sure that the next step cannot damage sudo',
    },
    {
      effect: 'sudoers',
      argv: ['install', '-o', 'root', '-g', 'root', '-m', '0440', facts.sudoersDraft, sudoersFile],
      needsRoot: true,
      why: 'let a password typed at the start of a build hold until its end',
      undo: ['rm', '-f', sudoersFile],
    },
  ];
}
