// `impala-ha drill`: stops each daemon in turn, queries all the while, and starts it again.
import {systemClock} from '../../core/clock.ts';
import {exitCodes, InterruptedError, UsageError, type ExitCode} from '../../core/errors.ts';
import {readOwnIdentity} from '../../core/process-identity.ts';
import {readDaemon} from '../drain-server.ts';
import {recoverDaemon, runDrill, type DrillResult} from '../run-drill.ts';
import type {DrillEntry} from '../drill-journal.ts';
import {findImpalaShell} from '../impala-shell.ts';
import {isUp, readServers} from '../runtime-socket.ts';
import {planAsks, planQueryWay} from '../queries.ts';
import type {Command as ControlCommand, HaSpec} from '../spec.ts';
import {renderHeadedTable} from '../read-status.ts';
import type {Terminal} from '../../core/terminal.ts';
import {drillBalancer, isBalancerEntry, recoverBalancer} from './drill-balancer.ts';
import {readCredentials, withProxy, type Proxy, type ProxyOptions, type QueryFlags} from './open-proxy.ts';

interface DrillFlags extends ProxyOptions, QueryFlags {
  readonly only?: string | undefined;
  readonly drain?: true;
  readonly wait: number;
  readonly up: number;
  readonly hold: number;
  readonly clients: number;
  readonly recover?: true;
  readonly balancer?: true;
  readonly json?: true;
}

interface Daemon {
  readonly name: string;
  readonly ssh: string;
  readonly stop: ControlCommand;
  readonly start: ControlCommand;
}

const controlTimeoutMs = 300_000;
const downMs = 60_000;

export async function run(terminal: Terminal, options: DrillFlags): Promise<ExitCode> {
  const {stdout, stderr, signal} = terminal;
  const credentials = await readCredentials(options, terminal);
  return withProxy(terminal, options, async (proxy) => {
    await recover(proxy, terminal, options);
    if (options.recover === true) return exitCodes.done;
    if (options.balancer === true) return drillBalancer(proxy, terminal, options);
    const daemons = chooseDaemons(proxy, options.only);
    await refuseBadStart(proxy, daemons, signal);
    const {spec, frontends, socket, exec, journal} = proxy;
    const shell = await findImpalaShell(exec);
    const owner = await readOwnIdentity(exec);
    const query = {exec, sql: options.query, timeoutMs: options.queryTimeout};
    const results: DrillResult[] = [];
    // A daemon could not be put back: no other is stopped after it, but the results so far are shown.
    let broken: Error | undefined;
    for (const {name, ssh, stop, start} of daemons) {
      const asks = planAsks(
        frontends.filter(({servers}) => servers.some((server) => server.name === name)),
        (frontend) => planQueryWay(spec, frontend, credentials, shell),
        {...query, onSkip: (line) => void stderr.write(`${line}\n`)},
      );
      if (asks.size === 0)
        throw new UsageError(
          `No port of the proxy that ${name} is behind can be asked here.`,
          'Install impala-shell here, or stop and query by hand.',
        );
      const entry: DrillEntry = {
        version: 1,
        proxy: spec.proxy.host,
        daemon: name,
        ssh,
        start: typeof start === 'string' ? start : [...start],
        isDrained: false,
        at: systemClock.now().toISOString(),
        owner,
      };
      const attempt = runDrill(
        {
          frontends,
          daemon: name,
          socket,
          asks,
          control: (action, stopping) => control(proxy, {name, ssh, stop, start}, action, stopping),
          journal,
          entry,
          isDraining: options.drain === true,
          drainMs: options.wait,
          holdMs: options.hold,
          upMs: options.up,
          downMs,
          clients: Math.max(1, options.clients),
          pauseMs: 20,
          onNote: (line) => void stderr.write(`  ${line}\n`),
        },
        {
          clock: systemClock,
          signal,
          onStep: ({type, step}) => {
            if (type === 'started') stderr.write(`${name}: ${step}\n`);
          },
        },
      );
      let result: DrillResult;
      try {
        result = await attempt;
      } catch (error) {
        broken = error as Error;
        break;
      }
      results.push(result);
      if (result.failure instanceof InterruptedError) throw result.failure;
      if (result.failure !== undefined) stderr.write(`${name}: ${(result.failure as Error).message}\n`);
    }
    const isOk =
      broken === undefined && results.every(({lost, failure}) => lost === 0 && failure === undefined);
    stdout.write(
      options.json === true
        ? `${JSON.stringify({ok: isOk, daemons: results.map(plain)}, undefined, 2)}\n`
        : renderResults(results, isOk),
    );
    if (broken !== undefined) throw broken;
    return isOk ? exitCodes.done : exitCodes.failed;
  });
}

