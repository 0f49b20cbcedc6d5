// `doctor`: is this host ready; one line a check, each failure with the command that fixes it.
import {diagnoseHost} from '../../batch/diagnose-host.ts';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {createStyle, hasColor} from '../../report/style.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import type {Invocation} from '../invocation.ts';
import type {Terminal} from '../../core/terminal.ts';

type DoctorOptions = OutputOptions & {readonly queue?: string};

export async function run(
  terminal: Terminal,
  options: DoctorOptions,
  _: unknown,
  {typed}: Invocation,
): Promise<ExitCode> {
  const {env, stdout} = terminal;
  const {ok, checks} = await diagnose(terminal, options, typed);
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
  const what = typed.has('queue') ? 'The queue' : 'This host';
  const more = typed.has('queue') ? '' : ', or build-spark setup';
  stdout.write(ok ? `${what} is ready.\n` : `${what} is not ready: type the commands above${more}.\n`);
  return exitCode;
}

/** Of this host, and of the queue that it is set up for; of one that was typed alone, since who coordinates boots nothing. */
async function diagnose(
  terminal: Terminal,
  {queue}: DoctorOptions,
  typed: ReadonlySet<string>,
): Promise<Pick<Awaited<ReturnType<typeof diagnoseHost>>, 'ok' | 'checks'>> {
  if (queue === undefined) return diagnoseHost(terminal);
  const {diagnoseQueue} = await import('../../fleet/queue-health.ts');
  const there = await diagnoseQueue(terminal, queue, typed);
  if (typed.has('queue')) return there;
  const here = await diagnoseHost(terminal);
  return {ok: here.ok && there.ok, checks: [...here.checks, ...there.checks]};
}
