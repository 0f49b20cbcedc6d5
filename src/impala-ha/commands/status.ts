// `impala-ha status`: every daemon as HAProxy sees it, once or until Ctrl-C.
import {setTimeout as delay} from 'node:timers/promises';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {readServers} from '../runtime-socket.ts';
import {planStatus, renderStatus} from '../read-status.ts';
import type {Terminal} from '../../core/terminal.ts';
import {warnOfDrills, withProxy, type ProxyOptions} from './open-proxy.ts';

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
      if (options.json === true) stdout.write(`${JSON.stringify({servers: rows})}\n`);
      else {
        // Home, and clear to the end of the screen; a file just gets one table after the other.
        if (options.watch === true && stdout.isTTY) stdout.write('\u001B[H\u001B[2J');
        stdout.write(renderStatus(rows));
      }
      if (options.watch !== true) return rows.every(({isUp}) => isUp) ? exitCodes.done : exitCodes.failed;
      try {
        await delay(watchMs, undefined, {signal});
      } catch {
        return exitCodes.done; // Ctrl-C is the normal way out.
      }
    }
  });
}
