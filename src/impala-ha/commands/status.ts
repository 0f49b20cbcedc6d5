// `impala-ha status`: every daemon as HAProxy sees it, once or until Ctrl-C.
import {setTimeout as delay} from 'node:timers/promises';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {readServers} from '../runtime-socket.ts';
import {planStatus, renderStatus} from '../read-status.ts';
import type {Terminal} from '../../core/terminal.ts';
import {readBalancers, warnOfDrills, withProxy, type BalancerState, type ProxyOptions} from './open-proxy.ts';

const watchMs = 2_000;

export async function run(
  terminal: Terminal,
  options: ProxyOptions & {readonly watch?: true; readonly json?: true},
): Promise<ExitCode> {
  const {stdout, signal} = terminal;
  return withProxy(terminal, options, async (proxy) => {
    await warnOfDrills(proxy, terminal);
    for (;;) {
      const rows = planStatus(proxy.frontends, await readServers(proxy.socket, signal));
      const {vip} = proxy.spec.proxy;
      const balancers =
        vip === undefined ? [] : await readBalancers(vip, (target) => proxy.open(target, signal), signal);
      if (options.json === true)
        stdout.write(`${JSON.stringify({servers: rows, ...(vip === undefined ? {} : {balancers})})}\n`);
      else {
        // Home, and clear to the end of the screen; a file just gets one table after the other.
        if (options.watch === true && stdout.isTTY) stdout.write('\u001B[H\u001B[2J');
        stdout.write(renderStatus(rows));
        for (const {ssh, holds, error} of balancers)
          stdout.write(`${ssh}: ${error ?? (holds ? `has ${vip?.address ?? ''}` : 'stands by')}\n`);
      }
      if (options.watch !== true)
        return rows.every(({isUp}) => isUp) && isShared(balancers) ? exitCodes.done : exitCodes.failed;
      try {
        await delay(watchMs, undefined, {signal});
      } catch {
        return exitCodes.done; // Ctrl-C is the normal way out.
      }
    }
  });
}

/** One has the address, and both can be asked. */
const isShared = (balancers: readonly BalancerState[]): boolean =>
  balancers.length === 0 ||
  (balancers.filter(({holds}) => holds).length === 1 && balancers.every(({error}) => error === undefined));
