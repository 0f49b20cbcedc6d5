// `doctor`: is this host ready; one line a check, each failure with the command that fixes it.
import {renderJson} from '../../core/printable.ts';
import {diagnoseHost} from '../../batch/diagnose-host.ts';
import {checkNetwork} from '../../batch/check-network.ts';
import {exitCodes, UsageError, type ExitCode} from '../../core/errors.ts';
import {createStyle, hasColor} from '../../report/style.ts';
import type {BuildOptions, OutputOptions} from '../../batch/build-options.ts';
import type {Invocation} from '../invocation.ts';
import type {Terminal} from '../../core/terminal.ts';

type DoctorOptions = BuildOptions &
  OutputOptions & {readonly network?: boolean; readonly provider?: string; readonly queue?: string};

export async function run(
  terminal: Terminal,
  options: DoctorOptions,
  _: unknown,
  {typed}: Invocation,
): Promise<ExitCode> {
  const {env, stdout} = terminal;
  const {network = false} = options;
  if (network && options.offline === true)
    throw new UsageError('--network asks, and --offline asks nobody.', 'Leave one of them out.');
  const {ok, checks} = network
    ? await checkNetwork(terminal, options)
    : await diagnose(terminal, options, typed);
  const exitCode = ok ? exitCodes.done : exitCodes.host;
  if (options.json === true) {
    stdout.write(`${renderJson({ok, checks})}\n`);
    return exitCode;
  }
  const style = createStyle(hasColor(env, {isTTY: stdout.isTTY, noColor: options.color === false}));
  const marks = {
    ok: style('good', 'ok     '),
    warning: style('warn', 'warning'),
    failed: style('bad', 'FAILED '),
  };
  for (const {name, level, message, remedy} of checks) {
    if (level === 'ok' && options.quiet === true) continue;
    stdout.write(`${marks[level]}  ${name}: ${message}\n`);
    if (remedy !== null) stdout.write(`         ${style('hint', `→ ${remedy}`)}\n`);
  }
  if (network)
    stdout.write(
      ok
        ? 'What these builds need of the network is there.\n'
        : 'Not all that these builds need of the network is there: type what the arrows say.\n',
    );
  else {
    const what = typed.has('queue') ? 'The queue' : 'This host';
    const more = typed.has('queue') ? '' : ', or build-spark setup';
    stdout.write(ok ? `${what} is ready.\n` : `${what} is not ready: type the commands above${more}.\n`);
  }
  return exitCode;
}

/** Of this host, and of the queue that it is set up for; of one that was typed alone, since who coordinates boots nothing. */
async function diagnose(
  terminal: Terminal,
  {queue, provider, offline}: DoctorOptions,
  typed: ReadonlySet<string>,
): Promise<Pick<Awaited<ReturnType<typeof diagnoseHost>>, 'ok' | 'checks'>> {
  const host = {provider, isOffline: offline === true};
  if (queue === undefined) return diagnoseHost(terminal, host);
  const {diagnoseQueue} = await import('../../fleet/queue-health.ts');
  const there = await diagnoseQueue(terminal, queue, typed);
  if (typed.has('queue')) return there;
  const here = await diagnoseHost(terminal, host);
  return {ok: here.ok && there.ok, checks: [...here.checks, ...there.checks]};
}
