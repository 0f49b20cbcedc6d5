// Whether LXC's bridge is up and gives addresses. Knows the files that lxc-net keeps; starts nothing.
import {fail, pass, setupRemedy, type Check} from './host-check.ts';
import {findCommand, readSystemFile, type Host} from './host.ts';

export const bridge = 'lxcbr0';

export interface LxcNetwork {
  readonly isUp: boolean;
  /** What is there, or what is missing. */
  readonly reason: string;
}

/** Source: lxc-net of LXC 5; bit 0 of `flags` is IFF_UP, netdevice(7). */
export async function readLxcNetwork(host: Host): Promise<LxcNetwork> {
  const flags = await readSystemFile(host, `/sys/class/net/${bridge}/flags`);
  if (flags === undefined) return {isUp: false, reason: `The network bridge ${bridge} is not there.`};
  if ((Number(flags.trim()) & 1) === 0) return {isUp: false, reason: `The network bridge ${bridge} is down.`};
  const pid = (await readSystemFile(host, '/run/lxc/dnsmasq.pid'))?.trim();
  // Without the file somebody else made the bridge, and gives the addresses as well.
  if (pid !== undefined && (await readSystemFile(host, `/proc/${pid}/comm`))?.trim() !== 'dnsmasq') {
    return {isUp: false, reason: `${bridge} is up, but its dnsmasq no longer runs: machines get no address.`};
  }
  return {isUp: true, reason: `${bridge} is up`};
}

/**
 * `service` calls systemd where that runs, and LXC's own start script where not, as in containers.
 * There is no 'start': lxc-net refuses it while its file network_up remains of a run whose processes are gone.
 */
export function planLxcNetwork(action: 'restart' | 'stop'): readonly [string, ...string[]] {
  return ['service', 'lxc-net', action];
}

export async function checkLxcNetwork(host: Host): Promise<Check> {
  const {isUp, reason} = await readLxcNetwork(host);
  if (isUp) return pass('lxc-network', reason);
  if ((await findCommand(host, 'lxc-create')) === undefined) return fail('lxc-network', reason, setupRemedy);
  const prefix = host.user.uid === 0 ? '' : 'sudo ';
  return fail('lxc-network', reason, `${prefix}${planLxcNetwork('restart').join(' ')}`);
}
