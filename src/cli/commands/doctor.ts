// `doctor`: is this host ready; one line a check, each failure with the command that fixes it.
import {diagnoseHost} from '../../batch/diagnose-host.ts';
import {checkNetwork} from '../../batch/check-network.ts';
import {exitCodes, UsageError, type ExitCode} from '../../core/errors.ts';
import {createStyle, hasColor} from '../../report/style.ts';
import type {BuildOptions, OutputOptions} from '../../batch/build-options.ts';
import type {Terminal} from '../../core/terminal.ts';

type DoctorOptions = BuildOptions & OutputOptions & {readonly network?: boolean; readonly provider?: string};

export async function run(
  terminal: Terminal,
  {network = false, ...options}: DoctorOptions,
): Promise<ExitCode> {
  const {env, stdout} = terminal;
  if (network && options.offline === true)
    throw new UsageError('--network asks, and --offline asks nobody.', 'Leave one of them out.');
  const {ok, checks} = network
    ? await checkNetwork(terminal, options)
    : await diagnoseHost(terminal, {provider: options.provider, isOffline: options.offline === true});
  const exitCode = ok ? exitCodes.done : exitCodes.host;
  if (options.json === true) {
    stdout.write(`${JSON.stringify({ok, checks})}\n`);
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
  stdout.write(
    ok
      ? `${network ? 'What these builds need of the network is there' : 'This host is ready'}.\n`
      : network
        ? 'Not all that these builds need of the network is there: type what the arrows say.\n'
        : 'This host is not ready: type the commands above, or build-spark setup.\n',
  );
  return exitCode;
}
