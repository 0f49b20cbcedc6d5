// `impala-ha drill --balancer`: stops HAProxy on the balancer that has the shared address, queries all the while, and starts
// it again whatever happens. What is on its way then is lost: the other one knows nothing of these connections.
import {setTimeout as delay} from 'node:timers/promises';
import {systemClock} from '../../core/clock.ts';
import {BuildError, exitCodes, UsageError, type ExitCode} from '../../core/errors.ts';
import {readOwnIdentity} from '../../core/process-identity.ts';
import type {Terminal} from '../../core/terminal.ts';
import type {DrillEntry} from '../drill-journal.ts';
import {startLoad} from '../drill-load.ts';
import {findImpalaShell} from '../impala-shell.ts';
import {planAsks, planQueryWay} from '../queries.ts';
import {renderHeadedTable} from '../read-status.ts';
import {judgeSamples} from '../run-drill.ts';
import {
  readBalancers,
  readCredentials,
  type Proxy,
  type ProxyOptions,
  type QueryFlags,
} from './open-proxy.ts';

interface BalancerDrillFlags extends ProxyOptions, QueryFlags {
  readonly hold: number;
  readonly up: number;
  readonly clients: number;
  readonly json?: true;
}

/** In the journal of drills, so that a drill that was killed is put back by the next one. */
const entryName = (ssh: string): string => `balancer ${ssh.replaceAll(/[^\w.@:-]/g, '_')}`;

export const isBalancerEntry = ({daemon}: Pick<DrillEntry, 'daemon'>): boolean =>
  daemon.startsWith('balancer ');

/** systemd's where it runs; else the init script, which starts HAProxy without a master. */
const control = (action: 'stop' | 'start'): readonly string[] => [
  'sh',
  '-c',
  `if [ -d /run/systemd/system ]; then systemctl ${action} haproxy; else service haproxy ${action}; fi`,
];

export async function drillBalancer(
  proxy: Proxy,
  terminal: Terminal,
  options: BalancerDrillFlags,
): Promise<ExitCode> {
  const {stdout, stderr, signal} = terminal;
  const {spec, frontends, exec, journal, open} = proxy;
  const {vip} = spec.proxy;
  if (vip === undefined)
    throw new UsageError('The spec has one balancer.', 'Add proxy.vip with two, and type: impala-ha apply');
  const look = () => readBalancers(vip, (target) => open(target, signal), signal);
  const before = await look();
  const holder = before.find(({holds}) => holds);
  if (holder === undefined || before.some(({error}) => error !== undefined))
    throw new UsageError(
      `Nobody has ${vip.address}, or a balancer cannot be asked.`,
      'See who: impala-ha status --spec <file>',
    );
  const credentials = await readCredentials(options, terminal);
  const shell = await findImpalaShell(exec);
  const asks = planAsks(frontends, (frontend) => planQueryWay(spec, frontend, credentials, shell), {
    ...{exec, sql: options.query, timeoutMs: options.queryTimeout},
  });
  if (asks.size === 0)
    throw new UsageError('No port of the proxy can be asked here.', 'Install impala-shell here.');
  const entry: DrillEntry = {
    version: 1,
    proxy: spec.proxy.host,
    daemon: entryName(holder.ssh),
    ssh: holder.ssh,
    start: [...control('start')],
    isDrained: false,
    at: systemClock.now().toISOString(),
    owner: await readOwnIdentity(exec),
  };
  const run = async (action: 'stop' | 'start'): Promise<void> => {
    // Not with the signal of the drill: Ctrl-C is what starts it again.
    const host = await open(holder.ssh, new AbortController().signal);
    try {
      await host.run(control(action), {asRoot: true, timeoutMs: 120_000});
    } finally {
      host.close();
    }
  };
  const load = startLoad(asks, {
    clients: Math.max(1, options.clients),
    pauseMs: 20,
    clock: systemClock,
    signal,
  });
  const now = (): number => systemClock.monotonicMs();
  let isStopped = false;
  let stoppedMs: number;
  let movedMs: number;
  let backMs: number | undefined;
  const waitFor = async (what: string, isThere: () => Promise<boolean>): Promise<void> => {
    const endMs = now() + options.up;
    while (!(await isThere())) {
      if (now() > endMs)
        throw new BuildError(`${what} within ${options.up / 1_000} s.`, 'See why: impala-ha status');
      await delay(200, undefined, {signal});
    }
  };
  try {
    await delay(500, undefined, {signal});
    await journal.write(entry);
    isStopped = true;
    stderr.write(`stops HAProxy on ${holder.ssh}\n`);
    await run('stop');
    stoppedMs = now();
    await waitFor(`The other balancer did not take ${vip.address}`, async () =>
      (await look()).some(({ssh, holds}) => holds && ssh !== holder.ssh),
    );
    movedMs = Math.round(now() - stoppedMs);
    stderr.write(`the other has ${vip.address} after ${(movedMs / 1_000).toFixed(1)} s\n`);
    await delay(options.hold, undefined, {signal});
  } finally {
    if (isStopped) {
      const startMs = now();
      stderr.write(`starts HAProxy on ${holder.ssh} again\n`);
      await run('start');
      await journal.forget(entry);
      backMs = Math.round(now() - startMs);
    }
    // What fails from here on would be a client that was sent back to a balancer that does not serve yet.
    await delay(2_000);
    await load.stop();
  }
  const {tried, cut, lost, longestMs, errors} = judgeSamples(load.samples, stoppedMs);
  const lateMs = stoppedMs + movedMs + 1_000;
  const late = load.samples.filter(({error, startedMs}) => error !== undefined && startedMs > lateMs).length;
  const result = {balancer: holder.ssh, tried, cut, lost, late, movedMs, backMs, longestMs, errors};
  stdout.write(
    options.json === true
      ? `${JSON.stringify({ok: late === 0, ...result}, undefined, 2)}\n`
      : renderHeadedTable(
          ['balancer', 'queries', 'cut', 'lost meanwhile', 'lost later', 'moved after s', 'longest ms'],
          [
            [
              holder.ssh,
              ...[tried, cut, lost - late, late].map(String),
              (movedMs / 1_000).toFixed(1),
              String(longestMs),
            ],
          ],
        ) + (errors.length === 0 ? '' : `  ${errors.join('\n  ')}\n`),
  );
  return late === 0 ? exitCodes.done : exitCodes.failed;
}

/** What a drill that was killed left stopped. */
export async function recoverBalancer(
  {open, journal}: Pick<Proxy, 'open' | 'journal'>,
  entry: DrillEntry,
  signal: AbortSignal,
): Promise<void> {
  const host = await open(entry.ssh, signal);
  try {
    await host.run(control('start'), {asRoot: true, signal, timeoutMs: 120_000});
  } finally {
    host.close();
  }
  await journal.forget(entry);
}
