// `impala-ha drain`: takes a daemon out before maintenance.
import {systemClock} from '../../core/clock.ts';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {drainDaemon, waitUntilEmpty} from '../drain-server.ts';
import type {Terminal} from '../../core/terminal.ts';
import {withEveryProxy, type ProxyOptions} from './open-proxy.ts';

interface DrainOptions extends ProxyOptions {
  /** Milliseconds; false for --no-wait. */
  readonly wait: number | false;
  readonly force?: true;
}

export async function run(terminal: Terminal, options: DrainOptions, name: string): Promise<ExitCode> {
  const {stdout, stderr, signal} = terminal;
  return withEveryProxy(terminal, options, async ({socket, frontends}) => {
    const tools = {socket, clock: systemClock, signal};
    await drainDaemon(tools, frontends, name, {isForced: options.force === true});
    stdout.write(`${name} gets no new clients.\n`);
    if (options.wait === false) return exitCodes.done;
    let last = -1;
    await waitUntilEmpty(tools, frontends, name, options.wait, (sessions) => {
      if (sessions !== last) stderr.write(`${name}: ${sessions} connections left\n`);
      last = sessions;
    });
    stdout.write(
      `${name} has no connections left. To bring it back: impala-ha undrain ${name} --spec ${options.spec}\n`,
    );
    return exitCodes.done;
  });
}
