// What apt says, understood: what it would change, and why it failed. Pure; runs nothing.
import {HostError} from '../core/errors.ts';
import {lastLines, type Argv} from '../core/exec.ts';

/** Waits so long for another apt, in seconds. */
const lockTimeout = 300;

/** Refreshes the lists of packages. Its exit code says nothing: one broken third-party archive spoils it. */
export const updateArgv: Argv = ['apt-get', '-q', '-o', `DPkg::Lock::Timeout=${lockTimeout}`, 'update'];

/** @param options Where apt is to look instead. */
export function planUpdate(options: readonly string[]): Argv {
  const [command, quietly, ...rest] = updateArgv;
  return [command, quietly ?? '-q', ...options, ...rest];
}

/** No recommended packages: Vagrant's would bring libvirt and QEMU. */
export function planInstall(packages: readonly string[], options: readonly string[] = []): Argv {
  return [...quiet, ...options, '--no-install-recommends', 'install', ...packages];
}

export function planPurge(packages: readonly string[]): Argv {
  const [env, frontend, ...rest] = quiet;
  // Where root has no password the package sudo refuses to go, although it was not there before us.
  const force = packages.includes('sudo') ? ['SUDO_FORCE_REMOVE=yes'] : [];
  return [env, frontend, ...force, ...rest, 'purge', ...packages];
}

const quiet = [
  'env',
  'DEBIAN_FRONTEND=noninteractive',
  'apt-get',
  '-q',
  '--yes',
  '-o',
  `DPkg::Lock::Timeout=${lockTimeout}`,
  '-o',
  'Dpkg::Use-Pty=0',
] as const;

/** The same command as a rehearsal, which needs no root and no lock. */
export function planRehearsal(argv: Argv): Argv {
  const [command, ...args] = argv;
  return [command, ...args, '--simulate'];
}

/** @returns Names that `--simulate` would install anew (not those it would only upgrade), and those it would remove. */
export function parseRehearsal(output: string): {
  readonly added: readonly string[];
  readonly removed: readonly string[];
} {
  const added: string[] = [];
  const removed: string[] = [];
  for (const line of output.split('\n')) {
    const [, verb, name, rest] = /^(Inst|Remv|Purg) (\S+) ?(.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    // "Inst name [old version] (new version …)": with an old version it is an upgrade.
    if (verb !== 'Inst') removed.push(name);
    else if (!(rest ?? '').startsWith('[')) added.push(name);
  }
  return {added, removed};
}

interface Cause {
  readonly pattern: RegExp;
  readonly message: string;
  readonly hint: string;
}

/** In this order: a full disk also makes downloads fail. Words of apt 2.4 to 3.0 and dpkg 1.21. */
const causes: readonly Cause[] = [
  {
    pattern: /Could not get lock|Unable to (?:lock|acquire)|is another process using it|frontend lock/i,
    message: 'Another apt or dpkg is running on this host',
    hint: 'Wait until it has ended (ps -C apt-get,apt,dpkg,unattended-upgr), then type the same again.',
  },
  {
    pattern: /dpkg was interrupted/i,
    message: 'An earlier installation on this host was interrupted',
    hint: 'Type: sudo dpkg --configure -a',
  },
  {
    pattern: /No space left|enough free space/i,
    message: 'The disk of this host is full',
    hint: 'Free about 1 GiB (df -h / /var), then type the same again.',
  },
  {
    pattern: /certificate verif|certificate is NOT trusted|not trusted/i,
    message: "The archive's certificate is not trusted on this host",
    hint: "Put your company's CA into /usr/local/share/ca-certificates/ and type: sudo update-ca-certificates",
  },
  {
    pattern: /NO_PUBKEY|is not signed|signatures were invalid|EXPKEYSIG/i,
    message: "The archive's signature cannot be checked",
    hint: 'Type: sudo apt-get update, and fix the archive that it names.',
  },
  {
    pattern:
      /Temporary failure resolving|Could not resolve|Could not connect|Unable to connect|Network is unreachable|Connection (?:failed|refused|timed out)|Failed to fetch|Unable to fetch|407\s+Proxy/i,
    message: "The package archive cannot be reached, or not through this host's proxy",
    hint: 'Look at the network and at apt-config dump Acquire::http::Proxy, then type the same again.',
  },
  {
    pattern: /Unable to locate package|has no installation candidate/i,
    message: 'This system has no such package',
    hint: 'Type: sudo apt-get update; are main (Debian) and universe (Ubuntu) among its sources?',
  },
  {
    pattern: /unmet dependencies|held broken packages/i,
    message: 'Packages of this host do not fit together',
    hint: 'Type: sudo apt-get --fix-broken install',
  },
];

/** @param output Everything that apt printed, of `update` and of what failed. */
export function describeAptFailure(output: string): HostError {
  const lines = output.split('\n').filter((line) => /^(E|W|Err|dpkg: error)/.test(line));
  const said = [...new Set(lines)].slice(-4).join('\n');
  const cause = causes.find(({pattern}) => pattern.test(output));
  return new HostError(
    `${cause?.message ?? 'apt-get failed'}:\n${said === '' ? lastLines(output.trim(), 3) : said}`,
    cause?.hint ?? 'Fix what it says, then type the same again.',
  );
}
