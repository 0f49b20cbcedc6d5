// `impala-ha apply`: puts the spec's configuration on the proxy's host.
import {systemClock} from '../../core/clock.ts';
import {exitCodes, UsageError, type ExitCode} from '../../core/errors.ts';
import {applySpec, describeDown} from '../run-apply.ts';
import {allowForeignAddress, applyVip} from '../run-vip.ts';
import {readSpecFile} from '../spec-file.ts';
import type {ServiceKind} from '../apply-facts.ts';
import {planStatus, renderStatus} from '../read-status.ts';
import type {Terminal} from '../../core/terminal.ts';
import {orderBalancers, withProxy, type ProxyOptions} from './open-proxy.ts';

interface ApplyFlags extends ProxyOptions {
  readonly config: string;
  readonly pidFile: string;
  readonly service?: string | undefined;
  readonly dryRun?: true;
  readonly force?: true;
  readonly replace?: true;
  readonly json?: true;
}

export async function run(terminal: Terminal, options: ApplyFlags): Promise<ExitCode> {
  const {config, pidFile} = options;
  for (const path of [config, pidFile])
    if (!/^\/[\w./-]+$/.test(path))
      throw new UsageError(`${path} is not an absolute path.`, 'Give a path that begins with /.');
  const spec = await readSpecFile(options.spec, terminal);
  if (spec.proxy.vip === undefined || options.host !== undefined) return applyOne(terminal, options);
  // The one without the address first, and never both at once; when it fails, the other is not touched.
  for (const {ssh, index} of await orderBalancers(terminal, options, spec.proxy.vip)) {
    const exitCode = await applyOne(terminal, {...options, host: ssh}, index);
    if (exitCode !== exitCodes.done) return exitCode;
  }
  return exitCodes.done;
}

/** @param balancer Its place in the spec, where two share an address. */
async function applyOne(terminal: Terminal, options: ApplyFlags, balancer?: number): Promise<ExitCode> {
  const {stdout, stderr, signal} = terminal;
  const {config, pidFile} = options;
  const service = readService(options.service);
  const isDryRun = options.dryRun === true;
  return withProxy(terminal, options, async ({spec, frontends, render, host, socket}) => {
    const onNote = (line: string): void => void stderr.write(`  ${line}\n`);
    const {vip} = spec.proxy;
    const shared =
      vip === undefined || balancer === undefined
        ? undefined
        : {
            host,
            spec,
            vip,
            index: balancer,
            password: spec.vipPassword ?? '',
            isDryRun,
            isReplacing: options.replace === true,
            onNote,
            clock: systemClock,
            signal,
          };
    const before = shared === undefined ? [] : await allowForeignAddress(shared);
    const applied = await applySpec(
      {
        host,
        socket,
        spec,
        frontends,
        installation: {config, pidFile, service},
        render,
        isDryRun,
        isForced: options.force === true,
        isReplacing: options.replace === true,
        onNote,
      },
      {
        clock: systemClock,
        signal,
        onStep: ({type, step}) => {
          if (type === 'started') stderr.write(`${host.name}: ${step}\n`);
        },
      },
    );
    const after = shared === undefined ? [] : await applyVip(shared);
    const changes = [...before, ...applied.changes, ...after];
    const {servers} = applied;
    if (options.json === true) {
      const rows = isDryRun ? [] : planStatus(frontends, servers);
      stdout.write(
        `${JSON.stringify({host: host.name, dryRun: isDryRun, changes, servers: rows}, undefined, 2)}\n`,
      );
      return exitCodes.done;
    }
    const what = changes.length === 0 ? 'nothing changed' : changes.join('; ');
    stdout.write(`${host.name}: ${isDryRun ? 'would change: ' : ''}${what}\n`);
    if (!isDryRun) stdout.write(renderStatus(planStatus(frontends, servers)));
    const down = describeDown(servers);
    if (down !== '') stderr.write(`HAProxy runs as it should; not up are:\n${down}\n`);
    return exitCodes.done;
  });
}

function readService(text: string | undefined): ServiceKind | undefined {
  if (text === undefined || text === 'systemd' || text === 'process') return text;
  throw new UsageError(`--service knows systemd and process, not ${JSON.stringify(text)}.`, 'Leave it out.');
}