/** The command over ssh, on a connection of its own; or a person does it. */
async function control(
  {open, ask}: Pick<Proxy, 'open' | 'ask'>,
  daemon: Daemon,
  action: 'stop' | 'start',
  signal: AbortSignal,
): Promise<void> {
  const command = daemon[action];
  if (typeof command === 'string') {
    if (ask === undefined)
      throw new UsageError(
        `${daemon.name} has no ${action} command in the spec, and there is no terminal to ask a person on.`,
        `Add ${action}: [...] to it, or choose another with --only.`,
      );
    await ask(`${action === 'stop' ? 'Stop' : 'Start'} ${daemon.name} now, then press Enter`);
    return;
  }
  const host = await open(daemon.ssh, signal);
  try {
    await host.run(command, {signal, timeoutMs: controlTimeoutMs});
  } finally {
    host.close();
  }
}

function listDaemons({impala, thriftserver, hiveserver2}: HaSpec): readonly Daemon[] {
  return [
    ...(impala?.coordinators ?? []),
    ...(thriftserver?.servers ?? []),
    ...(hiveserver2?.servers ?? []),
  ].map(({name, host, ssh, stop, start}) => ({name, ssh: ssh ?? host, stop, start}));
}

function chooseDaemons({spec, ask}: Proxy, only: string | undefined): readonly Daemon[] {
  const all = listDaemons(spec);
  const chosen = all.filter(({name}) => only === undefined || name === only);
  if (chosen.length === 0)
    throw new UsageError(
      `The spec has no daemon ${JSON.stringify(only)}.`,
      `It has: ${all.map(({name}) => name).join(', ')}.`,
    );
  const byHand = chosen.filter(({stop, start}) => typeof stop === 'string' || typeof start === 'string');
  if (ask === undefined && byHand.length > 0)
    throw new UsageError(
      `${byHand.map(({name}) => name).join(', ')}: a person stops and starts it, and there is no terminal to ask on.`,
      'Add stop: and start: to the spec, or choose a daemon with --only.',
    );
  return chosen;
}

/** Refuses a drill in which no daemon would be left to answer. */
async function refuseBadStart(
  {socket, frontends}: Proxy,
  daemons: readonly Daemon[],
  signal: AbortSignal,
): Promise<void> {
  const servers = await readServers(socket, signal);
  for (const {name} of daemons) {
    for (const {backend} of await readDaemon(socket, frontends, name, signal)) {
      const own = servers.filter((server) => server.backend === backend);
      const down = own.filter((server) => !isUp(server)).map(({server}) => server);
      if (down.length > 0)
        throw new UsageError(
          `${down.join(', ')} of ${backend} is not up, so a drill would prove nothing.`,
          'See why: impala-ha status --spec <file>',
        );
      if (own.length < 2)
        throw new UsageError(
          `${name} is the only one in ${backend}: without it nothing can answer.`,
          'Add a second daemon to the spec.',
        );
    }
  }
}

async function recover(proxy: Proxy, {signal, stderr}: Terminal, {up}: DrillFlags): Promise<void> {
  const {journal, spec, frontends, socket} = proxy;
  for (const entry of await journal.read(spec.proxy.host)) {
    if (entry.isAlive)
      throw new UsageError(
        `A drill of ${entry.daemon} runs already, since ${entry.at} (process ${entry.owner.pid} on ${entry.owner.host}).`,
        'Wait for its end, or end it with Ctrl-C.',
      );
    stderr.write(`${entry.daemon}: the drill of ${entry.at} was killed; puts it back\n`);
    if (isBalancerEntry(entry)) {
      await recoverBalancer(proxy, entry, signal);
      continue;
    }
    const daemon = {name: entry.daemon, ssh: entry.ssh, stop: 'operator', start: entry.start} as const;
    await recoverDaemon(
      {socket, clock: systemClock, signal},
      frontends,
      entry,
      journal,
      (action, stopping) => control(proxy, daemon, action, stopping),
      up,
    );
    stderr.write(`${entry.daemon} is up again.\n`);
  }
}

const plain = ({failure, ...result}: DrillResult) => ({
  ...result,
  ...(failure === undefined ? {} : {failure: (failure as Error).message}),
});

function renderResults(results: readonly DrillResult[], isOk: boolean): string {
  const seconds = (ms: number | undefined): string => (ms === undefined ? 'no' : (ms / 1_000).toFixed(1));
  const table = renderHeadedTable(
    ['daemon', 'queries', 'cut', 'lost', 'noticed after s', 'back after s', 'longest ms', 'errors'],
    results.map(({daemon, tried, cut, lost, noticedMs, backMs, longestMs, errors}) => [
      daemon,
      String(tried),
      String(cut),
      String(lost),
      seconds(noticedMs),
      seconds(backMs),
      String(longestMs),
      errors.join(', '),
    ]),
  );
  const cut = results.some((result) => result.cut > 0)
    ? 'cut: on their way to the daemon when it was stopped; the client has to repeat them, or drain first (--drain).\n'
    : '';
  return `${table}${cut}${isOk ? 'No query was lost.\n' : 'Queries were lost, or a daemon was not noticed or not back.\n'}`;
}
