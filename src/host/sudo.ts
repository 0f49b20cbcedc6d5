// Root rights for what LXC needs: asks for the password once, at the start, or says why that cannot work.
import {HostError} from '../core/errors.ts';
import type {Argv, Exec} from '../core/exec.ts';
import {findProxySettings} from '../core/proxies.ts';
import {fail, pass, warn, type Check} from './host-check.ts';
import {isRoot, type Host} from './host.ts';
import {readSetupJournal} from './setup-journal.ts';

/**
 * Our commands run in sessions of their own, so that Ctrl-C reaches only us. There sudo does not accept a password typed on the
 * terminal, unless its tickets are the user's everywhere. Source: timestamp_type in sudoers(5).
 */
export const sudoersFile = '/etc/sudoers.d/build-spark';

export function renderSudoers(user: string): string {
  return `# build-spark setup: a password typed once holds for all sessions of this user, as long as sudo remembers it.\nDefaults:${user} timestamp_type=global\n`;
}

/** sudo's own limit is 5 to 15 minutes; renewed well before. */
const renewEveryMs = 60_000;

export async function hasSudo(exec: Exec): Promise<boolean> {
  return exec(['sudo', '-n', 'true'], {allow: 'any', timeoutMs: 10_000}).then(
    ({exitCode}) => exitCode === 0,
    () => false,
  );
}

export async function checkSudo(host: Host): Promise<Check> {
  if (isRoot(host)) return pass('sudo', 'Running as root');
  if (await hasSudo(host.exec)) return pass('sudo', 'sudo works without asking now');
  const version = await host
    .exec(['sudo', '--version'], {allow: 'any', timeoutMs: 5_000})
    .catch(() => undefined);
  if (version === undefined) {
    return fail('sudo', 'The command sudo is missing, and LXC needs root.', 'su -c "apt-get install sudo"');
  }
  if (!(await hasSudoers(host))) {
    return fail(
      'sudo',
      'sudo asks for a password, and does not remember one typed on this terminal for the commands of a build.',
      'build-spark setup',
    );
  }
  return warn('sudo', 'sudo asks for the password once, when a build starts.', 'sudo -v');
}

/** `/etc/sudoers.d` is closed to users, so the record of setup tells. */
export async function hasSudoers(host: Host): Promise<boolean> {
  const {isSudoersOurs} = await readSetupJournal(host.paths);
  return isSudoersOurs;
}

export interface OpenSudo {
  /** Stops renewing. Takes nothing back: the ticket runs out by itself. */
  close(): void;
}

/**
 * Makes sure that `sudo -n` works from now on until closed.
 * @param isInteractive Whether there is a terminal on which sudo can ask.
 * @throws HostError before anything was created.
 */
export async function openSudo(host: Host, isInteractive: boolean): Promise<OpenSudo> {
  if (isRoot(host)) return {close: () => undefined};
  if (!(await hasSudo(host.exec))) {
    const hint = 'Type: build-spark setup (as this user, on a terminal), or run build-spark as root.';
    if (!isInteractive) throw new HostError('LXC needs root, and sudo asks for a password here.', hint);
    await host.exec(['sudo', '-v'], {interactive: true, allow: 'any'});
    if (!(await hasSudo(host.exec))) {
      throw new HostError('sudo does not remember the password for the commands of a build.', hint);
    }
  }
  const timer = setInterval(() => {
    void host.exec(['sudo', '-n', '-v'], {allow: 'any', timeoutMs: 10_000}).catch(() => undefined);
  }, renewEveryMs);
  timer.unref();
  return {close: () => clearInterval(timer)};
}

/** Prefixes a command of `setup` that needs root; keeps what apt has to know of the network. */
export function planAsRoot(host: Host, argv: Argv): Argv {
  if (isRoot(host)) return argv;
  const {http, https} = findProxySettings(host.env); // Commands of setup get them under these names, however they are written there.
  const isNeeded = http !== undefined || https !== undefined;
  return ['sudo', ...(isNeeded ? ['--preserve-env=http_proxy,https_proxy,no_proxy'] : []), ...argv];
}
