// `doctor`: is this host ready; one line a check, each failure with the command that fixes it.
import {diagnoseHost} from '../../batch/diagnose-host.ts';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {createStyle, hasColor} from '../../report/style.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import type {Terminal} from '../../core/terminal.ts';

export async function run(
  terminal: Terminal,
  options: OutputOptions & {readonly offline?: boolean},
): Promise<ExitCode> {
  const {env, stdout} = terminal;
  const {ok, checks} = await diagnoseHost(terminal, options.offline === true);
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
    ok ? 'This host is ready.\n' : 'This host is not ready: type the commands above, or build-spark setup.\n',
  );
  return exitCode;
}
