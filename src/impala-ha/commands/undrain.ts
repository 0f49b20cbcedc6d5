// `impala-ha undrain`: gives a daemon clients again, and waits until it is up.
import {systemClock} from '../../core/clock.ts';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {undrainDaemon, waitUntilUp} from '../drain-server.ts';
import type {Terminal} from '../../core/terminal.ts';
import {withEveryProxy, type ProxyOptions} from './open-proxy.ts';

/** Its checks go on while it is drained, so that it is up at once unless it is down. */
const upMs = 30_000;

export async function run(terminal: Terminal, options: ProxyOptions, name: string): Promise<ExitCode> {
  const {stdout, signal} = terminal;
  return withEveryProxy(terminal, options, async ({socket, frontends}) => {
    const tools = {socket, clock: systemClock, signal};
    await undrainDaemon(tools, frontends, name);
    await waitUntilUp(tools, frontends, name, upMs);
    stdout.write(`${name} is up and gets clients again.\n`);
    return exitCodes.done;
  });
}
