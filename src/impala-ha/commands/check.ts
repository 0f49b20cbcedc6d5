// `impala-ha check`: queries through every port of the proxy, and who answered them.
import {systemClock} from '../../core/clock.ts';
import {exitCodes, UsageError, type ExitCode} from '../../core/errors.ts';
import {renderCheck, runCheck} from '../run-check.ts';
import {findImpalaShell} from '../impala-shell.ts';
import type {Terminal} from '../../core/terminal.ts';
import {readCredentials, warnOfDrills, withProxy, type ProxyOptions, type QueryFlags} from './open-proxy.ts';

interface CheckFlags extends ProxyOptions, QueryFlags {
  readonly queries: number;
  readonly json?: true;
}

export async function run(terminal: Terminal, options: CheckFlags): Promise<ExitCode> {
  const {stdout, signal} = terminal;
  if (options.queries === 0) throw new UsageError('--queries 0 asks nothing.', 'Give at least 1.');
  const credentials = await readCredentials(options, terminal);
  return withProxy(terminal, options, async (proxy) => {
    await warnOfDrills(proxy, terminal);
    const checks = await runCheck({
      ...proxy,
      credentials,
      shell: await findImpalaShell(proxy.exec),
      queries: options.queries,
      sql: options.query,
      timeoutMs: options.queryTimeout,
      clock: systemClock,
      signal,
    });
    const isOk =
      checks.every(({status}) => status !== 'failed') && checks.some(({status}) => status === 'ok');
    stdout.write(
      options.json === true
        ? `${JSON.stringify({ok: isOk, frontends: checks}, undefined, 2)}\n`
        : renderCheck(checks),
    );
    return isOk ? exitCodes.done : exitCodes.failed;
  });
}
